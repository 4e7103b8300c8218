#include "hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"

// Whoever started us is told at once: stdout is a pipe.
static void report(const char* name, long count, const long outcomes[OUTCOMES]) {
  printf("{\"%s\":%ld,", name, count);
  print_failures(outcomes);
  printf("}\n");
  fflush(stdout);
}

int hold(int port, int wanted) {
  long connecting[OUTCOMES] = {0}, asking[OUTCOMES] = {0};
  int held = 0;
  int* fds = calloc(wanted, sizeof *fds);
  if (!fds) {
    perror("load: calloc");
    return 71;
  }
  for (int client = 0; client < wanted; client++) {
    enum outcome came_out = ANSWERED;
    int fd = client_connect(port, &came_out);
    if (fd >= 0) came_out = client_ask(fd, client, 0);
    connecting[came_out]++;
    if (came_out == ANSWERED) {
      fds[held++] = fd;
      continue;
    }
    if (fd >= 0) client_leave(fd, came_out);
    // A server that is full keeps every further client waiting as long as this one.
    if (came_out == TIMED_OUT) break;
  }
  report("held", held, connecting);

  char word;
  int ask = read(STDIN_FILENO, &word, 1) == 1;
  for (int client = 0; client < held; client++) {
    enum outcome came_out = ask ? client_ask(fds[client], client, 1) : ANSWERED;
    asking[client_leave(fds[client], came_out)]++;
  }
  report("answered", ask ? asking[ANSWERED] : 0, asking);
  free(fds);
  return 0;
}
