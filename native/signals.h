#pragma once

#include <napi.h>

#include "wait.h"

namespace truefork {

// WaitFor with a signal mask of its own, which other threads do not undermine.
int64_t WaitWithMask(PollSet& set, int timeout, const sigset_t& mask);

Napi::Object InitSignals(Napi::Env env, Napi::Object exports);

}  // namespace truefork
