#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "dispositions.h"
#include "wait_exclusive.h"
#include "wake_pipe.h"

namespace truefork {

namespace {

// poll(2) wakes everybody. An epoll set of a process's own, made once, does not have to.
struct {
  int epoll = -1;
  pid_t owner = 0;
  std::vector<int> watched;
} waiting;

bool Watch(int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  return epoll_ctl(waiting.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool IsWatched(const pollfd& entry) {
  const auto& fds = waiting.watched;
  return std::find(fds.begin(), fds.end(), entry.fd) != fds.end();
}

// Their order may be another each time. A set that the parent has made is the parent's.
bool IsFor(const PollSet& set) {
  return waiting.epoll != -1 && waiting.owner == getpid() && waiting.watched.size() == set.size() &&
         std::all_of(set.begin(), set.end(), IsWatched);
}

// False where the system has no descriptor for it.
bool Prepare(const PollSet& set) {
  if (IsFor(set)) return true;
  if (waiting.epoll != -1) close(waiting.epoll);
  waiting.epoll = epoll_create1(EPOLL_CLOEXEC);
  waiting.owner = getpid();
  waiting.watched.clear();
  bool done = waiting.epoll != -1 && Watch(WakeDescriptor(), EPOLLIN);
  for (const pollfd& entry : set) {
    uint32_t events = EPOLLIN;
    if (&entry != &set.back()) events |= EPOLLEXCLUSIVE;
    done = done && Watch(entry.fd, events);
    waiting.watched.push_back(entry.fd);
  }
  if (done || waiting.epoll == -1) return done;
  close(waiting.epoll);
  waiting.epoll = -1;
  return false;
}

int64_t IndexOf(const PollSet& set, int fd) {
  auto found = std::find_if(set.begin(), set.end(), [fd](auto& entry) { return entry.fd == fd; });
  return found - set.begin();
}

}  // namespace

int64_t WaitExclusively(const PollSet& set, int timeout) {
  if (!Prepare(set)) return WaitForOne(set, timeout);
  using Clock = std::chrono::steady_clock;
  auto deadline = Clock::now() + std::chrono::milliseconds(timeout);
  epoll_event events[8];
  for (;;) {
    if (SignalsPending()) return -EINTR;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    int limit = timeout < 0 ? -1 : static_cast<int>(std::max<int64_t>(0, left));
    int ready = epoll_wait(waiting.epoll, events, 8, limit);
    if (ready == -1 && errno != EINTR) return -errno;
    if (ready == 0) return -EAGAIN;
    int64_t found = -1;
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd == WakeDescriptor())
        DrainWakePipe();
      else
        found = std::max(found, IndexOf(set, events[i].data.fd));
    }
    if (found >= 0 && !SignalsPending()) return found;
  }
}

}  // namespace truefork
