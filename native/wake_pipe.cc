#include "wake_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace truefork {

static int wake_pipe[2] = {-1, -1};

int MakeWakePipe() {
  return pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) == -1 ? -errno : 0;
}

int ReplaceWakePipe() {
  int made[2];
  if (pipe2(made, O_CLOEXEC | O_NONBLOCK) == -1) return -errno;
  for (int end = 0; end < 2; end++) {
    dup3(made[end], wake_pipe[end], O_CLOEXEC);
    close(made[end]);
  }
  return 0;
}

void Wake() {
  int saved = errno;
  ssize_t ignored = write(wake_pipe[1], "", 1);  // a full pipe is a wake-up already
  (void)ignored;
  errno = saved;
}

int WakeDescriptor() {
  return wake_pipe[0];
}

void DrainWakePipe() {
  char bytes[64];
  while (read(wake_pipe[0], bytes, sizeof(bytes)) == sizeof(bytes)) continue;
}

}  // namespace truefork
