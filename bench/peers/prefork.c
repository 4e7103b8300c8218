// Children forked ahead of time, each of which accepts for itself (UNP, section 30.6).
#include <sys/wait.h>

#include "echo.h"

int main(int argc, char** argv) {
  int top = open_top_socket(argc > 1 ? atoi(argv[1]) : 7777);
  int children = argc > 2 ? atoi(argv[2]) : 8;
  for (int i = 0; i < children; i++) {
    pid_t pid = fork();
    if (pid < 0) perror("fork");
    if (pid != 0) continue;
    for (;;) {
      int client = accept_client(top);
      echo(client);
      close(client);
    }
  }
  close(top);
  while (wait(NULL) > 0);
  return 1;  // they never end by themselves
}
