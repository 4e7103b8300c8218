#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "address_space.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000  // glibc before 2.27
#endif

namespace truefork {

// Valgrind keeps books of all addresses, of those that are only reserved, too.
#if defined(__x86_64__) && !defined(TRUEFORK_VALGRIND)

namespace {

// V8 asks for addresses of 46 bits. Libraries, stacks and what has no wish lie above.
constexpr uintptr_t kEnd = uintptr_t{1} << 46;
// What malloc's heap can grow by, where it lies low.
constexpr uintptr_t kRoom = uintptr_t{64} << 30;

std::vector<std::pair<void*, size_t>> reserved;

void Reserve(uintptr_t start, uintptr_t end) {
  if (end <= start) return;
  // No memory, and none promised: only addresses.
  int flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  void* wanted = reinterpret_cast<void*>(start);
  void* got = mmap(wanted, end - start, PROT_NONE, flags, -1, 0);
  if (got == wanted) reserved.push_back({got, end - start});
  // A kernel before 4.17 takes the address for a wish.
  else if (got != MAP_FAILED)
    munmap(got, end - start);
}

std::vector<std::pair<uintptr_t, uintptr_t>> Mapped() {
  std::vector<std::pair<uintptr_t, uintptr_t>> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t start = 0, end = 0;
    if (sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2)
      found.push_back({start, end});
  }
  return found;
}

}  // namespace

void KeepHeapTogether() {
  uintptr_t heap_end = reinterpret_cast<uintptr_t>(sbrk(0));
  uintptr_t free = heap_end < kEnd ? heap_end + kRoom : kRoom;
  for (auto [start, end] : Mapped()) {
    Reserve(free, std::min(start, kEnd));
    free = std::max(free, end);
  }
}

void LetHeapSpread() {
  for (auto [start, size] : reserved) munmap(start, size);
  reserved.clear();
}

namespace {

// Loaded before node (LD_PRELOAD), this part runs before V8 asks for its first address.
struct Preloaded {
  Preloaded() {
    if (getenv("TRUEFORK_LD_PRELOAD")) KeepHeapTogether();
  }
} preloaded;

}  // namespace

#else  // elsewhere V8 asks for other addresses

void KeepHeapTogether() {}
void LetHeapSpread() {}

#endif

}  // namespace truefork
