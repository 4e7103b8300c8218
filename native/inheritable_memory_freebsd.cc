// Written from the manuals and sources, compiled, not run: see "What is not run" in the README.
#include "inheritable_memory.h"

namespace truefork {

// V8 hides its heap from fork on Linux alone.
int MakeMemoryInheritable() {
  return 0;
}

}  // namespace truefork
