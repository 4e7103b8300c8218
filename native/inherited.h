#pragma once

#include <napi.h>
#include <uv.h>

namespace truefork {

// In a child, after its event loop is repaired: how many handles of the parent's are silent now.
// Until releaseInherited() they are referenced, all of them, because Node lists only such.
int SilenceInherited(uv_loop_t* loop);

Napi::Object InitInherited(Napi::Env env, Napi::Object exports);

}  // namespace truefork
