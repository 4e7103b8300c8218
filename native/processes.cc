// waitpid waitid kill getpid getppid setsid setpgid umask chdir alarm setproctitle execve traceMe
// _exit
#include "processes.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "dispositions.h"
#include "platform.h"
#include "threads.h"
#include "title.h"
#include "wait.h"

namespace truefork {

namespace {

// How often to look again where nothing tells that a child has ended: SIGCHLD is blocked, say.
constexpr int kUntoldMs = 20;

// Waits for a child without a gap between the look and the sleep: SIGCHLD, whichever thread
// takes it, writes into the pipe on which this waits.
template <typename Look>
int64_t WaitForChild(int options, Look look) {
  bool hang = (options & WNOHANG) == 0;
  bool stops = (options & (WUNTRACED | WSTOPPED | WCONTINUED)) != 0;
  int timeout = hang && WakeOnChild(stops) ? -1 : kUntoldMs;
  for (;;) {
    if (hang && SignalsPending()) return -EINTR;
    int64_t found = look();
    if (found != 0 || !hang) return found;
    PollSet nothing;
    int64_t woken = WaitFor(nothing, timeout, nullptr, Until::kWoken);
    if (woken < 0) return woken;
  }
}

// waitpid(pid, options, into: Int32Array of one): the pid, 0 with WNOHANG, or -errno; the wait
// status as the system has it goes to `into`.
Napi::Value WaitPid(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int pid = args.Int(0, "pid");
  int options = args.Int(1, "options");
  args.Object(2, "into");
  if (args.failed()) return args.Failure();
  int status = 0;
  int64_t result =
      WaitForChild(options, [&] { return OrErrno(waitpid(pid, &status, options | WNOHANG)); });
  info[2].As<Napi::Object>().Set(uint32_t{0}, Napi::Number::New(info.Env(), status));
  return args.Answer(result);
}

// waitid(type, id, options, into): the pid of the child that `into` describes, 0, or -errno
Napi::Value WaitId(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int type = args.Int(0, "type");
  int id = args.Int(1, "id");
  int options = args.Int(2, "options");
  args.Object(3, "into");
  if (args.failed()) return args.Failure();
  siginfo_t child = {};
  int64_t result = WaitForChild(options, [&] {
    int64_t answer = OrErrno(
        waitid(static_cast<idtype_t>(type), static_cast<id_t>(id), &child, options | WNOHANG));
    return answer < 0 ? answer : static_cast<int64_t>(child.si_pid);
  });
  Napi::Object into = info[3].As<Napi::Object>();
  into.Set("code", Napi::Number::New(info.Env(), child.si_code));
  into.Set("status", Napi::Number::New(info.Env(), child.si_status));
  return args.Answer(result);
}

// describeStatus(status): what the macros of <sys/wait.h> say, as [kind, number, core dumped]
Napi::Value DescribeStatus(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int status = args.Int(0, "status");
  if (args.failed()) return args.Failure();
  const char* kind = "continued";
  int number = 0;
  bool core = false;
  if (WIFEXITED(status)) {
    kind = "exited", number = WEXITSTATUS(status);
  } else if (WIFSIGNALED(status)) {
    kind = "signaled", number = WTERMSIG(status);
    core = WCOREDUMP(status);
  } else if (WIFSTOPPED(status)) {
    kind = "stopped", number = WSTOPSIG(status);
  }
  Napi::Array array = Napi::Array::New(info.Env(), 3);
  array.Set(uint32_t{0}, kind);
  array.Set(uint32_t{1}, Napi::Number::New(info.Env(), number));
  array.Set(uint32_t{2}, Napi::Boolean::New(info.Env(), core));
  return array;
}

Napi::Value Kill(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int pid = args.Int(0, "pid");
  int signal = args.Int(1, "signal");
  if (args.failed()) return args.Failure();
  // To oneself: V8's thread could take it otherwise, and would have to send it on; until then it
  // would neither be pending nor have been handled.
  bool own = pid == getpid() && signal != 0 && IsMainThread();
  if (own) return args.Answer(-pthread_kill(pthread_self(), signal));
  return args.Answer(OrErrno(kill(pid, signal)));
}

Napi::Value GetPid(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), getpid());
}

