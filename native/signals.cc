#include "signals.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include <atomic>
#include <cstring>

#include "arguments.h"
#include "wait.h"

namespace truefork {

namespace {

enum class Disposition : uint8_t {
  kUntouched,  // whatever it was when the process started
  kCaught,     // by a handler in JavaScript
  kWakeOnly,   // default for JavaScript; caught to end a wait (SIGCHLD)
  kForwarded,  // default for JavaScript; caught because the main thread blocks it
};

std::atomic<Disposition> dispositions[NSIG];
std::atomic<bool> noted[NSIG];
std::atomic<bool> any_noted{false};
std::atomic<bool> only_once[NSIG];  // SA_RESETHAND
struct sigaction before[NSIG];      // what stood there when a handler of ours was first set
pthread_t main_thread;
int wake_pipe[2] = {-1, -1};

using Handler = void (*)(int);
Handler libuv_handler = nullptr;
uv_signal_t child_watcher;
uv_poll_t wake_watcher;
Napi::FunctionReference on_wake;
napi_async_context wake_context = nullptr;

void Wake() {
  int saved = errno;
  ssize_t ignored = write(wake_pipe[1], "", 1);  // a full pipe is a wake-up already
  (void)ignored;
  errno = saved;
}

bool IsLibuvs(const struct sigaction& action) {
  return libuv_handler && action.sa_handler == libuv_handler;
}

// What the signal does where JavaScript does not catch it: libuv's handler stays, if it watches.
struct sigaction DefaultOf(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  return IsLibuvs(before[signal]) ? before[signal] : action;
}

// Default for JavaScript, which Node's own handlers are, too.
void ActByDefault(int signal) {
  sigaction(signal, &before[signal], nullptr);
  pthread_kill(pthread_self(), signal);  // taken when this handler returns
}

// Runs on any thread: nothing here but async-signal-safe calls.
void CatchSignal(int signal) {
  int saved = errno;
  Disposition disposition = dispositions[signal];
  if (!pthread_equal(pthread_self(), main_thread)) {
    pthread_kill(main_thread, signal);
  } else if (disposition == Disposition::kForwarded) {
    ActByDefault(signal);
  } else {
    if (disposition == Disposition::kCaught) {
      noted[signal] = true;
      any_noted = true;
    }
    if (only_once[signal].exchange(false)) {
      struct sigaction action = DefaultOf(signal);
      dispositions[signal] = Disposition::kUntouched;
      sigaction(signal, &action, nullptr);
    }
    if (IsLibuvs(before[signal])) libuv_handler(signal);
    Wake();
  }
  errno = saved;
}

int Install(int signal, Disposition disposition, int flags, const sigset_t& mask) {
  struct sigaction action = {};
  action.sa_handler = CatchSignal;
  // Never SA_RESTART: the kernel would restart the call before JavaScript has seen the signal. Nor
  // SA_RESETHAND: the one call may be that on another thread, which only sends the signal on.
  action.sa_flags = flags & ~(SA_RESTART | SA_SIGINFO | SA_RESETHAND);
  action.sa_mask = mask;
  Disposition old = dispositions[signal].exchange(disposition);
  struct sigaction replaced;
  if (sigaction(signal, &action, &replaced) == -1) {
    dispositions[signal] = old;
    return -errno;
  }
  if (old == Disposition::kUntouched) before[signal] = replaced;
  only_once[signal] = (flags & SA_RESETHAND) != 0;
  return 0;
}

// Back to the default, or to libuv's handler where libuv watches the signal; to "ignore" if asked.
int Uninstall(int signal, Handler handler) {
  struct sigaction action = {};
  action.sa_handler = handler;
  if (handler == SIG_DFL) action = DefaultOf(signal);
  dispositions[signal] = Disposition::kUntouched;
  noted[signal] = false;
  return static_cast<int>(OrErrno(sigaction(signal, &action, nullptr)));
}

int MakeWakePipe() {
  if (pipe(wake_pipe) == -1) return -errno;
  for (int fd : wake_pipe) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  return 0;
}

// In the event loop: hand over on its next turn what was caught outside of any blocking call.
void OnWakeReadable(uv_poll_t*, int, int) {
  DrainWakePipe();
  if (!any_noted || on_wake.IsEmpty()) return;
  Napi::Env env = on_wake.Env();
  Napi::HandleScope scope(env);
  // Not the wrapper: at the end of the process, when no JavaScript runs any more, it would abort.
  napi_value result;
  napi_make_callback(env, wake_context, env.Global(), on_wake.Value(), 0, nullptr, &result);
  bool thrown = false;
  if (napi_is_exception_pending(env, &thrown) != napi_ok || !thrown) return;
  napi_value error;
  napi_get_and_clear_last_exception(env, &error);
  napi_fatal_exception(env, error);
}

// libuv sets its own handler when its first watcher of a signal starts, and would put it over one
// of ours. A watcher of SIGCHLD that exists from the start keeps it from doing so later, when
// node:child_process starts its first child; it also tells libuv's handler from all others.
void MeetLibuv(uv_loop_t* loop) {
  uv_signal_init(loop, &child_watcher);
  uv_signal_start(&child_watcher, [](uv_signal_t*, int) {}, SIGCHLD);
  uv_unref(reinterpret_cast<uv_handle_t*>(&child_watcher));
  struct sigaction action;
  sigaction(SIGCHLD, nullptr, &action);
  libuv_handler = action.sa_handler;
}

// watchSignals(onWake): once, before anything else here.
Napi::Value WatchSignals(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  MeetLibuv(loop);
  on_wake = Napi::Persistent(info[0].As<Napi::Function>());
  on_wake.SuppressDestruct();
  napi_async_init(env, nullptr, Napi::String::New(env, "truefork:signals"), &wake_context);
  uv_poll_init(loop, &wake_watcher, wake_pipe[0]);
  uv_poll_start(&wake_watcher, UV_READABLE, OnWakeReadable);
  uv_unref(reinterpret_cast<uv_handle_t*>(&wake_watcher));
  return env.Undefined();
}

bool IsSignal(Arguments& args, int signal) {
  if (signal > 0 && signal < NSIG) return true;
  args.Refuse("signal: " + std::to_string(signal) + " is not a signal of this system");
  return false;
}

// setDisposition(signal, 'catch' | 'default' | 'ignore', flags, mask)
Napi::Value SetDisposition(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int signal = args.Int(0, "signal");
  std::string kind = args.String(1, "handler");
  int flags = args.Int(2, "flags");
  sigset_t mask = args.Signals(3, "mask");
  if (args.failed() || !IsSignal(args, signal)) return args.Failure();
  if (kind == "catch") return args.Answer(Install(signal, Disposition::kCaught, flags, mask));
  return args.Answer(Uninstall(signal, kind == "ignore" ? SIG_IGN : SIG_DFL));
}

// resetSignals(signals): the default disposition, in a process that goes its own way. What was
// pending is forgotten: it was meant for the parent (Ctrl-C sends it to both).
Napi::Value ResetSignals(const Napi::CallbackInfo& info) {
  Arguments args(info);
  sigset_t set = args.Signals(0, "signals");
  if (args.failed()) return args.Failure();
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&set, signal) != 1 || signal == SIGCHLD) continue;
    dispositions[signal] = Disposition::kUntouched;
    noted[signal] = false;
    ::signal(signal, SIG_IGN);
    ::signal(signal, SIG_DFL);
  }
  // libuv's handler stays where node:child_process needs it: its effect is that of the default.
  if (dispositions[SIGCHLD] != Disposition::kUntouched) Uninstall(SIGCHLD, SIG_DFL);
  return info.Env().Undefined();
}

