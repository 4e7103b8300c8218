// Written from the manuals and sources, compiled, not run: see "What is not run" in the README.
#include <pthread_np.h>
#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

#include <cstring>

#include "threads.h"

namespace truefork {

bool IsMainThread() {
  return pthread_main_np() == 1;
}

// ki_wmesg names what a sleeping thread waits for: uwait, ucond and umtxn are the waits of
// libthr's locks and semaphores, kqread is an event loop.
static ThreadState StateFrom(const kinfo_proc& thread) {
  if (thread.ki_stat != SSLEEP) return ThreadState::kRunning;
  const char* wait = thread.ki_wmesg;
  if (strcmp(wait, "kqread") == 0) return ThreadState::kLoop;
  bool parked =
      strcmp(wait, "uwait") == 0 || strcmp(wait, "ucond") == 0 || strcmp(wait, "umtxn") == 0;
  return parked ? ThreadState::kParked : ThreadState::kRunning;
}

bool OtherThreads(std::vector<Thread>* threads, Names) {
  threads->clear();
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID | KERN_PROC_INC_THREAD, getpid()};
  size_t size = 0;
  if (sysctl(name, 4, nullptr, &size, nullptr, 0) == -1) return false;
  // Threads may have been added since the size was asked for.
  std::vector<char> buffer(size + 8 * sizeof(kinfo_proc));
  size = buffer.size();
  if (sysctl(name, 4, buffer.data(), &size, nullptr, 0) == -1) return false;
  lwpid_t self = pthread_getthreadid_np();
  for (size_t at = 0; at < size;) {
    auto* thread = reinterpret_cast<kinfo_proc*>(buffer.data() + at);
    if (thread->ki_structsize <= 0) break;
    at += static_cast<size_t>(thread->ki_structsize);
    if (thread->ki_tid == self) continue;
    threads->push_back({static_cast<pid_t>(thread->ki_tid), StateFrom(*thread), thread->ki_tdname});
  }
  return true;
}

// sysctl tells of the own process always.
int KeepThreadsVisible() {
  return 0;
}

void ForgetKeptThreads() {}

}  // namespace truefork
