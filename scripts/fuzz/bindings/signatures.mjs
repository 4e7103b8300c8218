// What each function of the native part takes, and what has to be seen to when it is called with
// anything. The functions themselves are asked of the addon: one that does not stand here, and one that
// is not there any more, is a fault.
//
//   takes    the kinds of its arguments, of which values.mjs has the values
//   apart    it changes the process for good, or ends it: each call is made in a child of its own
//   makes    what it answers are descriptors, which are closed again
//   spoils   what it does to a descriptor lasts: all are made anew
//   waits    it waits for ever: a caught signal is there before it is called
//   signals  masks and dispositions are put back after it

const opens = { makes: true }
const changes = { apart: true }
const spoils = { spoils: true }
const signals = { signals: true }

const row = (takes, marks = {}) => ({ takes: takes.split(' ').filter(Boolean), ...marks })

export const signatures = {
  describeErrno: row('number'),

  open: row('path number number', opens),
  close: row('fd', spoils),
  read: row('fd bytes', spoils),
  write: row('fd bytes', spoils),
  writeNow: row('fd bytes', spoils),
  dup2: row('fd fd', spoils),
  fcntl: row('fd number number', { ...opens, ...spoils }),
  closeOnExecFrom: row('fd', spoils),
  flock: row('fd number', spoils),
  pipe: row('', opens),
  openTerminal: row('', opens),
  ptsname: row('fd'),
  poll: row('table milliseconds signals', signals),

  socket: row('number number number', opens),
  bind: row('fd address', spoils),
  listen: row('fd number', spoils),
  accept: row('fd object', { ...opens, ...spoils }),
  acceptNext: row('tops fd milliseconds object', { ...opens, ...spoils }),
  connect: row('fd address', spoils),
  recv: row('fd bytes number', spoils),
  getsockname: row('fd object'),
  getpeername: row('fd object'),
  getpeercred: row('fd'),
  setsockopt: row('fd number number number', spoils),
  getsockopt: row('fd number number table'),
  shutdown: row('fd number', spoils),
  socketpair: row('number number number', opens),
  inet_pton: row('number text bytes'),
  inet_ntop: row('number bytes'),
  sendmsg: row('fd bytes tops', spoils),
  recvmsg: row('fd bytes object', { ...opens, ...spoils }),

  waitpid: row('pid number table', signals),
  waitid: row('number pid number object', signals),
  describeStatus: row('number'),
  kill: row('pid signal', signals),
  getpid: row(''),
  getppid: row(''),
  setsid: row('', changes),
  setpgid: row('pid pid', changes),
  umask: row('number'),
  chdir: row('path'),
  alarm: row('number', changes),
  setproctitle: row('text'),
  execve: row('path texts texts signals', changes),
  spawn: row('path texts texts signals tops doubles signal object number number', changes),
  traceMe: row('', changes),
  setParentDeathSignal: row('signal', changes),
  adoptOrphans: row('', changes),
  _exit: row('number', changes),

  getrlimit: row('number pid'),
  setrlimit: row('number size size', changes),
  getpriority: row('number pid table'),
  setpriority: row('number pid number', changes),

  setuid: row('id', changes),
  setgid: row('id', changes),
  setgroups: row('ids', changes),
  getgroups: row(''),
  getresuid: row(''),
  getresgid: row(''),
  chroot: row('path', changes),
  noNewPrivileges: row('', changes),
  forbidTracing: row('', changes),
  keepThreadsVisible: row('', changes),
  getpwnam: row('text'),
  getpwuid: row('id'),
  getgrnam: row('text'),
  getgrouplist: row('text id'),

  sharedMemory: row('size'),
  getentropy: row('bytes'),
  keepHeapTogether: row('', changes),
  letHeapSpread: row('', changes),
  moveToLargePages: row('', changes),

  watchSignals: row('callback'),
  setDisposition: row('signal disposition number signals', signals),
  resetSignals: row('signals', signals),
  actAtOnceIf: row('signal table pid', signals),
  isIgnored: row('signal'),
  ignoredSignals: row(''),
  takeSignals: row(''),
  putBack: row('signals', signals),
  setMask: row('number signals', signals),
  pendingSignals: row(''),
  suspend: row('signals', { ...signals, waits: true }),

  examine: row(''),
  openOutputs: row(''),
  onEnd: row('callback'),
  releaseInherited: row(''),
  fork: row('bytes text signals', changes),
  unblock: row('', signals),
}

/** Why the table and the addon do not fit each other; empty where they do. */
export function differences(addon) {
  const exported = Object.keys(addon).filter(name => typeof addon[name] === 'function')
  const missing = exported.filter(name => !Object.hasOwn(signatures, name))
  const gone = Object.keys(signatures).filter(name => !exported.includes(name))
  return [
    ...missing.map(name => `${name} is exported by the addon, and signatures.mjs does not have it`),
    ...gone.map(name => `${name} stands in signatures.mjs, and the addon does not export it`),
  ]
}
