#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitSocketOptions(Napi::Env env, Napi::Object exports);

}  // namespace truefork
