// The wait of many processes for clients of the same sockets.
#pragma once

#include "wait.h"

namespace truefork {

// Waits until one of `set` can be read, `timeout` ms have passed (-1: for ever) or a caught signal
// is pending. For a client, the system wakes one of the processes that wait so, where it can, and
// not all of them, of which the others would go to sleep again. The last of `set` is no such
// socket. Answers the index of one that is ready, the last if it is among them; -EAGAIN when the
// time is up; -EINTR for a signal.
int64_t WaitExclusively(const PollSet& set, int timeout);

}  // namespace truefork
