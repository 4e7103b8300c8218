// The one interface behind which Linux and FreeBSD differ. One file implements it for each.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace truefork {

// What another thread of this process is doing, as far as fork(2) is concerned.
enum class ThreadState {
  kParked,   // waits, without a time limit, to be given work: holds no lock
  kLoop,     // waits in an event loop of its own
  kKernel,   // a thread of the kernel's in our name (io_uring)
  kRunning,  // anything else
};

struct Thread {
  pid_t id;
  ThreadState state;
  std::string name;
};

bool IsMainThread();

// Before each fork only what the threads do is asked; their names are for people.
enum class Names { kWanted, kNotWanted };

// The other threads of this process. False, with errno set, where the system does not tell.
bool OtherThreads(std::vector<Thread>* threads, Names names);

// Keeps open what OtherThreads reads, for after a chroot or a change of user. 0, or an errno.
int KeepThreadsVisible();

// In a child: what was kept open shows its parent, and is a way out of a chroot.
void ForgetKeptThreads();

// Exec gives this process and its children no more rights: set-user-id bits are without effect.
// 0, or an errno: ENOSYS where the system has no such thing.
int ForgoNewPrivileges();

// Nobody but root may trace or dump this process and its children, until they exec. 0, or an errno.
int ForbidTracing();

// Makes all memory that the child needs inheritable. 0, or an errno. To be called with nothing
// but fork() after it: V8 maps more memory whenever JavaScript runs.
int MakeMemoryInheritable();

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

// Where the title of the process goes, which ps(1) shows, is learned here. To be called while /proc
// is certain to be there.
void PrepareTitle();

// An empty title is the one that the process had at its start.
void SetTitle(const std::string& title);

}  // namespace truefork