// isIgnored(signal): 1 or 0, or -EINVAL
Napi::Value IsIgnored(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int signal = args.Int(0, "signal");
  if (args.failed() || !IsSignal(args, signal)) return args.Failure();
  struct sigaction action;
  int64_t result = OrErrno(sigaction(signal, nullptr, &action));
  return args.Answer(result < 0 ? result : action.sa_handler == SIG_IGN);
}

// takeSignals(): the signals caught since the last call, each once, lowest number first.
Napi::Value TakeSignals(const Napi::CallbackInfo& info) {
  sigset_t taken;
  sigemptyset(&taken);
  if (any_noted.exchange(false)) {
    for (int signal = 1; signal < NSIG; signal++) {
      if (noted[signal].exchange(false)) sigaddset(&taken, signal);
    }
  }
  return SignalsOf(info.Env(), taken);
}

// putBack(signals): what a handler that threw kept from being handed over.
Napi::Value PutBack(const Napi::CallbackInfo& info) {
  Arguments args(info);
  sigset_t set = args.Signals(0, "signals");
  if (args.failed()) return args.Failure();
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&set, signal) != 1) continue;
    noted[signal] = true;
    any_noted = true;
  }
  Wake();
  return info.Env().Undefined();
}

bool IsFault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
         signal == SIGTRAP || signal == SIGSYS;
}

