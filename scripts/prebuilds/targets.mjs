// The systems for which there are prebuilt binaries, and the oldest of each that they run on.

/** @typedef {{ name: string, os: 'linux' | 'freebsd', arch: string, libc?: string, zig: string }} Target */

/**
 * glibc 2.28 is that of RHEL 8 and Debian 10. musl promises that its interface stays.
 * @type {Target[]}
 */
export const targets = [
  { os: 'linux', arch: 'x64', libc: 'glibc', zig: 'x86_64-linux-gnu.2.28' },
  { os: 'linux', arch: 'arm64', libc: 'glibc', zig: 'aarch64-linux-gnu.2.28' },
  { os: 'linux', arch: 'x64', libc: 'musl', zig: 'x86_64-linux-musl' },
  { os: 'linux', arch: 'arm64', libc: 'musl', zig: 'aarch64-linux-musl' },
  { os: 'freebsd', arch: 'x64', zig: 'x86_64-freebsd.14.0' },
  { os: 'freebsd', arch: 'arm64', zig: 'aarch64-freebsd.14.0' },
].map(target => ({ ...target, name: [target.os, target.arch, target.libc].filter(Boolean).join('-') }))

/**
 * Where node-gyp-build looks for it, from the root of the package.
 * @param {Target} target
 */
export function fileOf({ os, arch, libc }) {
  return `prebuilds/${os}-${arch}/${['truefork', libc, 'node'].filter(Boolean).join('.')}`
}
