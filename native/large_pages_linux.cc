#include <sys/mman.h>

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "large_pages.h"

namespace truefork {

namespace {

constexpr uintptr_t kLarge = 2 << 20;
// The size of V8's chunks. What is smaller gains little, and may be memory into which the kernel
// writes at any time (rseq).
constexpr size_t kSmallest = 256 << 10;
// So much memory is held twice while it is copied; a single mapping may be larger.
constexpr size_t kBatch = 32 << 20;

struct Mapping {
  uintptr_t start = 0, end = 0;
  std::string access, path, flags;
  size_t resident = 0, large = 0;
  bool has_key = false;  // a protection key, which a copy would not have

  size_t size() const { return end - start; }
  bool Holds(uintptr_t address) const { return start <= address && address < end; }
};

// /proc/self/smaps: a line for each mapping, then lines "Name: value" for it, VmFlags last.
std::vector<Mapping> Mappings() {
  std::vector<Mapping> found;
  std::ifstream smaps("/proc/self/smaps");
  Mapping mapping;
  for (std::string line; std::getline(smaps, line);) {
    uintptr_t start = 0, end = 0;
    char access[5] = "";
    int path = 0;
    size_t value = 0;
    const char* text = line.c_str();
    if (sscanf(text, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &start, &end, access, &path) ==
        3)
      mapping = {start, end, access, line.substr(static_cast<size_t>(path)), "", 0, 0, false};
    if (sscanf(text, "Rss: %zu", &value) == 1) mapping.resident = value << 10;
    if (sscanf(text, "AnonHugePages: %zu", &value) == 1) mapping.large = value << 10;
    if (sscanf(text, "ProtectionKey: %zu", &value) == 1) mapping.has_key = value != 0;
    if (line.rfind("VmFlags:", 0) != 0) continue;
    mapping.flags = line;
    found.push_back(mapping);
  }
  return found;
}

const Mapping* HolderOf(const std::vector<Mapping>& all, uintptr_t address) {
  for (const Mapping& mapping : all)
    if (mapping.Holds(address)) return &mapping;
  return nullptr;
}

// The stacks of threads, into which a signal may write, are mostly not resident.
bool IsHeap(const Mapping& mapping) {
  bool is_anonymous = mapping.path.empty() || mapping.path == "[heap]";
  bool is_locked = mapping.flags.find(" lo") != std::string::npos;
  return is_anonymous && mapping.access == "rw-p" && !mapping.has_key && !is_locked &&
         mapping.size() >= kSmallest && mapping.resident >= mapping.size() / 4 * 3;
}

constexpr uintptr_t RoundUp(uintptr_t value) {
  return (value + kLarge - 1) & ~(kLarge - 1);
}

// Large pages, zeroed; null where the system gives none, or only a part.
char* LargeMemory(size_t size) {
  size_t whole = RoundUp(size), room = whole + kLarge;
  void* memory = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  char* low = static_cast<char*>(memory);
  uintptr_t start = RoundUp(reinterpret_cast<uintptr_t>(low));
  char* large = reinterpret_cast<char*>(start);
  if (large > low) munmap(low, static_cast<size_t>(large - low));
  munmap(large + whole, static_cast<size_t>(low + room - (large + whole)));
  madvise(large, whole, MADV_HUGEPAGE);
  for (size_t at = 0; at < whole; at += kLarge) large[at] = 0;
  std::vector<Mapping> all = Mappings();
  const Mapping* holder = HolderOf(all, start);
  if (holder && holder->large >= whole) {
    // Not for khugepaged to work on: in children it would undo what they share.
    madvise(large, whole, MADV_NOHUGEPAGE);
    return large;
  }
  munmap(large, whole);
  return nullptr;
}

size_t MoveCode(const Mapping& code) {
  uintptr_t start = RoundUp(code.start), end = code.end & ~(kLarge - 1);
  size_t size = end > start ? end - start : 0;
  char* copy = size > 0 ? LargeMemory(size) : nullptr;
  if (copy == nullptr) return 0;
  memcpy(copy, reinterpret_cast<void*>(start), size);
  __builtin___clear_cache(copy, copy + size);
  void* original = reinterpret_cast<void*>(start);
  int how = MREMAP_MAYMOVE | MREMAP_FIXED;
  if (mprotect(copy, size, PROT_READ | PROT_EXEC) == 0 &&
      mremap(copy, size, size, how, original) != MAP_FAILED)
    return size;
  munmap(copy, size);
  return 0;
}

using Heap = std::vector<Mapping>::const_iterator;

// Where in the copy a heap begins, `used` of which are taken: at the same distance to a boundary of
// large pages as the original, so that a page which is whole in both stays whole.
size_t PlaceOf(const Mapping& heap, size_t used) {
  if (heap.size() < kLarge) return used;
  return used + (heap.start - used) % kLarge;
}

size_t MoveHeaps(Heap first, Heap last, size_t total) {
  char* copy = LargeMemory(total);
  if (copy == nullptr) return 0;
  size_t used = 0, moved = 0;
  // Nothing may be allocated in between: what malloc keeps its books in is among what moves.
  for (Heap heap = first; heap != last; used += heap++->size()) {
    used = PlaceOf(*heap, used);
    void* original = reinterpret_cast<void*>(heap->start);
    // malloc may have given a part of it back since.
    if (msync(original, heap->size(), MS_ASYNC) == -1) continue;
    memcpy(copy + used, original, heap->size());
    int how = MREMAP_MAYMOVE | MREMAP_FIXED;
    if (mremap(copy + used, heap->size(), heap->size(), how, original) != MAP_FAILED)
      moved += heap->size();
  }
  munmap(copy, RoundUp(total));  // what is left of it
  return moved;
}

size_t MoveInBatches(const std::vector<Mapping>& heaps) {
  size_t moved = 0;
  for (Heap first = heaps.begin(), last = first; first != heaps.end(); first = last) {
    size_t total = 0;
    while (last != heaps.end() && (total == 0 || total + last->size() <= kBatch)) {
      total = PlaceOf(*last, total) + last->size();
      last++;
    }
    moved += MoveHeaps(first, last, total);
  }
  return moved;
}

}  // namespace

LargePages MoveToLargePages(const void* node) {
  LargePages moved;
#if defined(__SANITIZE_ADDRESS__) || defined(TRUEFORK_VALGRIND)
  // Their books are memory, too, and what lies between the heap's blocks they let nobody read.
  return moved;
#endif
  std::vector<Mapping> all = Mappings(), heaps;
  const Mapping* holder = HolderOf(all, reinterpret_cast<uintptr_t>(node));
  for (const Mapping& mapping : all) {
    bool is_code = holder && mapping.access == "r-xp" && mapping.path == holder->path;
    if (is_code) moved.code += MoveCode(mapping);
    if (IsHeap(mapping)) heaps.push_back(mapping);
  }
  moved.data = MoveInBatches(heaps);
  return moved;
}

}  // namespace truefork
