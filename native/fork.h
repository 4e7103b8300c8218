#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitFork(Napi::Env env, Napi::Object exports);

}  // namespace truefork
