// The pipe that ends the wait of the main thread: written in a signal handler, polled by whoever
// waits, watched by the event loop.
#pragma once

namespace truefork {

// 0, or an errno, negated.
int MakeWakePipe();

// The same descriptors, another pipe: for a child, so that parent and child do not wake each other.
int ReplaceWakePipe();

// Async-signal-safe.
void Wake();

int WakeDescriptor();
void DrainWakePipe();

}  // namespace truefork
