#pragma once

#include <napi.h>
#include <uv.h>

namespace truefork {

// In a child: has the callback of onEnd called once its event loop has nothing left.
void WatchEnd(uv_loop_t* loop);

Napi::Object InitChildEnd(Napi::Env env, Napi::Object exports);

}  // namespace truefork
