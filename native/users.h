#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitUsers(Napi::Env env, Napi::Object exports);

}  // namespace truefork
