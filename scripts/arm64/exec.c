// Preloaded into node for arm64 under qemu-user: programs for arm64 are started by the emulator.
// The kernel of an x64 machine does that by itself only where root has told it to, for all
// (binfmt_misc).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// Given by the compiler's command line: EMULATOR, PREFIX, PRELOAD ("LD_PRELOAD=…").
static char* const kEmulator[] = {EMULATOR, "-L", PREFIX, "-E", PRELOAD};
enum { kWords = sizeof(kEmulator) / sizeof(kEmulator[0]) };

extern char** environ;

static int is_for_arm64(const char* path) {
  Elf64_Ehdr header = {0};
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return 0;
  ssize_t length = read(fd, &header, sizeof(header));
  close(fd);
  return length == sizeof(header) && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_machine == EM_AARCH64 && access(path, X_OK) == 0;
}

static size_t count(char* const list[]) {
  size_t length = 0;
  while (list[length]) length++;
  return length;
}

// The library is for arm64: programs of the host are started without it, the others by the option
// -E.
static char** without_preload(char* const environment[], char** into) {
  char** next = into;
  for (; *environment; environment++) {
    if (strncmp(*environment, "LD_PRELOAD=", 11) != 0) *next++ = *environment;
  }
  *next = NULL;
  return into;
}

int execve(const char* path, char* const argv[], char* const environment[]) {
  static int (*next)(const char*, char* const[], char* const[]);
  if (!next) next = dlsym(RTLD_NEXT, "execve");
  // On the stack: a child of vfork lives in the memory of its parent.
  char* variables[count(environment) + 1];
  without_preload(environment, variables);
  if (!is_for_arm64(path)) return next(path, argv, variables);
  size_t length = count(argv);
  char* words[kWords + length + 1];
  memcpy(words, kEmulator, sizeof(kEmulator));
  words[kWords] = (char*)path;
  for (size_t i = 1; i <= length; i++) words[kWords + i] = argv[i];
  return next(EMULATOR, words, variables);
}

// libuv starts programs by this one. One that is looked for in PATH is none for arm64 here.
int execvp(const char* file, char* const argv[]) {
  static int (*next)(const char*, char* const[]);
  if (strchr(file, '/')) return execve(file, argv, environ);
  if (!next) next = dlsym(RTLD_NEXT, "execvp");
  char* variables[count(environ) + 1];
  environ = without_preload(environ, variables);
  return next(file, argv);
}
