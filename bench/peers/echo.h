// What the servers in C have in common: the top socket, and the service.
#ifndef BENCH_PEERS_ECHO_H_
#define BENCH_PEERS_ECHO_H_

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_top_socket(int port) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1, top = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(top, (struct sockaddr*)&own, sizeof own) != 0 || listen(top, 511) != 0) {
    perror("top socket");
    exit(71);
  }
  return top;
}

// The next client. A signal, or a client that has gone again, is no reason to stop.
static int accept_client(int top) {
  for (;;) {
    int fd = accept(top, NULL, NULL);
    if (fd >= 0) return fd;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    perror("accept");
    exit(71);
  }
}

static void echo(int fd) {
  char buffer[65536];
  ssize_t length;
  while ((length = read(fd, buffer, sizeof buffer)) > 0) {
    for (ssize_t done = 0; done < length;) {
      ssize_t written = write(fd, buffer + done, length - done);
      if (written < 0) return;
      done += written;
    }
  }
}

#endif  // BENCH_PEERS_ECHO_H_
