// The threads of this process, as far as fork(2) is concerned.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace truefork {

// What another thread is doing.
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

}  // namespace truefork
