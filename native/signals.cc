// sigaction sigprocmask sigpending sigsuspend, and the handing over of what was caught.
#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <uv.h>

#include <cstring>

#include "arguments.h"
#include "dispositions.h"
#include "wake_pipe.h"

namespace truefork {

namespace {

uv_signal_t child_watcher;
uv_poll_t wake_watcher;
Napi::FunctionReference on_wake;
napi_async_context wake_context = nullptr;

// In the event loop: hand over on its next turn what was caught outside of any blocking call.
void OnWakeReadable(uv_poll_t*, int, int) {
  DrainWakePipe();
  if (!SignalsPending() || on_wake.IsEmpty()) return;
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
  KnowLibuvHandler(action.sa_handler);
}

// Node's event loop turns once more after its environment is gone, and signals come until the end.
void StopWatching(void*) {
  uv_poll_stop(&wake_watcher);
}

// watchSignals(onWake): once, before anything else here.
Napi::Value WatchSignals(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Napi::Function callback = args.Function(0, "onWake");
  if (!on_wake.IsEmpty()) args.Refuse("watchSignals: it has been called already");
  if (args.failed()) return args.Failure();
  Napi::Env env = info.Env();
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  MeetLibuv(loop);
  on_wake = Napi::Persistent(callback);
  on_wake.SuppressDestruct();
  napi_async_init(env, nullptr, Napi::String::New(env, "truefork:signals"), &wake_context);
  uv_poll_init(loop, &wake_watcher, WakeDescriptor());
  uv_poll_start(&wake_watcher, UV_READABLE, OnWakeReadable);
  uv_unref(reinterpret_cast<uv_handle_t*>(&wake_watcher));
  napi_add_env_cleanup_hook(env, StopWatching, nullptr);
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
  if (kind == "catch") return args.Answer(Catch(signal, flags, mask));
  return args.Answer(Release(signal, kind == "ignore" ? SIG_IGN : SIG_DFL));
}

// resetSignals(signals): default dispositions in a child that goes its own way
Napi::Value ResetSignals(const Napi::CallbackInfo& info) {
  Arguments args(info);
  sigset_t set = args.Signals(0, "signals");
  if (args.failed()) return args.Failure();
  ReleaseAll(set);
  return info.Env().Undefined();
}

// actAtOnceIf(signal, two, parent): see dispositions.h. The memory of `two` must never be detached.
Napi::Value ActAtOnce(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int signal = args.Int(0, "signal");
  Numbers two = args.Ints(1, "two");
  int parent = args.Int(2, "parent");
  if (!args.failed() && two.length != 2) args.Refuse("two", "two numbers", 1);
  if (args.failed() || !IsSignal(args, signal)) return args.Failure();
  // The C handler reads it at any time: it must not be collected, nor the last one before this
  // stands.
  static Napi::ObjectReference kept;
  Napi::ObjectReference last = std::move(kept);
  kept = Napi::Persistent(info[1].As<Napi::Object>());
  kept.SuppressDestruct();
  ActAtOnceIf(signal, reinterpret_cast<const std::atomic<int>*>(two.data), parent);
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

// ignoredSignals(): their numbers
Napi::Value IgnoredSignals(const Napi::CallbackInfo& info) {
  sigset_t ignored;
  sigemptyset(&ignored);
  for (int signal = 1; signal < NSIG; signal++) {
    struct sigaction action;
    bool known = sigaction(signal, nullptr, &action) == 0;
    if (known && action.sa_handler == SIG_IGN) sigaddset(&ignored, signal);
  }
  return SignalsOf(info.Env(), ignored);
}

// takeSignals(): the signals caught since the last call, each once, lowest number first.
Napi::Value Take(const Napi::CallbackInfo& info) {
  return SignalsOf(info.Env(), TakeSignals());
}

// putBack(signals): what a handler that threw kept from being handed over.
Napi::Value Return(const Napi::CallbackInfo& info) {
  Arguments args(info);
  sigset_t set = args.Signals(0, "signals");
  if (args.failed()) return args.Failure();
  PutBack(set);
  return info.Env().Undefined();
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

bool IsWakeWatcher(const uv_handle_t* handle) {
  return handle == reinterpret_cast<const uv_handle_t*>(&wake_watcher);
}

Napi::Object InitSignals(Napi::Env env, Napi::Object exports) {
  InitDispositions();
  int error = MakeWakePipe();
  if (error != 0) {
    std::string message = std::string("pipe: ") + strerror(-error);
    Napi::Error::New(env, message).ThrowAsJavaScriptException();
  }
  exports.Set("watchSignals", Napi::Function::New(env, WatchSignals));
  exports.Set("setDisposition", Napi::Function::New(env, SetDisposition));
  exports.Set("resetSignals", Napi::Function::New(env, ResetSignals));
  exports.Set("actAtOnceIf", Napi::Function::New(env, ActAtOnce));
  exports.Set("isIgnored", Napi::Function::New(env, IsIgnored));
  exports.Set("ignoredSignals", Napi::Function::New(env, IgnoredSignals));
  exports.Set("takeSignals", Napi::Function::New(env, Take));
  exports.Set("putBack", Napi::Function::New(env, Return));
  exports.Set("setMask", Napi::Function::New(env, SetMask));
  exports.Set("pendingSignals", Napi::Function::New(env, PendingSignals));
  exports.Set("suspend", Napi::Function::New(env, Suspend));
  return exports;
}

}  // namespace truefork
