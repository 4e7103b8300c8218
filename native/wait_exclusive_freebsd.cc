#include "wait_exclusive.h"

namespace truefork {

// poll(2) wakes everybody, and kqueue(2) has nothing that would wake one.
int64_t WaitExclusively(const PollSet& set, int timeout) {
  return WaitForOne(set, timeout);
}

}  // namespace truefork
