// One client after the other, in one process: the time that it needs is that of the service alone.
#include "echo.h"

int main(int argc, char** argv) {
  int top = open_top_socket(argc > 1 ? atoi(argv[1]) : 7777);
  for (;;) {
    int client = accept_client(top);
    echo(client);
    close(client);
  }
}
