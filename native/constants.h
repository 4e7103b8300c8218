#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitConstants(Napi::Env env, Napi::Object exports);

}  // namespace truefork
