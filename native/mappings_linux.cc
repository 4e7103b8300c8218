#include "mappings_linux.h"

#include <cinttypes>
#include <cstdio>
#include <fstream>

namespace truefork {

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

}  // namespace truefork
