// `npm run release`: checks, builds and packs what is to be published, into release/. It publishes
// nothing and tags nothing; it says how.
//
//   release/truefork-VERSION.tgz         the package, with all prebuilt binaries
//   release/truefork-VERSION.cdx.json    its software bill of materials (CycloneDX)
//   release/SHA256SUMS                   checksums of both, for sha256sum -c
//
// The registry is asked first whether faults of the dependencies are known. Where it has no answer:
//   npm run release -- --without-audit
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pack } from './release/pack.mjs'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'release')

function fail(text, status = 1) {
  console.error(`truefork: ${text}`)
  process.exit(status)
}

function isAudited() {
  try {
    const { values } = parseArgs({ options: { 'without-audit': { type: 'boolean' } } })
    return !values['without-audit']
  } catch (error) {
    return fail(error.message, 64)
  }
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

function audit() {
  const args = ['audit', '--package-lock-only', '--omit=dev', '--audit-level=high']
  const { status } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status === 0) return
  fail(`npm audit failed; nothing was released.
If the registry has no audit: npm run release -- --without-audit`)
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
  // As .ci/run does. Not by npm, which would build once more before it, and other than above.
  const projects = '--project suite --once tools --project package --once docs'.split(' ')
  run(process.execPath, ['scripts/test-matrix.mjs', ...projects])
}

const audited = isAudited()
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
refuseUnlessReady(manifest)
if (audited) audit()
build()
check()
refuseUnlessReady(manifest) // what was built and tested is what is committed
mkdirSync(folder)
try {
  console.log(pack(root, folder))
} catch (error) {
  fail(`${error.message}; nothing was released.`)
}
console.log(`Ready${audited ? '' : ', but not audited'}. What remains is for a person:
  git tag --sign v${manifest.version} && git push --tags
  npm publish release/${manifest.name}-${manifest.version}.tgz`)
