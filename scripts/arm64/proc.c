// Preloaded into node for arm64 under qemu-user, which shows in /proc what its own threads wait
// for: the calls of the host, by the host's numbers, and among them a thread of the emulator
// itself. truefork reads there whether other threads rest. This puts in the numbers of arm64.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// Of x86-64. Any other call is no rest, and its number might be that of one on arm64.
static long translated(int host) {
  enum { kFutex = 202, kEpollWait = 232, kEpollPwait = 281, kEpollPwait2 = 441 };
  if (host == kFutex) return SYS_futex;
  return host == kEpollWait || host == kEpollPwait || host == kEpollPwait2 ? SYS_epoll_pwait : -1;
}

// The emulator waits for work of its own by FUTEX_WAIT between processes, which glibc never does:
// here as a thread that rests.
static unsigned long operation(long number, unsigned long seen) {
  unsigned long rests = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
  return number == SYS_futex && seen == FUTEX_WAIT ? rests : seen;
}

static int is_syscall_file(int fd) {
  char link[64], name[256];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, sizeof(name) - 1);
  return length > 8 && memcmp(name + length - 8, "/syscall", 8) == 0;
}

ssize_t pread64(int fd, void* buffer, size_t size, off64_t offset) {
  static ssize_t (*next)(int, void*, size_t, off64_t);
  if (!next) next = dlsym(RTLD_NEXT, "pread64");
  ssize_t length = next(fd, buffer, size, offset);
  if (length <= 0 || offset != 0 || !is_syscall_file(fd)) return length;
  char text[512];
  int host, rest = 0;
  unsigned long address, seen;
  snprintf(text, sizeof(text), "%.*s", (int)length, (char*)buffer);
  if (sscanf(text, "%d %lx %lx%n", &host, &address, &seen, &rest) < 3) return length;
  long number = translated(host);
  int made = snprintf(buffer, size, "%ld 0x%lx 0x%lx%s", number, address, operation(number, seen),
                      text + rest);
  return made < (int)size ? made : (ssize_t)size;
}

ssize_t pread(int fd, void* buffer, size_t size, off_t offset) {
  return pread64(fd, buffer, size, offset);
}
