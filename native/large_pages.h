// Memory on large pages. A fork copies an entry for each small page, with a count to be raised
// somewhere else in memory, and the end of the child undoes it. Small pages that are parts of one
// large page it takes in runs, and a whole large page at once.
#pragma once

#include <cstddef>

namespace truefork {

// What lies on large pages, in bytes.
struct LargePages {
  size_t code = 0;  // of node itself and of its libraries
  size_t data = 0;  // of V8's heap and malloc's
};

// Copies the code and the resident heaps to large pages, and puts the copies where the originals
// were: no address changes. To be called while every other thread is parked, all signals blocked.
// What the system does not give large pages for stays as it is. Called again, it copies the heaps
// alone, and what has become code since. `node`: any function of node's.
LargePages MoveToLargePages(const void* node);

}  // namespace truefork
