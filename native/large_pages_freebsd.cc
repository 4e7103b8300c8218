#include "large_pages.h"

namespace truefork {

// The kernel makes superpages by itself of what is aligned and filled.
LargePages MoveToLargePages(const void*) {
  return {};
}

}  // namespace truefork
