// Every number that differs between systems, by its C name. TypeScript writes none of them.
#include "constants.h"

#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace truefork {

namespace {

struct Constant {
  const char* name;
  int value;
};

#define C(name) {#name, static_cast<int>(name)}

const Constant kSignals[] = {
    C(SIGHUP),    C(SIGINT),  C(SIGQUIT),   C(SIGILL),   C(SIGTRAP), C(SIGABRT),
    C(SIGBUS),    C(SIGFPE),  C(SIGKILL),   C(SIGUSR1),  C(SIGSEGV), C(SIGUSR2),
    C(SIGPIPE),   C(SIGALRM), C(SIGTERM),   C(SIGCHLD),  C(SIGCONT), C(SIGSTOP),
    C(SIGTSTP),   C(SIGTTIN), C(SIGTTOU),   C(SIGURG),   C(SIGXCPU), C(SIGXFSZ),
    C(SIGPROF),   C(SIGIO),   C(SIGVTALRM), C(SIGWINCH), C(SIGSYS),
#ifdef SIGINFO
    C(SIGINFO),
#endif
#ifdef SIGPWR
    C(SIGPWR),
#endif
#ifdef SIGSTKFLT
    C(SIGSTKFLT),
#endif
};

const Constant kNumbers[] = {
    // sockets
    C(AF_INET),
    C(AF_INET6),
    C(AF_UNIX),
    C(SOCK_STREAM),
    C(SOCK_DGRAM),
    C(SOCK_SEQPACKET),
    C(SOCK_NONBLOCK),
    C(SOMAXCONN),
    C(SOL_SOCKET),
    C(SO_REUSEADDR),
    C(SO_REUSEPORT),
    C(SO_KEEPALIVE),
    C(SO_LINGER),
    C(SO_SNDBUF),
    C(SO_RCVBUF),
    C(SO_ERROR),
    C(SO_TYPE),
    C(SO_ACCEPTCONN),
    C(MSG_PEEK),
    C(MSG_DONTWAIT),
    C(IPPROTO_TCP),
    C(IPPROTO_IPV6),
    C(TCP_NODELAY),
    C(IPV6_V6ONLY),
    C(SHUT_RD),
    C(SHUT_WR),
    C(SHUT_RDWR),
    // The longest path that an address of AF_UNIX holds; there is no name for it in C.
    {"SUN_PATH_MAX", sizeof(sockaddr_un::sun_path) - 1},
    // descriptors
    C(O_RDONLY),
    C(O_WRONLY),
    C(O_RDWR),
    C(O_CREAT),
    C(O_EXCL),
    C(O_TRUNC),
    C(O_APPEND),
    C(O_NONBLOCK),
    C(O_CLOEXEC),
    C(O_NOCTTY),
    C(O_DIRECTORY),
    C(F_GETFD),
    C(F_SETFD),
    C(F_GETFL),
    C(F_SETFL),
    C(F_DUPFD),
    C(F_DUPFD_CLOEXEC),
    C(FD_CLOEXEC),
    C(POLLIN),
    C(POLLOUT),
    C(POLLERR),
    C(POLLHUP),
    C(POLLNVAL),
    C(POLLPRI),
    C(PIPE_BUF),
    C(LOCK_SH),
    C(LOCK_EX),
    C(LOCK_NB),
    C(LOCK_UN),
    // processes
    C(WNOHANG),
    C(WUNTRACED),
    C(WCONTINUED),
    C(WEXITED),
    C(WSTOPPED),
    C(WNOWAIT),
    C(P_ALL),
    C(P_PID),
    C(P_PGID),
    C(CLD_EXITED),
    C(CLD_KILLED),
    C(CLD_DUMPED),
    C(CLD_STOPPED),
    C(CLD_CONTINUED),
    C(SA_RESTART),
    C(SA_NOCLDSTOP),
    C(SA_NOCLDWAIT),
    C(SA_NODEFER),
    C(SA_RESETHAND),
    C(SIG_BLOCK),
    C(SIG_UNBLOCK),
    C(SIG_SETMASK),
    // limits
    C(RLIMIT_AS),
    C(RLIMIT_CORE),
    C(RLIMIT_CPU),
    C(RLIMIT_DATA),
    C(RLIMIT_FSIZE),
    C(RLIMIT_MEMLOCK),
    C(RLIMIT_NOFILE),
    C(RLIMIT_NPROC),
    C(RLIMIT_STACK),
#ifdef RLIMIT_KQUEUES
    C(RLIMIT_KQUEUES),
#endif
#ifdef RLIMIT_LOCKS
    C(RLIMIT_LOCKS),
#endif
#ifdef RLIMIT_MSGQUEUE
    C(RLIMIT_MSGQUEUE),
#endif
#ifdef RLIMIT_NICE
    C(RLIMIT_NICE),
#endif
#ifdef RLIMIT_NPTS
    C(RLIMIT_NPTS),
#endif
#ifdef RLIMIT_RSS
    C(RLIMIT_RSS),
#endif
#ifdef RLIMIT_RTPRIO
    C(RLIMIT_RTPRIO),
#endif
#ifdef RLIMIT_RTTIME
    C(RLIMIT_RTTIME),
#endif
#ifdef RLIMIT_SBSIZE
    C(RLIMIT_SBSIZE),
#endif
#ifdef RLIMIT_SIGPENDING
    C(RLIMIT_SIGPENDING),
#endif
#ifdef RLIMIT_SWAP
    C(RLIMIT_SWAP),
#endif
    // priorities
    C(PRIO_PROCESS),
    C(PRIO_PGRP),
    C(PRIO_USER),
};

const Constant kErrors[] = {
    C(E2BIG),         C(EACCES),          C(EADDRINUSE),
    C(EADDRNOTAVAIL), C(EAFNOSUPPORT),    C(EAGAIN),
    C(EALREADY),      C(EBADF),           C(EBADMSG),
    C(EBUSY),         C(ECANCELED),       C(ECHILD),
    C(ECONNABORTED),  C(ECONNREFUSED),    C(ECONNRESET),
    C(EDEADLK),       C(EDESTADDRREQ),    C(EDOM),
    C(EDQUOT),        C(EEXIST),          C(EFAULT),
    C(EFBIG),         C(EHOSTDOWN),       C(EHOSTUNREACH),
    C(EIDRM),         C(EILSEQ),          C(EINPROGRESS),
    C(EINTR),         C(EINVAL),          C(EIO),
    C(EISCONN),       C(EISDIR),          C(ELOOP),
    C(EMFILE),        C(EMLINK),          C(EMSGSIZE),
    C(ENAMETOOLONG),  C(ENETDOWN),        C(ENETRESET),
    C(ENETUNREACH),   C(ENFILE),          C(ENOBUFS),
    C(ENODEV),        C(ENOENT),          C(ENOEXEC),
    C(ENOLCK),        C(ENOMEM),          C(ENOMSG),
    C(ENOPROTOOPT),   C(ENOSPC),          C(ENOSYS),
    C(ENOTBLK),       C(ENOTCONN),        C(ENOTDIR),
    C(ENOTEMPTY),     C(ENOTRECOVERABLE), C(ENOTSOCK),
    C(ENOTSUP),       C(ENOTTY),          C(ENXIO),
    C(EOPNOTSUPP),    C(EOVERFLOW),       C(EOWNERDEAD),
    C(EPERM),         C(EPFNOSUPPORT),    C(EPIPE),
    C(EPROTO),        C(EPROTONOSUPPORT), C(EPROTOTYPE),
    C(ERANGE),        C(EREMOTE),         C(EROFS),
    C(ESHUTDOWN),     C(ESOCKTNOSUPPORT), C(ESPIPE),
    C(ESRCH),         C(ESTALE),          C(ETIMEDOUT),
    C(ETOOMANYREFS),  C(ETXTBSY),         C(EUSERS),
    C(EXDEV),
};

#undef C

// What the running system says, not its headers.
const Constant kRunTime[] = {
    {"CLK_TCK", static_cast<int>(sysconf(_SC_CLK_TCK))},
};

void SetAll(Napi::Object into, const Constant* constants, size_t count) {
  for (size_t i = 0; i < count; i++) {
    into.Set(constants[i].name, Napi::Number::New(into.Env(), constants[i].value));
  }
}

const char* ErrorName(int number) {
  for (const Constant& error : kErrors) {
    if (error.value == number) return error.name;
  }
  return "EUNKNOWN";
}

// describeErrno(number): [name, text], as strerror has it
Napi::Value DescribeErrno(const Napi::CallbackInfo& info) {
  Napi::Array array = Napi::Array::New(info.Env(), 2);
  int number = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 0;
  array.Set(uint32_t{0}, ErrorName(number));
  array.Set(uint32_t{1}, strerror(number));
  return array;
}

}  // namespace

Napi::Object InitConstants(Napi::Env env, Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(env);
  SetAll(constants, kNumbers, sizeof(kNumbers) / sizeof(Constant));
  SetAll(constants, kRunTime, sizeof(kRunTime) / sizeof(Constant));
  Napi::Object signals = Napi::Object::New(env);
  SetAll(signals, kSignals, sizeof(kSignals) / sizeof(Constant));
  Napi::Object errors = Napi::Object::New(env);
  SetAll(errors, kErrors, sizeof(kErrors) / sizeof(Constant));
  exports.Set("constants", constants);
  exports.Set("signals", signals);
  exports.Set("errors", errors);
  exports.Set("describeErrno", Napi::Function::New(env, DescribeErrno));
  return exports;
}

}  // namespace truefork
