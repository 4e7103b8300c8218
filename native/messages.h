#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitMessages(Napi::Env env, Napi::Object exports);

}  // namespace truefork
