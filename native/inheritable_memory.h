// What keeps memory out of a child of fork(2), and how it is let in.
#pragma once

namespace truefork {

// Makes all memory that the child needs inheritable. 0, or an errno. To be called with nothing
// but fork() after it: V8 maps more memory whenever JavaScript runs.
int MakeMemoryInheritable();

}  // namespace truefork
