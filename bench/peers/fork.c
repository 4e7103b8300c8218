// The text in C: accept, fork, close. What all others are compared with.
#include <signal.h>
#include <sys/wait.h>

#include "echo.h"

static void collect(int signal) {
  int error = errno;
  (void)signal;
  while (waitpid(-1, NULL, WNOHANG) > 0);
  errno = error;
}

int main(int argc, char** argv) {
  int top = open_top_socket(argc > 1 ? atoi(argv[1]) : 7777);
  sigaction(SIGCHLD, &(struct sigaction){.sa_handler = collect, .sa_flags = SA_RESTART}, NULL);
  for (;;) {
    int client = accept_client(top);
    pid_t pid = fork();
    if (pid < 0) perror("fork");
    if (pid == 0) {
      close(top);
      echo(client);
      close(client);
      _exit(0);
    }
    close(client);
  }
}
