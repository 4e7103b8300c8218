// fork(2) where Node is: the last check, the memory, the signals and the event loop, in one call,
// because no JavaScript may run between them.
#include "fork.h"

#include <pthread.h>
#include <unistd.h>

#include "arguments.h"
#include "child_end.h"
#include "dispositions.h"
#include "examine.h"
#include "inheritable_memory.h"
#include "inherited.h"
#include "threads.h"
#include "title.h"
#include "wake_pipe.h"

namespace truefork {

namespace {

sigset_t mask_before_fork;
bool is_in_repair = false;

// What is different in a child that goes its own way, from the first moment on.
struct Own {
  std::string title;
  sigset_t reset;  // these signals have their default
  bool leads;      // a process group of its own
};

void GoOwnWay(const Own& own) {
  if (!own.title.empty()) SetTitle(own.title);
  if (!own.leads) return;
  setpgid(0, 0);
  ReleaseAll(own.reset);
  sigemptyset(&mask_before_fork);
}

// fork(silenced, title, reset): the pid in the parent; 0 in the child, all signals still blocked
// until unblock() there, and silenced[0] 1 if handles of the parent's were silenced; -EBUSY, which
// fork(2) never answers, where it would not be safe, -EMFILE or -ENFILE where that cannot be seen;
// else -errno. `title` and `reset`, if they are given, make a child that goes its own way: each
// call that JavaScript would make in the child for the first time costs it ten pages and more.
Napi::Value Fork(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Own own = {};
  if (!args.Missing(1)) own.title = args.String(1, "title");
  own.leads = !args.Missing(2);
  if (own.leads) own.reset = args.Signals(2, "reset");
  // Last: an array of signals may act on the buffer while it is read.
  Bytes report = args.Buffer(0, "silenced");
  if (!args.failed() && report.length == 0) args.Refuse("silenced", "a buffer of 1 byte", 0);
  if (args.failed()) return args.Failure();
  uv_loop_t* loop = LoopOf(info.Env());
  int busy = loop->active_reqs.count > 0 ? EBUSY : WaitUntilParked();
  if (busy) return args.Answer(-busy);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask_before_fork);
  int error = MakeMemoryInheritable();
  int64_t pid = error ? -error : OrErrno(fork());
  if (pid == 0) {
    is_in_repair = true;
    ForgetKeptThreads();
    ForgetSignals();
    GoOwnWay(own);
    if (ReplaceWakePipe() != 0) _exit(71);
    // Before any signal: its handler would write into a pipe, or wake a queue, of the parent's.
    if (uv_loop_fork(loop) != 0) _exit(71);
    report.data[0] = SilenceInherited(loop) > 0;
    WatchEnd(loop);
  } else {
    pthread_sigmask(SIG_SETMASK, &mask_before_fork, nullptr);
  }
  return args.Answer(pid);
}

// unblock(): in a child, once it is repaired: the mask that the parent had. Without effect
// elsewhere.
Napi::Value Unblock(const Napi::CallbackInfo& info) {
  if (is_in_repair) pthread_sigmask(SIG_SETMASK, &mask_before_fork, nullptr);
  is_in_repair = false;
  return info.Env().Undefined();
}

}  // namespace

Napi::Object InitFork(Napi::Env env, Napi::Object exports) {
  // Learn where the kernel's pages lie while /proc is certain to be there.
  MakeMemoryInheritable();
  exports.Set("fork", Napi::Function::New(env, Fork));
  exports.Set("unblock", Napi::Function::New(env, Unblock));
  return exports;
}

}  // namespace truefork
