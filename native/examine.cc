// Is it safe to fork? What the other threads do, and what the event loop has still under way.
#include "examine.h"

#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <vector>

#include "threads.h"

namespace truefork {

namespace {

// V8's worker may be in the middle of something short. Give it half a second, in small steps.
constexpr auto kPatience = std::chrono::milliseconds(500);
constexpr timespec kPatienceStep = {0, 50000};

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

// The descriptor, where the handle is the stream of standard output or error; else -1.
int OutputOf(uv_handle_t* handle) {
  uv_os_fd_t fd;
  bool stream = handle->type == UV_NAMED_PIPE || handle->type == UV_TTY || handle->type == UV_TCP;
  if (!stream || uv_fileno(handle, &fd) != 0) return -1;
  return fd == STDOUT_FILENO || fd == STDERR_FILENO ? fd : -1;
}

void NoteOutput(uv_handle_t* handle, void* data) {
  if (OutputOf(handle) != -1) static_cast<std::vector<int>*>(data)->push_back(OutputOf(handle));
}

void NotePendingOutput(uv_handle_t* handle, void* data) {
  auto stream = reinterpret_cast<uv_stream_t*>(handle);
  if (OutputOf(handle) != -1 && uv_stream_get_write_queue_size(stream) > 0)
    NoteOutput(handle, data);
}

Napi::Array Outputs(Napi::Env env, uv_walk_cb note) {
  std::vector<int> found;
  uv_walk(LoopOf(env), note, &found);
  Napi::Array list = Napi::Array::New(env);
  for (int fd : found) list.Set(list.Length(), Napi::Number::New(env, fd));
  return list;
}

// openOutputs(): [fd], those of standard output and error whose streams Node has opened
Napi::Value OpenOutputs(const Napi::CallbackInfo& info) {
  return Outputs(info.Env(), NoteOutput);
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

// examine(): {threads: [{id, name, state}], requests, pendingOutput: [fd]} or -errno. It
// waits, as fork() does, for the threads to come to rest.
Napi::Value Examine(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  WaitUntilParked();
  std::vector<Thread> threads;
  if (!OtherThreads(&threads, Names::kWanted)) return Napi::Number::New(env, -errno);
  Napi::Array list = Napi::Array::New(env);
  for (const Thread& thread : threads) {
    Napi::Object item = Napi::Object::New(env);
    item.Set("id", Napi::Number::New(env, thread.id));
    item.Set("name", thread.name);
    item.Set("state", NameOf(thread.state));
    list.Set(list.Length(), item);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("threads", list);
  result.Set("requests", Napi::Number::New(env, LoopOf(env)->active_reqs.count));
  result.Set("pendingOutput", Outputs(env, NotePendingOutput));
  return result;
}

}  // namespace

uv_loop_t* LoopOf(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  return loop;
}

int WaitUntilParked() {
  std::vector<Thread> threads;
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    if (!OtherThreads(&threads, Names::kNotWanted)) {
      return errno == EMFILE || errno == ENFILE ? errno : EBUSY;
    }
    if (AreParked(threads)) return 0;
    bool hopeless = false;
    for (const Thread& thread : threads) hopeless |= thread.state == ThreadState::kKernel;
    if (hopeless || std::chrono::steady_clock::now() > deadline) return EBUSY;
    nanosleep(&kPatienceStep, nullptr);
  }
}

Napi::Object InitExamine(Napi::Env env, Napi::Object exports) {
  exports.Set("examine", Napi::Function::New(env, Examine));
  exports.Set("openOutputs", Napi::Function::New(env, OpenOutputs));
  return exports;
}

}  // namespace truefork
