// What a release consists of: the packed file, its bill of materials, and the checksums of both.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const read = file => JSON.parse(readFileSync(file, 'utf8'))
const write = (file, content) => writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)

/**
 * What users install, as CycloneDX. `npm sbom --omit=dev` leaves out a dependency that one of the tools
 * of development needs, too; so it is asked where there are none. It takes the name of the folder for
 * that of the package.
 */
function billOfMaterials(root) {
  const { devDependencies, ...manifest } = read(join(root, 'package.json'))
  const { packages, ...lock } = read(join(root, 'package-lock.json'))
  const { devDependencies: same, ...own } = packages['']
  const used = Object.entries(packages).filter(([, { dev, devOptional }]) => !dev && !devOptional)
  const outer = mkdtempSync(join(tmpdir(), 'truefork-materials-'))
  const folder = join(outer, manifest.name)
  mkdirSync(folder)
  write(join(folder, 'package.json'), manifest)
  write(join(folder, 'package-lock.json'), {
    ...lock,
    packages: { ...Object.fromEntries(used), '': own },
  })
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx']
  const text = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 })
  rmSync(outer, { recursive: true })
  return JSON.parse(text)
}

/**
 * @param {string} root of the package
 * @param {string} folder where the files go
 * @returns {string} the checksums, as in SHA256SUMS
 */
export function pack(root, folder) {
  const { name, version } = read(join(root, 'package.json'))
  const packing = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  execFileSync('npm', packing, { cwd: root })
  const materials = `${name}-${version}.cdx.json`
  write(join(folder, materials), billOfMaterials(root))

  const sha256 = file =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex')
  const files = [`${name}-${version}.tgz`, materials]
  const sums = files.map(file => `${sha256(file)}  ${file}\n`).join('')
  writeFileSync(join(folder, 'SHA256SUMS'), sums)
  return sums
}
