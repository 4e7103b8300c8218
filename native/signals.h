#pragma once

#include <napi.h>
#include <uv.h>

#include "wait.h"

namespace truefork {

// WaitFor with a signal mask of its own, which other threads do not undermine.
int64_t WaitWithMask(PollSet& set, int timeout, const sigset_t& mask);

// True for the watcher by which the event loop hears of caught signals.
bool IsWakeWatcher(const uv_handle_t* handle);

Napi::Object InitSignals(Napi::Env env, Napi::Object exports);

}  // namespace truefork
