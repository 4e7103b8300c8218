#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitInherited(Napi::Env env, Napi::Object exports);

}  // namespace truefork
