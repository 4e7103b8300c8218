#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitLimits(Napi::Env env, Napi::Object exports);

}  // namespace truefork
