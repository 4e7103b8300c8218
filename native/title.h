// What ps(1) shows as the command of this process.
#pragma once

#include <string>

namespace truefork {

// Where the title of the process goes, which ps(1) shows, is learned here. To be called while /proc
// is certain to be there.
void PrepareTitle();

// An empty title is the one that the process had at its start.
void SetTitle(const std::string& title);

}  // namespace truefork
