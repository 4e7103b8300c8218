#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "platform.h"

#if __has_include(<linux/close_range.h>)
#include <linux/close_range.h>
#endif

namespace truefork {

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

int SetParentDeathSignal(int signal) {
  return prctl(PR_SET_PDEATHSIG, signal);
}

}  // namespace truefork
