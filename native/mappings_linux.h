// The mappings of this process, as /proc/self/smaps has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace truefork {

struct Mapping {
  uintptr_t start = 0, end = 0;
  std::string access, path, flags;
  size_t resident = 0, large = 0;
  bool has_key = false;  // a protection key, which a copy would not have

  size_t size() const { return end - start; }
  bool Holds(uintptr_t address) const { return start <= address && address < end; }
};

std::vector<Mapping> Mappings();

// Null: nothing is mapped there.
const Mapping* HolderOf(const std::vector<Mapping>& all, uintptr_t address);

}  // namespace truefork
