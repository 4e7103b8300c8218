// Written from the manuals and sources, compiled, not run: see "What is not run" in the README.
#include <sys/types.h>
#include <unistd.h>

#include "title.h"

namespace truefork {

void PrepareTitle() {}

void SetTitle(const std::string& title) {
  if (title.empty()) {
    setproctitle(nullptr);
  } else {
    setproctitle("-%s", title.c_str());
  }
}

}  // namespace truefork
