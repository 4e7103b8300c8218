// Written from the manuals and sources, compiled, not run: see "What is not run" in the README.
#include <fcntl.h>
#include <sys/param.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/ucred.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "platform.h"

namespace truefork {

// There is no way to ask for one write not to wait.
ssize_t WriteIfReady(int fd, const void* data, size_t length) {
  return write(fd, data, length);
}

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

int SetParentDeathSignal(int signal) {
  return procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signal);
}

}  // namespace truefork
