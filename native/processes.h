#pragma once

#include <napi.h>

namespace truefork {

Napi::Object InitProcesses(Napi::Env env, Napi::Object exports);

}  // namespace truefork
