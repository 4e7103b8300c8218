#pragma once

#include <napi.h>
#include <uv.h>

namespace truefork {

uv_loop_t* LoopOf(Napi::Env env);

// Waits a little for the other threads to come to rest. True once all of them are parked.
bool WaitUntilParked();

Napi::Object InitExamine(Napi::Env env, Napi::Object exports);

}  // namespace truefork