// Another thread, V8's worker, may not block what the main thread blocks: a signal sent to the
// process would then act at once. While the main thread blocks a signal, it is caught and sent on.
// Node's own handlers count as the default; faults are no signals that one could wait for.
void ForwardBlocked(const sigset_t& blocked) {
  sigset_t none;
  sigemptyset(&none);
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&blocked, signal) != 1 || IsFault(signal)) continue;
    if (dispositions[signal] != Disposition::kUntouched) continue;
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) == -1 || IsLibuvs(action)) continue;
    if (action.sa_handler == SIG_IGN) continue;
    Install(signal, Disposition::kForwarded, 0, none);
  }
}

void StopForwarding(const sigset_t& blocked) {
  for (int signal = 1; signal < NSIG; signal++) {
    if (dispositions[signal] != Disposition::kForwarded) continue;
    if (sigismember(&blocked, signal) == 1) continue;
    dispositions[signal] = Disposition::kUntouched;
    sigaction(signal, &before[signal], nullptr);
  }
}

// setMask(how, signals): the old mask, as an array, or -errno
Napi::Value SetMask(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int how = args.Int(0, "how");
  sigset_t set = args.Signals(1, "signals");
  if (args.failed()) return args.Failure();
  sigset_t old, now;
  if (how == SIG_BLOCK || how == SIG_SETMASK) ForwardBlocked(set);
  int error = pthread_sigmask(how, &set, &old);
  pthread_sigmask(SIG_BLOCK, nullptr, &now);
  StopForwarding(now);
  return error ? args.Answer(-error) : SignalsOf(info.Env(), old);
}

// pendingSignals(): those that wait because they are blocked
Napi::Value PendingSignals(const Napi::CallbackInfo& info) {
  sigset_t set;
  sigpending(&set);
  return SignalsOf(info.Env(), set);
}

// suspend(mask): waits with that mask until a signal is caught; always -EINTR
Napi::Value Suspend(const Napi::CallbackInfo& info) {
  Arguments args(info);
  sigset_t mask = args.Signals(0, "mask");
  if (args.failed()) return args.Failure();
  PollSet nothing;
  return args.Answer(WaitWithMask(nothing, -1, mask));
}

}  // namespace

int64_t WaitWithMask(PollSet& set, int timeout, const sigset_t& mask) {
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, nullptr, &now);
  ForwardBlocked(mask);
  int64_t result = WaitFor(set, timeout, &mask);
  StopForwarding(now);
  return result;
}

bool SignalsPending() {
  return any_noted;
}

int WakeDescriptor() {
  return wake_pipe[0];
}

void DrainWakePipe() {
  char bytes[64];
  while (read(wake_pipe[0], bytes, sizeof(bytes)) == sizeof(bytes)) continue;
}

bool WakeOnChild(bool stops) {
  struct sigaction action;
  sigset_t mask;
  sigemptyset(&mask);
  bool untouched = dispositions[SIGCHLD] == Disposition::kUntouched;
  if (untouched && sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
    Install(SIGCHLD, Disposition::kWakeOnly, SA_RESTART, mask);
  }
  sigaction(SIGCHLD, nullptr, &action);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  bool told = !stops || (action.sa_flags & SA_NOCLDSTOP) == 0;
  return action.sa_handler == CatchSignal && told && sigismember(&mask, SIGCHLD) == 0;
}

void ResetSignalsInChild() {
  main_thread = pthread_self();
  any_noted = false;
  for (auto& note : noted) note = false;
  // The same numbers, a new pipe: libuv and our own waits go on with the descriptors they know.
  int old[2] = {wake_pipe[0], wake_pipe[1]};
  if (MakeWakePipe() != 0) _exit(71);
  for (int end = 0; end < 2; end++) {
    int made = wake_pipe[end];
    dup2(made, old[end]);
    fcntl(old[end], F_SETFD, FD_CLOEXEC);
    close(made);
    wake_pipe[end] = old[end];
  }
}

Napi::Object InitSignals(Napi::Env env, Napi::Object exports) {
  main_thread = pthread_self();
  if (MakeWakePipe() != 0) {
    Napi::Error::New(env, std::string("pipe: ") + strerror(errno)).ThrowAsJavaScriptException();
  }
  exports.Set("watchSignals", Napi::Function::New(env, WatchSignals));
  exports.Set("setDisposition", Napi::Function::New(env, SetDisposition));
  exports.Set("resetSignals", Napi::Function::New(env, ResetSignals));
  exports.Set("isIgnored", Napi::Function::New(env, IsIgnored));
  exports.Set("takeSignals", Napi::Function::New(env, TakeSignals));
  exports.Set("putBack", Napi::Function::New(env, PutBack));
  exports.Set("setMask", Napi::Function::New(env, SetMask));
  exports.Set("pendingSignals", Napi::Function::New(env, PendingSignals));
  exports.Set("suspend", Napi::Function::New(env, Suspend));
  return exports;
}

}  // namespace truefork
