#pragma once

#include <napi.h>
#include <uv.h>

namespace truefork {

uv_loop_t* LoopOf(Napi::Env env);

// Waits a little for the other threads to come to rest. 0 once all of them are parked; EBUSY if
// they are not; EMFILE or ENFILE where no descriptor is left to look at them with.
int WaitUntilParked();

Napi::Object InitExamine(Napi::Env env, Napi::Object exports);

}  // namespace truefork
