#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "large_pages.h"
#include "mappings_linux.h"

namespace truefork {

namespace {

constexpr uintptr_t kLarge = 2 << 20;
// The size of V8's chunks. What is smaller gains little, and may be memory into which the kernel
// writes at any time (rseq).
constexpr size_t kSmallestHeap = 256 << 10;
// Of that of a smaller library a child runs little. What V8 compiles lies in pieces of 240 KB.
constexpr size_t kSmallestCode = 128 << 10;
// So much memory is held twice while it is copied; a single mapping may be larger.
constexpr size_t kBatch = 32 << 20;

bool MayMove(const Mapping& mapping) {
  return !mapping.has_key && mapping.flags.find(" lo") == std::string::npos;  // locked in memory
}

// V8 reserves half a GB for code, and stacks are as large as they may become: copied, all of it
// would be memory.
bool IsInUse(const Mapping& mapping) {
  return mapping.resident >= mapping.size() / 4 * 3;
}

bool IsHeap(const Mapping& mapping) {
  bool is_anonymous = mapping.path.empty() || mapping.path == "[heap]";
  return is_anonymous && mapping.access == "rw-p" && MayMove(mapping) &&
         mapping.size() >= kSmallestHeap && IsInUse(mapping);
}

bool IsCode(const Mapping& mapping) {
  bool of_file = mapping.access == "r-xp" && mapping.path[0] == '/';
  bool of_v8 = mapping.access == "rwxp" && mapping.path.empty() && IsInUse(mapping);
  return (of_file || of_v8) && MayMove(mapping) && mapping.size() >= kSmallestCode;
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

int ProtectionOf(const Mapping& mapping) {
  int protection = PROT_READ;
  if (mapping.access[1] == 'w') protection |= PROT_WRITE;
  if (mapping.access[2] == 'x') protection |= PROT_EXEC;
  return protection;
}

// The copy takes the place of the original. Nothing may be allocated meanwhile: what malloc keeps
// its books in is among what moves.
bool Replace(const Mapping& original, char* copy) {
  size_t size = original.size();
  void* start = reinterpret_cast<void*>(original.start);
  // malloc may have given a part of it back since.
  if (msync(start, size, MS_ASYNC) == -1) return false;
  memcpy(copy, start, size);
  __builtin___clear_cache(copy, copy + size);
  return mprotect(copy, size, ProtectionOf(original)) == 0 &&
         mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, start) != MAP_FAILED;
}

// Node's own code, what of it fills large pages: each is one entry of a table.
size_t MoveWholePages(Mapping code) {
  code.start = RoundUp(code.start);
  code.end &= ~(kLarge - 1);
  char* copy = code.end > code.start ? LargeMemory(code.size()) : nullptr;
  if (copy == nullptr) return 0;
  if (Replace(code, copy)) return code.size();
  munmap(copy, code.size());
  return 0;
}

using Piece = std::vector<Mapping>::const_iterator;

// Where in the copy a piece begins, `used` of which are taken: at the same distance to a boundary
// of large pages as the original, so that a page which is whole in both stays whole.
size_t PlaceOf(const Mapping& piece, size_t used) {
  if (piece.size() < kLarge) return used;
  return used + (piece.start - used) % kLarge;
}

size_t MovePieces(Piece first, Piece last, size_t total) {
  char* copy = LargeMemory(total);
  if (copy == nullptr) return 0;
  size_t used = 0, moved = 0;
  for (Piece piece = first; piece != last; used += piece++->size()) {
    used = PlaceOf(*piece, used);
    if (Replace(*piece, copy + used)) moved += piece->size();
  }
  munmap(copy, RoundUp(total));  // what is left of it
  return moved;
}

size_t MoveInBatches(const std::vector<Mapping>& pieces) {
  size_t moved = 0;
  for (Piece first = pieces.begin(), last = first; first != pieces.end(); first = last) {
    size_t total = 0;
    while (last != pieces.end() && (total == 0 || total + last->size() <= kBatch)) {
      total = PlaceOf(*last, total) + last->size();
      last++;
    }
    moved += MovePieces(first, last, total);
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
  uintptr_t function = reinterpret_cast<uintptr_t>(node);
  std::vector<Mapping> all = Mappings();
  // The second time it is no file's any more.
  const Mapping* own = HolderOf(all, function);
  if (own && IsCode(*own)) moved.code = MoveWholePages(*own);
  std::vector<Mapping> code, heaps;
  for (const Mapping& mapping : Mappings()) {
    if (IsCode(mapping)) code.push_back(mapping);
    if (IsHeap(mapping)) heaps.push_back(mapping);
  }
  moved.code += MoveInBatches(code);
  moved.data = MoveInBatches(heaps);
  return moved;
}

}  // namespace truefork
