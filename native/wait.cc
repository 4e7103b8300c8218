#include "wait.h"

#include <fcntl.h>
#include <time.h>

#include <cerrno>

#include "dispositions.h"
#include "wake_pipe.h"

namespace truefork {

namespace {

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}

int PollUntil(PollSet& set, int64_t deadline, const sigset_t* mask) {
  int64_t left = deadline < 0 ? 0 : deadline - NowMs();
  if (left < 0) left = 0;
  timespec limit = {static_cast<time_t>(left / 1000), static_cast<long>(left % 1000) * 1000000};
  return ppoll(set.data(), static_cast<nfds_t>(set.size()), deadline < 0 ? nullptr : &limit, mask);
}

}  // namespace

int64_t WaitFor(PollSet& set, int timeout, const sigset_t* mask, Until until) {
  int64_t deadline = timeout < 0 ? -1 : NowMs() + timeout;
  set.push_back({WakeDescriptor(), POLLIN, 0});
  int64_t result;
  for (;;) {
    if (SignalsPending()) {
      result = -EINTR;
      break;
    }
    int ready = PollUntil(set, deadline, mask);
    if (ready == -1 && errno != EINTR) {
      result = -errno;
      break;
    }
    // Interrupted by a handler that is not ours (libuv's, say): nobody here waits for that.
    if (ready == -1) continue;
    bool woken = set.back().revents != 0;
    if (woken) DrainWakePipe();
    if (SignalsPending()) continue;
    result = ready - (woken ? 1 : 0);
    if (result > 0 || !woken || until == Until::kWoken) break;
  }
  set.pop_back();
  return result;
}

// poll(2) leaves out what is no descriptor at all, a negative number, and would wait for ever.
int64_t WaitForOne(PollSet set, int timeout) {
  for (const pollfd& entry : set) {
    if (entry.fd < 0) return -EBADF;
  }
  int64_t ready = WaitFor(set, timeout, nullptr);
  if (ready < 0) return ready;
  if (set.back().revents != 0) return static_cast<int64_t>(set.size()) - 1;
  for (size_t i = 0; i < set.size(); i++) {
    if (set[i].revents != 0) return static_cast<int64_t>(i);
  }
  return -EAGAIN;
}

int64_t WaitUntilReady(int fd, short events) {
  if (fd < 0) return -EBADF;
  PollSet set = {{fd, events, 0}};
  int64_t ready = WaitFor(set, -1, nullptr);
  return ready < 0 ? ready : 0;
}

bool IsNonBlocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags != -1 && (flags & O_NONBLOCK) != 0;
}

}  // namespace truefork
