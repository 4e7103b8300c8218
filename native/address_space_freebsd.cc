#include "address_space.h"

namespace truefork {

void KeepHeapTogether() {}
void LetHeapSpread() {}

}  // namespace truefork
