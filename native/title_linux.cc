#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>

#include "title.h"

namespace truefork {

namespace {

// The arguments of the process lie in its memory one after the other, and ps shows what stands
// there. libuv has copied them for Node.
char* title_area = nullptr;
size_t title_size = 0;
std::string first_title;

}  // namespace

void PrepareTitle() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // Fields 48 and 49; the second, the name, may hold anything, but ends with the last parenthesis.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 48; field++) fields >> skipped;
  uintptr_t start = 0, end = 0;
  if (!(fields >> start >> end) || end <= start) return;
  title_area = reinterpret_cast<char*>(start);
  title_size = end - start;
  first_title.assign(title_area, title_size);
}

void SetTitle(const std::string& title) {
  if (title_size == 0) return;
  const std::string& text = title.empty() ? first_title : title;
  // The last character stays null: what follows would be shown with it otherwise.
  size_t length = std::min(text.size(), title_size - 1);
  memcpy(title_area, text.data(), length);
  memset(title_area + length, 0, title_size - length);
}

}  // namespace truefork
