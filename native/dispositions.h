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

#include <signal.h>
#include <sys/types.h>

#include <atomic>

namespace truefork {

// Once, on the main thread.
void InitDispositions();

// libuv's handler, which goes on working beside ours and is told from all others.
void KnowLibuvHandler(void (*handler)(int));

// Has a signal noted for JavaScript. 0, or an errno, negated.
int Catch(int signal, int flags, const sigset_t& mask);

// SIG_DFL: the default again, or libuv's handler where libuv watches the signal. SIG_IGN: ignored.
int Release(int signal, void (*handler)(int));

// For a child that goes its own way: the default for `signals`. What is pending of them is
// forgotten: it was meant for the parent (Ctrl-C sends it to both).
void ReleaseAll(const sigset_t& signals);

// A signal that is caught to be looked at later acts at once, by default, as soon as two numbers
// that another process may change are equal and not 0: also where JavaScript never looks. And where
// `parent` is not 0, once that is not the parent any more.
void ActAtOnceIf(int signal, const std::atomic<int>* two, pid_t parent);

// True while a caught signal has not been taken.
bool SignalsPending();

// The signals caught since the last time, which are then no longer pending.
sigset_t TakeSignals();

// Pending again.
void PutBack(const sigset_t& signals);

// Between fork and the first signal of the child: nothing pending, and its one thread is the main.
void ForgetSignals();

// While the main thread blocks a signal, other threads that do not block it send it on.
void ForwardBlocked(const sigset_t& blocked);
void StopForwarding(const sigset_t& blocked);

// Makes the end of a child wake a wait, also where no handler for SIGCHLD is set; with `stops`,
// also that it stops or goes on. False where it cannot: SIGCHLD is blocked or ignored.
bool WakeOnChild(bool stops);

}  // namespace truefork
