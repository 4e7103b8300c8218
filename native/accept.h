#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitAccept(Napi::Env env, Napi::Object exports);

}  // namespace truefork
