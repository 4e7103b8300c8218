// The prebuilt binaries: each is for its system, and needs nothing but what Node itself brings.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileOf, targets } from '../../scripts/prebuilds/targets.mjs'
import {
  dynamicSection,
  exported,
  header,
  needed,
  segments,
  versions,
  wanted,
} from '../support/elf.ts'

const root = join(import.meta.dirname, '../..')
const machines = { x64: 'Advanced Micro Devices X86-64', arm64: 'AArch64' } as Record<
  string,
  string
>

// Of the base system of FreeBSD; on Linux, of what the archives of nodejs.org are linked with.
const libraries = {
  glibc: [
    /^lib(c|m)\.so\.6$/,
    /^libpthread\.so\.0$/,
    /^libdl\.so\.2$/,
    /^ld-linux-[\w-]+\.so\.\d$/,
  ],
  musl: [/^libc\.so$/],
  freebsd: [/^libc\.so\.7$/, /^libm\.so\.5$/, /^libthr\.so\.3$/],
}

const libcs = { glibc: 'libc.so.6', musl: 'libc.so', freebsd: 'libc.so.7' }
const libcOf = ({ libc = 'freebsd' }) => libc as keyof typeof libcs

const numbers = (version: string) => version.split('_')[1]!.split('.').map(Number)
const isNewer = (version: string, than: [number, number]) => {
  const [major = 0, minor = 0] = numbers(version)
  return major > than[0] || (major === than[0] && minor > than[1])
}

describe.each(targets)('$name', target => {
  const file = join(root, fileOf(target))

  test('is for its machine and system', () => {
    expect(header(file, 'Class')).toBe('ELF64')
    expect(header(file, 'Type')).toMatch(/^DYN/)
    expect(header(file, 'Machine')).toBe(machines[target.arch])
    // Linkers of other systems mark no library as FreeBSD's, and its own does not ask.
    expect(header(file, 'OS/ABI')).toBe('UNIX - System V')
    expect(needed(file)).toContain(libcs[libcOf(target)])
  })

  test('needs no library but those that Node needs', () => {
    const allowed = libraries[libcOf(target)]
    const foreign = needed(file).filter(name => !allowed.some(pattern => pattern.test(name)))
    expect(foreign).toEqual([])
    expect(dynamicSection(file)).not.toMatch(/RPATH|RUNPATH/)
  })

  test('runs on the oldest system that is promised', () => {
    const oldest: Record<string, [number, number]> = { GLIBC: [2, 28], FBSD: [1, 7] }
    const tooNew = versions(file).filter(version => {
      const limit = oldest[version.split('_')[0]!]
      return limit === undefined || isNewer(version, limit)
    })
    expect(tooNew).toEqual([])
  })

  test('wants of Node only what this Node has', () => {
    const own = new Set(exported(process.execPath))
    const fromNode = wanted(file).filter(symbol => /^(napi|node|uv)_/.test(symbol))
    expect(fromNode.length).toBeGreaterThan(20)
    expect(fromNode.filter(symbol => !own.has(symbol))).toEqual([])
  })

  test('shows the two symbols that Node looks for, and nothing of its C++ library', () => {
    expect(exported(file).sort()).toEqual([
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ])
    expect(
      wanted(file).filter(symbol => /^_Z|^__cxa_(?!atexit|finalize|thread)/.test(symbol)),
    ).toEqual([])
  })

  test('is linked as a library of a server should be', () => {
    const dynamic = dynamicSection(file)
    expect(dynamic).toMatch(/NOW/)
    expect(dynamic).not.toMatch(/TEXTREL/)
    const all = segments(file)
    expect(all.some(({ type }) => type === 'GNU_RELRO')).toBe(true)
    expect(all.find(({ type }) => type === 'GNU_STACK')?.flags).toBe('RW')
    expect(all.filter(({ flags }) => flags === 'RWE')).toEqual([])
    const loaded = all.filter(({ type }) => type === 'LOAD')
    // RHEL on arm64 has pages of 64 KB.
    const page = target.arch === 'arm64' ? 0x10000 : 0x1000
    expect(loaded.length).toBeGreaterThan(1)
    expect(loaded.filter(({ align }) => align < page)).toEqual([])
  })
})
