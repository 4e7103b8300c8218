#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitDescriptors(Napi::Env env, Napi::Object exports);

}  // namespace truefork
