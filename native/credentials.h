#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitCredentials(Napi::Env env, Napi::Object exports);

}  // namespace truefork
