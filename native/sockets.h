#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitSockets(Napi::Env env, Napi::Object exports);

}  // namespace truefork
