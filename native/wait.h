// The one place where the main thread waits: for descriptors, for time, for caught signals.
#pragma once

#include <poll.h>
#include <signal.h>

#include <cstdint>
#include <vector>

namespace truefork {

using PollSet = std::vector<pollfd>;

enum class Until { kReady, kWoken };

// Waits until one of `set` is ready, `timeout` ms have passed (-1: for ever) or a caught signal is
// pending; with Until::kWoken also until a child has ended. Answers how many are ready, or -EINTR
// for a signal. `mask`, if given, is the signal mask during the wait, as with ppoll(2).
int64_t WaitFor(PollSet& set, int timeout, const sigset_t* mask, Until until = Until::kReady);

// As WaitFor: the index of the first that is ready, but the last of `set` before all others;
// -EAGAIN when the time is up.
int64_t WaitForOne(PollSet set, int timeout);

// Waits for one descriptor without limit of time. 0 once it is ready, or -errno.
int64_t WaitUntilReady(int fd, short events);

bool IsNonBlocking(int fd);

}  // namespace truefork
