// fork(2) where Node is: the last check, the memory, the signals and the event loop, in one call,
// because no JavaScript may run between them.
#include "fork.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <chrono>
#include <vector>

#include "arguments.h"
#include "dispositions.h"
#include "platform.h"
#include "wake_pipe.h"

namespace truefork {

namespace {

sigset_t mask_before_fork;

// V8's worker may be in the middle of something short. Give it half a second, in small steps.
constexpr auto kPatience = std::chrono::milliseconds(500);
constexpr timespec kPatienceStep = {0, 50000};

uv_loop_t* LoopOf(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  return loop;
}

// One event loop beside ours is normal: the thread that times V8's delayed tasks. It knows a
// request to stop and tasks with a time, and is inherited by nobody.
bool AreParked(const std::vector<Thread>& threads) {
  int loops = 0;
  for (const Thread& thread : threads) {
    if (thread.state == ThreadState::kLoop)
      loops++;
    else if (thread.state != ThreadState::kParked)
      return false;
  }
  return loops <= 1;
}

bool WaitUntilParked() {
  std::vector<Thread> threads;
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    if (!OtherThreads(&threads)) return false;
    if (AreParked(threads)) return true;
    bool hopeless = false;
    for (const Thread& thread : threads) hopeless |= thread.state == ThreadState::kKernel;
    if (hopeless || std::chrono::steady_clock::now() > deadline) return false;
    nanosleep(&kPatienceStep, nullptr);
  }
}

// A descriptor of standard output or error whose stream still has something to write.
void NotePendingOutput(uv_handle_t* handle, void* data) {
  uv_os_fd_t fd;
  bool stream = handle->type == UV_NAMED_PIPE || handle->type == UV_TTY || handle->type == UV_TCP;
  if (!stream || uv_fileno(handle, &fd) != 0 || (fd != STDOUT_FILENO && fd != STDERR_FILENO))
    return;
  if (uv_stream_get_write_queue_size(reinterpret_cast<uv_stream_t*>(handle)) == 0) return;
  static_cast<std::vector<int>*>(data)->push_back(fd);
}

const char* NameOf(ThreadState state) {
  switch (state) {
    case ThreadState::kParked:
      return "parked";
    case ThreadState::kLoop:
      return "loop";
    case ThreadState::kKernel:
      return "kernel";
    case ThreadState::kRunning:
      return "running";
  }
  return "running";
}

// examine(): {safe, threads: [{id, name, state}], requests, pendingOutput: [fd]} or -errno. It
// waits, as fork() does, for the threads to come to rest.
Napi::Value Examine(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  bool parked = WaitUntilParked();
  std::vector<Thread> threads;
  if (!OtherThreads(&threads)) return Napi::Number::New(env, -errno);
  Napi::Array list = Napi::Array::New(env);
  for (const Thread& thread : threads) {
    Napi::Object item = Napi::Object::New(env);
    item.Set("id", Napi::Number::New(env, thread.id));
    item.Set("name", thread.name);
    item.Set("state", NameOf(thread.state));
    list.Set(list.Length(), item);
  }
  std::vector<int> pending;
  uv_walk(LoopOf(env), NotePendingOutput, &pending);
  Napi::Array output = Napi::Array::New(env);
  for (int fd : pending) output.Set(output.Length(), Napi::Number::New(env, fd));
  Napi::Object result = Napi::Object::New(env);
  result.Set("parked", Napi::Boolean::New(env, parked));
  result.Set("threads", list);
  result.Set("requests", Napi::Number::New(env, LoopOf(env)->active_reqs.count));
  result.Set("pendingOutput", output);
  return result;
}

// The end of a child whose event loop has nothing left. Node would first wait for tasks that a
// thread of its platform has taken, and that thread exists in no child.
uv_prepare_t end_watcher;
bool is_watching_end = false;
Napi::FunctionReference on_end;
napi_async_context end_context = nullptr;

bool IsOtherwiseAlive(uv_handle_t* own) {
  uv_unref(own);
  bool alive = uv_loop_alive(own->loop) != 0;
  uv_ref(own);
  return alive;
}

void CallOnEnd(bool final) {
  Napi::Env env = on_end.Env();
  Napi::HandleScope scope(env);
  napi_value result, argument = Napi::Boolean::New(env, final);
  napi_make_callback(env, end_context, env.Global(), on_end.Value(), 1, &argument, &result);
  if (!env.IsExceptionPending()) return;
  napi_value error;
  napi_get_and_clear_last_exception(env, &error);
  napi_fatal_exception(env, error);
}

void BeforeWait(uv_prepare_t* watcher) {
  uv_handle_t* own = reinterpret_cast<uv_handle_t*>(watcher);
  if (IsOtherwiseAlive(own)) return;
  CallOnEnd(false);  // 'beforeExit', which may start something new
  if (!IsOtherwiseAlive(own)) CallOnEnd(true);
}

// onEnd(callback): once, in the parent. It is called in children only: with false when the event
// loop has nothing left, and with true if that has brought nothing new.
Napi::Value OnEnd(const Napi::CallbackInfo& info) {
  on_end = Napi::Persistent(info[0].As<Napi::Function>());
  on_end.SuppressDestruct();
  napi_async_init(info.Env(), nullptr, Napi::String::New(info.Env(), "truefork:end"), &end_context);
  return info.Env().Undefined();
}

void WatchEnd(uv_loop_t* loop) {
  if (is_watching_end || on_end.IsEmpty()) return;  // the child of a child has it already
  is_watching_end = true;
  uv_prepare_init(loop, &end_watcher);
  uv_prepare_start(&end_watcher, BeforeWait);
}

// fork(): the pid in the parent; 0 in the child, all signals still blocked until unblock() there;
// -EBUSY, which fork(2) never answers, where it would not be safe; else -errno.
Napi::Value Fork(const Napi::CallbackInfo& info) {
  Arguments args(info);
  uv_loop_t* loop = LoopOf(info.Env());
  if (loop->active_reqs.count > 0 || !WaitUntilParked()) return args.Answer(-EBUSY);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask_before_fork);
  int error = MakeMemoryInheritable();
  int64_t pid = error ? -error : OrErrno(fork());
  if (pid == 0) {
    ForgetSignals();
    if (ReplaceWakePipe() != 0) _exit(71);
    // Before any signal: its handler would write into a pipe, or wake a queue, of the parent's.
    if (uv_loop_fork(loop) != 0) _exit(71);
    WatchEnd(loop);
  } else {
    pthread_sigmask(SIG_SETMASK, &mask_before_fork, nullptr);
  }
  return args.Answer(pid);
}

// unblock(): in the child, once it is repaired. The mask that the parent had.
Napi::Value Unblock(const Napi::CallbackInfo& info) {
  pthread_sigmask(SIG_SETMASK, &mask_before_fork, nullptr);
  return info.Env().Undefined();
}

}  // namespace

Napi::Object InitFork(Napi::Env env, Napi::Object exports) {
  // Learn where the kernel's pages lie while /proc is certain to be there.
  MakeMemoryInheritable();
  exports.Set("examine", Napi::Function::New(env, Examine));
  exports.Set("fork", Napi::Function::New(env, Fork));
  exports.Set("onEnd", Napi::Function::New(env, OnEnd));
  exports.Set("unblock", Napi::Function::New(env, Unblock));
  return exports;
}

}  // namespace truefork
