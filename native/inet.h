#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitInet(Napi::Env env, Napi::Object exports);

}  // namespace truefork
