// Written from the manuals and sources, compiled, not run: see "What is not run" in the README.
#include <fcntl.h>
#include <pthread_np.h>
#include <sys/param.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/ucred.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform.h"

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

// There is no way to ask for one write not to wait.
ssize_t WriteIfReady(int fd, const void* data, size_t length) {
  return write(fd, data, length);
}

void PrepareTitle() {}

void SetTitle(const std::string& title) {
  if (title.empty()) {
    setproctitle(nullptr);
  } else {
    setproctitle("-%s", title.c_str());
  }
}

// sysctl tells of the own process always.
int KeepThreadsVisible() {
  return 0;
}

void ForgetKeptThreads() {}

int LimitOf(pid_t pid, int resource, rlimit* limit) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_RLIMIT, pid, resource};
  size_t size = sizeof(*limit);
  return sysctl(name, 5, limit, &size, nullptr, 0);
}

int AdoptOrphans() {
  return procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, nullptr);
}

int PeerOf(int fd, Peer* peer) {
  xucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size) == -1) return -1;
  pid_t pid = 0;
#if __FreeBSD_version >= 1300030
  pid = credentials.cr_pid;
#endif
  *peer = {pid, credentials.cr_uid, credentials.cr_groups[0]};
  return 0;
}

int CloseOnExecFrom(int lowest) {
  for (int fd = lowest; fd < getdtablesize(); fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return 0;
}

int ForgoNewPrivileges() {
#ifdef PROC_NO_NEW_PRIVS_CTL
  int enable = PROC_NO_NEW_PRIVS_ENABLE;
  return procctl(P_PID, getpid(), PROC_NO_NEW_PRIVS_CTL, &enable) == -1 ? errno : 0;
#else
  return ENOSYS;
#endif
}

int ForbidTracing() {
  int disable = PROC_TRACE_CTL_DISABLE;
  return procctl(P_PID, getpid(), PROC_TRACE_CTL, &disable) == -1 ? errno : 0;
}

// V8 hides its heap from fork on Linux alone.
int MakeMemoryInheritable() {
  return 0;
}

int SetParentDeathSignal(int signal) {
  return procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signal);
}

}  // namespace truefork
