// Where V8 puts its memory.
#pragma once

namespace truefork {

// V8 asks for each 256 KB of its heap at a random address, and each then needs three pages of
// tables of its own, which every fork makes anew. While all addresses that V8 may ask for are
// reserved, the kernel puts what it gets side by side, as it does with all other memory. Where that
// is refused, as by a limit on the address space, the heap is scattered as ever.
void KeepHeapTogether();

// The end of it.
void LetHeapSpread();

}  // namespace truefork
