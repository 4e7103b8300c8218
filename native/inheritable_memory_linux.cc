#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "inheritable_memory.h"

namespace truefork {

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

// V8 marks its heap MADV_DONTFORK: without this, the child faults on its first instruction of
// JavaScript. ENOMEM only says that the range has holes; the mappings in it were changed.
int MakeMemoryInheritable() {
  for (auto [low, high] : RangesAroundKernelPages()) {
    int result = madvise(reinterpret_cast<void*>(low), high - low, MADV_DOFORK);
    if (result == -1 && errno != ENOMEM) return MakeInheritableOneByOne();
  }
  return 0;
}

}  // namespace truefork
