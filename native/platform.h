// Single calls that Linux and FreeBSD name differently. One file implements them for each. What
// takes more than a call has a header of its own: threads.h, inheritable_memory.h, title.h, others.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

namespace truefork {

// Exec gives this process and its children no more rights: set-user-id bits are without effect.
// 0, or an errno: ENOSYS where the system has no such thing.
int ForgoNewPrivileges();

// Nobody but root may trace or dump this process and its children, until they exec. 0, or an errno.
int ForbidTracing();

// Has the system send a signal to this process when its parent ends; 0: none. 0, or -1 with errno.
int SetParentDeathSignal(int signal);

// What loses its parent becomes a child of this process, not of init. 0, or -1 with errno.
int AdoptOrphans();

// A limit of another process. 0, or -1 with errno.
int LimitOf(pid_t pid, int resource, rlimit* limit);

// Who is at the other end of a socket of AF_UNIX, as it was when it connected.
struct Peer {
  pid_t pid;  // 0 where the system does not tell
  uid_t uid;
  gid_t gid;
};

// 0, or -1 with errno.
int PeerOf(int fd, Peer* peer);

// Every descriptor from `lowest` on is closed by execve(2). 0, or -1 with errno.
int CloseOnExecFrom(int lowest);

// write(2) to what poll(2) calls writable. Where another process fills it up in between, it fails
// with EAGAIN if the system can be asked not to wait, and waits if it cannot.
ssize_t WriteIfReady(int fd, const void* data, size_t length);

}  // namespace truefork
