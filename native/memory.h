#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitMemory(Napi::Env env, Napi::Object exports);

}  // namespace truefork
