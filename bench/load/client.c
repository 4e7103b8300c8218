#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

const char* const outcome_names[OUTCOMES] = {
    "answered", "connect", "send", "receive", "endedEarly", "wrongAnswer", "timedOut",
};

int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// A timeout of the socket's shows as EAGAIN, that of connect(2) as EINPROGRESS.
static enum outcome failure(enum outcome kind) {
  return errno == EAGAIN || errno == EINPROGRESS || errno == ETIMEDOUT ? TIMED_OUT : kind;
}

int client_connect(int port, enum outcome* why) {
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct timeval patience = {.tv_sec = CLIENT_TIMEOUT};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr*)&server, sizeof server) == 0) return fd;
  }
  *why = failure(CONNECT_FAILED);
  if (fd >= 0) close(fd);
  return -1;
}

enum outcome client_ask(int fd, unsigned client, unsigned turn) {
  char line[LINE_MAX_BYTES], answer[LINE_MAX_BYTES];
  size_t length = snprintf(line, sizeof line, "client %u says hello %u\n", client, turn);
  // MSG_NOSIGNAL: a server that has gone is a failure to count, not the end of the measurement.
  if (send(fd, line, length, MSG_NOSIGNAL) != (ssize_t)length) return failure(SEND_FAILED);
  for (size_t have = 0; have < length;) {
    ssize_t got = recv(fd, answer + have, sizeof answer - have, 0);
    if (got < 0) return failure(RECEIVE_FAILED);
    if (got == 0) return ENDED_EARLY;
    have += got;
    if (have > length || memcmp(line, answer, have) != 0) return WRONG_ANSWER;
  }
  return ANSWERED;
}

enum outcome client_leave(int fd, enum outcome so_far) {
  char rest[LINE_MAX_BYTES];
  if (so_far == ANSWERED) {
    shutdown(fd, SHUT_WR);
    ssize_t got = recv(fd, rest, sizeof rest, 0);
    if (got != 0) so_far = got > 0 ? WRONG_ANSWER : failure(RECEIVE_FAILED);
  }
  close(fd);
  return so_far;
}

void print_failures(const long counts[OUTCOMES]) {
  printf("\"failed\":{");
  for (int each = ANSWERED + 1; each < OUTCOMES; each++) {
    printf("%s\"%s\":%ld", each > ANSWERED + 1 ? "," : "", outcome_names[each], counts[each]);
  }
  printf("}");
}