Napi::Value GetPPid(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), getppid());
}

Napi::Value SetSid(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(OrErrno(setsid())));
}

Napi::Value SetPGid(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int pid = args.Int(0, "pid");
  int group = args.Int(1, "group");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(setpgid(pid, group)));
}

Napi::Value Umask(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int mask = args.Int(0, "mask");
  if (args.failed()) return args.Failure();
  return args.Answer(umask(static_cast<mode_t>(mask)));
}

Napi::Value ChDir(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string path = args.String(0, "path");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(chdir(path.c_str())));
}

Napi::Value Alarm(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int seconds = args.Int(0, "seconds");
  if (!args.failed() && seconds < 0) args.Refuse("seconds", "0 or more", 0);
  if (args.failed()) return args.Failure();
  return args.Answer(alarm(static_cast<unsigned>(seconds)));
}

// setproctitle(title): an empty one is that of the start
Napi::Value SetProcTitle(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string title = args.String(0, "title");
  if (args.failed()) return args.Failure();
  SetTitle(title);
  return info.Env().Undefined();
}

// execve(path, argv, environment, defaults): answers only if it failed. `defaults` are signals
// that Node ignores and the new program must not find ignored.
Napi::Value ExecVE(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string path = args.String(0, "path");
  std::vector<std::string> argv = args.Strings(1, "argv");
  std::vector<std::string> environment = args.Strings(2, "environment");
  sigset_t defaults = args.Signals(3, "defaults");
  if (args.failed()) return args.Failure();
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&defaults, signal) == 1) ::signal(signal, SIG_DFL);
  }
  // A profiler's timer goes on in the new program, and would end it before it has a handler.
  struct sigaction profiler;
  sigaction(SIGPROF, nullptr, &profiler);
  if (profiler.sa_handler != SIG_DFL) ::signal(SIGPROF, SIG_IGN);
  // Node marks even these close-on-exec at its start.
  for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) fcntl(standard, F_SETFD, 0);
  int64_t result =
      OrErrno(execve(path.c_str(), Pointers(argv).data(), Pointers(environment).data()));
  sigaction(SIGPROF, &profiler, nullptr);
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&defaults, signal) == 1) ::signal(signal, SIG_IGN);
  }
  return args.Answer(result);
}

Napi::Value TraceMe(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           static_cast<double>(OrErrno(ptrace(PT_TRACE_ME, 0, nullptr, 0))));
}

// setParentDeathSignal(signal): 0: none
Napi::Value ParentDeathSignal(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int signal = args.Int(0, "signal");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(SetParentDeathSignal(signal)));
}

Napi::Value Adopt(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(OrErrno(AdoptOrphans())));
}

Napi::Value Exit(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int status = args.Int(0, "status");
  if (args.failed()) return args.Failure();
  _exit(status);
}

}  // namespace

Napi::Object InitProcesses(Napi::Env env, Napi::Object exports) {
  PrepareTitle();
  exports.Set("waitpid", Napi::Function::New(env, WaitPid));
  exports.Set("waitid", Napi::Function::New(env, WaitId));
  exports.Set("describeStatus", Napi::Function::New(env, DescribeStatus));
  exports.Set("kill", Napi::Function::New(env, Kill));
  exports.Set("getpid", Napi::Function::New(env, GetPid));
  exports.Set("getppid", Napi::Function::New(env, GetPPid));
  exports.Set("setsid", Napi::Function::New(env, SetSid));
  exports.Set("setpgid", Napi::Function::New(env, SetPGid));
  exports.Set("umask", Napi::Function::New(env, Umask));
  exports.Set("chdir", Napi::Function::New(env, ChDir));
  exports.Set("alarm", Napi::Function::New(env, Alarm));
  exports.Set("setproctitle", Napi::Function::New(env, SetProcTitle));
  exports.Set("execve", Napi::Function::New(env, ExecVE));
  exports.Set("traceMe", Napi::Function::New(env, TraceMe));
  exports.Set("setParentDeathSignal", Napi::Function::New(env, ParentDeathSignal));
  exports.Set("adoptOrphans", Napi::Function::New(env, Adopt));
  exports.Set("_exit", Napi::Function::New(env, Exit));
  return exports;
}

}  // namespace truefork
