// `npm run release`: checks, builds and packs what is to be published, into release/. It publishes
// nothing and tags nothing; it says how.
//
//   release/truefork-VERSION.tgz         the package, with all prebuilt binaries
//   release/truefork-VERSION.cdx.json    its software bill of materials (CycloneDX)
//   release/SHA256SUMS                   checksums of both, for sha256sum -c
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'release')

function fail(text) {
  console.error(`truefork: ${text}`)
  process.exit(1)
}

/** Runs a command, answers what it writes to stdout, and ends the release if it fails. */
function run(command, args, stdout = 'inherit') {
  const stdio = ['ignore', stdout, 'inherit']
  const result = spawnSync(command, args, {
    cwd: root,
    stdio,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (result.status !== 0) fail(`${command} ${args.join(' ')} failed; nothing was released.`)
  return result.stdout
}

const ask = (command, ...args) => run(command, args, 'pipe')
const npm = (...args) => run('npm', args)

function refuseUnlessReady({ version }) {
  const changes = ask('git', 'status', '--porcelain').trim()
  if (changes !== '') fail(`what is released must be committed, and this is not:\n${changes}`)
  if (ask('git', 'tag', '--list', `v${version}`).trim() !== '') {
    fail(`v${version} is released already; set a new version in package.json.`)
  }
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  if (!changelog.includes(`\n## ${version}`)) fail(`CHANGELOG.md has no section "## ${version}".`)
}

// From nothing: what an older build has left would be packed, too.
function build() {
  for (const name of ['dist', 'build', 'prebuilds', 'release']) {
    rmSync(join(root, name), { recursive: true, force: true })
  }
  npm('ci')
  npm('run', 'build:native:strict')
  npm('run', 'prepare')
  npm('run', 'build:prebuilds')
}

function check() {
  npm('run', 'lint')
  npm('run', 'lint:package')
  npm('audit', '--omit=dev', '--audit-level=high')
  run(process.execPath, ['scripts/test-matrix.mjs']) // the suite and the package's tests
}

const sha256 = file =>
  createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')

function pack({ name, version }) {
  mkdirSync(folder)
  npm('pack', '--ignore-scripts', '--pack-destination', folder)
  const materials = `${name}-${version}.cdx.json`
  const sbom = JSON.parse(ask('npm', 'sbom', '--omit=dev', '--sbom-format=cyclonedx'))
  sbom.metadata.component.name = name // npm takes the name of the folder
  writeFileSync(join(folder, materials), `${JSON.stringify(sbom, null, 2)}\n`)
  const sums = [`${name}-${version}.tgz`, materials].map(file => `${sha256(file)}  ${file}\n`)
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''))
  console.log(sums.join(''))
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
refuseUnlessReady(manifest)
build()
check()
refuseUnlessReady(manifest) // what was built and tested is what is committed
pack(manifest)
console.log(`Ready. What remains is for a person:
  git tag --sign v${manifest.version} && git push --tags
  npm publish release/${manifest.name}-${manifest.version}.tgz`)
