// What is looked at under the emulator, and what it cannot show, by name: that is told, and does
// not pass. docs/installing.md tells the same.

/** Of the suite: descriptors, sockets, wait statuses, signals, fork. */
export const files = [
  ...['posix/20.sockets', 'posix/30.descriptors', 'posix/41.wait', 'posix/50.sigaction'],
  ...['posix/52.masks', 'fork/10.fork', 'fork/50.unsafe'],
].map(name => `test/${name}.test.ts`)

const noFlags = 'qemu takes SIGCHLD itself, and does not hand this flag to the kernel'
const noThreads =
  'qemu 7.2 aborts where a forked child starts a thread: "qemu_plugin_vcpu_init_hook: assertion failed"'

/** Tests of these files. */
export const leftOut = {
  'waitpid with SIGCHLD ignored, or SA_NOCLDWAIT: ECHILD once all have ended': noFlags,
  'SA_NOCLDSTOP: no SIGCHLD for a child that stops or goes on': noFlags,
  'both event loops go on: timers, files, children, sockets': noThreads,
  'a child of a child': noThreads,
}

/** Of the checks of `verify:host`. */
export const checksLeftOut = {
  'the process title':
    'the title is written over the arguments of the process, and those that ps shows are the emulator’s',
}

/** What is not tried. */
export const never = {
  'the kernel of an arm64 machine': 'the calls go to this machine’s kernel, translated',
  'the examination of threads by their calls in /proc, unaided':
    'they are shown with the host’s numbers; a library that is preloaded translates them',
  'large pages': 'the memory is the emulator’s',
  'the rest of the suite, and other versions of node': 'it takes too long in an emulator',
  'the prebuilt binaries for musl on arm64 and for FreeBSD': 'they are only compiled',
}
