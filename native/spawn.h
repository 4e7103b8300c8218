#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitSpawn(Napi::Env env, Napi::Object exports);

}  // namespace truefork
