#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "threads.h"

namespace truefork {

bool IsMainThread() {
  return syscall(SYS_gettid) == getpid();
}

namespace {

// Kept open by KeepThreadsVisible: /proc/self/task, and in it the file `syscall` of each thread.
DIR* kept_directory = nullptr;
std::vector<std::pair<pid_t, int>> kept_calls;

std::string ReadStart(int fd) {
  char text[256];
  ssize_t length = pread(fd, text, sizeof(text), 0);
  return std::string(text, length > 0 ? static_cast<size_t>(length) : 0);
}

// Reads a short file below the open folder `directory`; empty where the thread has just ended.
// False, with errno set, without a descriptor for it: a thread that is not seen is no parked one.
bool ReadShort(int directory, const std::string& name, std::string* text) {
  text->clear();
  int fd = openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd == -1) return errno != EMFILE && errno != ENFILE;
  *text = ReadStart(fd);
  close(fd);
  return true;
}

bool CallOf(int directory, pid_t id, std::string* text) {
  for (auto [kept, fd] : kept_calls) {
    // Nothing to read: it was the file of a thread that has ended, with the same number.
    *text = kept == id ? ReadStart(fd) : "";
    if (!text->empty()) return true;
  }
  return ReadShort(directory, std::to_string(id) + "/syscall", text);
}

bool IsEventLoopCall(long number) {
  return number == SYS_epoll_pwait ||
#ifdef SYS_epoll_wait  // arm64 has only the newer one
         number == SYS_epoll_wait ||
#endif
         number == SYS_epoll_pwait2;
}

// How a thread waits to be given work, on a condition variable. glibc waits for locks by another
// operation. musl does not; but there, too, who waits for a lock waits for a thread that is seen to
// run: this one, which asks, holds none.
#ifdef __GLIBC__
constexpr unsigned long kWaitForWork = FUTEX_WAIT_BITSET;
#else
constexpr unsigned long kWaitForWork = FUTEX_WAIT;
#endif

// /proc/PID/task/TID/syscall: "running", or the number and six arguments of the call in which
// the thread waits. A futex wait with a time limit belongs to a thread that wakes by itself.
ThreadState StateFrom(const std::string& call) {
  long number = 0;
  unsigned long address = 0, operation = 0, value = 0, timeout = 0;
  int read =
      sscanf(call.c_str(), "%ld %lx %lx %lx %lx", &number, &address, &operation, &value, &timeout);
  if (read != 5) return ThreadState::kRunning;
  if (IsEventLoopCall(number)) return ThreadState::kLoop;
  bool waits = (operation & FUTEX_CMD_MASK) == kWaitForWork && timeout == 0;
  return number == SYS_futex && waits ? ThreadState::kParked : ThreadState::kRunning;
}

bool ReadThreads(DIR* directory, std::vector<Thread>* threads, Names names) {
  pid_t self = static_cast<pid_t>(syscall(SYS_gettid));
  int folder = dirfd(directory);
  while (dirent* entry = readdir(directory)) {
    std::string call, name;
    pid_t id = static_cast<pid_t>(atol(entry->d_name));
    if (id == 0 || id == self) continue;
    if (!CallOf(folder, id, &call)) return false;
    ThreadState state = StateFrom(call);
    if (names == Names::kWanted || state == ThreadState::kRunning) {
      if (!ReadShort(folder, std::to_string(id) + "/comm", &name)) return false;
      if (name.empty()) continue;  // it has just ended
      name.pop_back();
    }
    if (name.rfind("iou-", 0) == 0) state = ThreadState::kKernel;
    threads->push_back({id, state, name});
  }
  return true;
}

}  // namespace

bool OtherThreads(std::vector<Thread>* threads, Names names) {
  threads->clear();
  DIR* directory = kept_directory ? kept_directory : opendir("/proc/self/task");
  if (directory == nullptr) return false;
  if (directory == kept_directory) rewinddir(directory);
  bool seen = ReadThreads(directory, threads, names);
  int error = errno;
  if (directory != kept_directory) closedir(directory);
  errno = error;
  return seen;
}

// After a change of user the files of the own process are root's, that of each thread in /proc is
// for its owner alone; after a chroot there is no /proc. Threads come before that or never: the
// daemon process starts none.
int KeepThreadsVisible() {
  if (kept_directory) return 0;
  std::vector<Thread> threads;
  if (!OtherThreads(&threads, Names::kNotWanted)) return errno;
  kept_directory = opendir("/proc/self/task");
  if (kept_directory == nullptr) return errno;
  for (const Thread& thread : threads) {
    std::string name = std::to_string(thread.id) + "/syscall";
    int fd = openat(dirfd(kept_directory), name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd != -1) kept_calls.push_back({thread.id, fd});
  }
  return 0;
}

void ForgetKeptThreads() {
  for (auto [id, fd] : kept_calls) close(fd);
  kept_calls.clear();
  // Not closedir: a child frees nothing that it does not have to touch.
  if (kept_directory) close(dirfd(kept_directory));
  kept_directory = nullptr;
}

}  // namespace truefork
