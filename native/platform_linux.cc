#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "platform.h"

#if __has_include(<linux/close_range.h>)
#include <linux/close_range.h>
#endif

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

int LimitOf(pid_t pid, int resource, rlimit* limit) {
  return prlimit(pid, static_cast<decltype(RLIMIT_CPU)>(resource), nullptr, limit);
}

int AdoptOrphans() {
  return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int PeerOf(int fd, Peer* peer) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == -1) return -1;
  *peer = {credentials.pid, credentials.uid, credentials.gid};
  return 0;
}

int CloseOnExecFrom(int lowest) {
#if defined(SYS_close_range) && defined(CLOSE_RANGE_CLOEXEC)
  unsigned first = static_cast<unsigned>(lowest);
  if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return 0;
#endif
  // Linux before 5.11. The descriptor with which the others are listed is close-on-exec anyway.
  DIR* open = opendir("/proc/self/fd");
  if (open == nullptr) return -1;
  while (dirent* entry = readdir(open)) {
    int fd = atoi(entry->d_name);
    if (fd >= lowest) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  return closedir(open);
}

int ForgoNewPrivileges() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ? errno : 0;
}

int ForbidTracing() {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ? errno : 0;
}

namespace {

using Range = std::pair<uintptr_t, uintptr_t>;

// Above every user address of a 48-bit address space.
constexpr uintptr_t kTop = uintptr_t{1} << 48;

// madvise() stops at the first mapping of device memory that it meets. The kernel puts two into
// every process, the data pages of the vdso, and they never move: learn once where they lie and
// keep the ranges around them.
const std::vector<Range>& RangesAroundKernelPages() {
  static const std::vector<Range> ranges = [] {
    std::vector<Range> found;
    std::ifstream maps("/proc/self/maps");
    uintptr_t low = 0;
    for (std::string line; std::getline(maps, line);) {
      unsigned long start = 0, end = 0;
      bool kernels = line.find("[vvar") != std::string::npos;
      if (!kernels || sscanf(line.c_str(), "%lx-%lx", &start, &end) != 2) continue;
      if (start > low) found.push_back({low, start});
      low = end;
    }
    found.push_back({low, kTop});
    return found;
  }();
  return ranges;
}

// The careful way, mapping by mapping (some ms), for a process that has other device memory:
// only what the kernel lists as not copied ("dc") and as no device memory ("io").
int MakeInheritableOneByOne() {
  std::ifstream smaps("/proc/self/smaps");
  if (!smaps)
    return EACCES;  // out of reach, as after a chroot: better no child than one that faults
  std::vector<Range> hidden;
  unsigned long start = 0, end = 0;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long low = 0, high = 0;
    if (sscanf(line.c_str(), "%lx-%lx ", &low, &high) == 2) start = low, end = high;
    if (line.rfind("VmFlags:", 0) != 0) continue;
    bool is_hidden = line.find(" dc") != std::string::npos;
    if (is_hidden && line.find(" io") == std::string::npos) hidden.push_back({start, end});
  }
  for (auto [low, high] : hidden) {
    if (madvise(reinterpret_cast<void*>(low), high - low, MADV_DOFORK) == -1) return errno;
  }
  return 0;
}

}  // namespace

// A pipe is the one thing that others fill and that takes the flag; on files it fails at random.
ssize_t WriteIfReady(int fd, const void* data, size_t length) {
  struct stat file;
  if (fstat(fd, &file) == 0 && S_ISFIFO(file.st_mode)) {
    iovec piece = {const_cast<void*>(data), length};
    ssize_t written = syscall(SYS_pwritev2, fd, &piece, 1, -1L, -1L, RWF_NOWAIT);
    if (written != -1 || (errno != EOPNOTSUPP && errno != ENOSYS)) return written;
  }
  return write(fd, data, length);
}

namespace {

// The arguments of the process lie in its memory one after the other, and ps shows what stands
// there. libuv has copied them for Node.
char* title_area = nullptr;
size_t title_size = 0;
std::string first_title;

}  // namespace

void PrepareTitle() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // Fields 48 and 49; the second, the name, may hold anything, but ends with the last parenthesis.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 48; field++) fields >> skipped;
  uintptr_t start = 0, end = 0;
  if (!(fields >> start >> end) || end <= start) return;
  title_area = reinterpret_cast<char*>(start);
  title_size = end - start;
  first_title.assign(title_area, title_size);
}

void SetTitle(const std::string& title) {
  if (title_size == 0) return;
  const std::string& text = title.empty() ? first_title : title;
  // The last character stays null: what follows would be shown with it otherwise.
  size_t length = std::min(text.size(), title_size - 1);
  memcpy(title_area, text.data(), length);
  memset(title_area + length, 0, title_size - length);
}

// V8 marks its heap MADV_DONTFORK: without this, the child faults on its first instruction of
// JavaScript. ENOMEM only says that the range has holes; the mappings in it were changed.
int MakeMemoryInheritable() {
  for (auto [low, high] : RangesAroundKernelPages()) {
    int result = madvise(reinterpret_cast<void*>(low), high - low, MADV_DOFORK);
    if (result == -1 && errno != ENOMEM) return MakeInheritableOneByOne();
  }
  return 0;
}

int SetParentDeathSignal(int signal) {
  return prctl(PR_SET_PDEATHSIG, signal);
}

}  // namespace truefork
