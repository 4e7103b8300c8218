// The end of a child whose event loop has nothing left. Node would first wait for tasks that a
// thread of its platform has taken, and that thread exists in no child.
#include "child_end.h"

#include "arguments.h"

namespace truefork {

namespace {

uv_prepare_t end_watcher;
bool is_watching_end = false;
Napi::FunctionReference on_end;
napi_async_context end_context = nullptr;

// V8 has tasks for this thread, of which an unreferenced handle tells: as the end of an
// asynchronous compilation. Node runs them all before it ends.
bool HasTasks(uv_loop_t* loop) {
  bool has_tasks = false;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* data) {
        if (handle->type != UV_ASYNC) return;
        if (reinterpret_cast<uv_async_t*>(handle)->pending != 0) *static_cast<bool*>(data) = true;
      },
      &has_tasks);
  return has_tasks;
}

bool IsOtherwiseAlive(uv_handle_t* own) {
  uv_unref(own);
  bool alive = uv_loop_alive(own->loop) != 0;
  uv_ref(own);
  return alive || HasTasks(own->loop);
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
  Arguments args(info);
  Napi::Function callback = args.Function(0, "callback");
  if (!on_end.IsEmpty()) args.Refuse("onEnd: it has been called already");
  if (args.failed()) return args.Failure();
  on_end = Napi::Persistent(callback);
  on_end.SuppressDestruct();
  napi_async_init(info.Env(), nullptr, Napi::String::New(info.Env(), "truefork:end"), &end_context);
  return info.Env().Undefined();
}

}  // namespace

void WatchEnd(uv_loop_t* loop) {
  if (is_watching_end || on_end.IsEmpty()) return;  // the child of a child has it already
  is_watching_end = true;
  uv_prepare_init(loop, &end_watcher);
  uv_prepare_start(&end_watcher, BeforeWait);
}

Napi::Object InitChildEnd(Napi::Env env, Napi::Object exports) {
  exports.Set("onEnd", Napi::Function::New(env, OnEnd));
  return exports;
}

}  // namespace truefork
