// Caught signals, from the C handler to the main thread.
//
//   any thread      C handler ── not the main thread? send it on to the main thread
//   main thread     C handler ── note the signal, write one byte to the wake pipe
//                                     │
//        a blocking call polls the pipe with its own descriptor  → EINTR, then JavaScript
//        the event loop watches the pipe                         → JavaScript on its next turn
//
// The note is made before the byte is written, and read after the byte is: no signal that comes
// between the check and the wait is lost, on whichever thread it lands.
#pragma once

#include <napi.h>

#include "wait.h"

namespace truefork {

// True while a caught signal has not been handed to JavaScript.
bool SignalsPending();

// The end of the wake pipe that becomes readable when a signal is caught.
int WakeDescriptor();
void DrainWakePipe();

// WaitFor with a signal mask of its own, which other threads do not undermine.
int64_t WaitWithMask(PollSet& set, int timeout, const sigset_t& mask);

// Gives the child, between fork and its first signal, a pipe and a pending set of its own.
void ResetSignalsInChild();

// Makes the end of a child wake a wait, also where no handler for SIGCHLD is set; with
// `stops`, also that it stops or goes on. False where it cannot: SIGCHLD is blocked or ignored.
bool WakeOnChild(bool stops);

Napi::Object InitSignals(Napi::Env env, Napi::Object exports);

}  // namespace truefork
