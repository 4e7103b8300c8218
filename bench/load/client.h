// One client: connects, asks, leaves, and tells what went wrong.
#ifndef BENCH_LOAD_CLIENT_H_
#define BENCH_LOAD_CLIENT_H_

#include <stddef.h>
#include <stdint.h>

enum { LINE_MAX_BYTES = 128 };

// How a conversation came out. Everything but ANSWERED is a failure that is reported.
enum outcome {
  ANSWERED,
  CONNECT_FAILED,
  SEND_FAILED,
  RECEIVE_FAILED,
  ENDED_EARLY,   // end of file before the whole answer
  WRONG_ANSWER,  // other bytes than the ones sent, or more of them
  TIMED_OUT,
  OUTCOMES
};

extern const char* const outcome_names[OUTCOMES];

// Seconds that a client waits for each step before it counts as TIMED_OUT.
enum { CLIENT_TIMEOUT = 10 };

int64_t now_ns(void);

// Connects to 127.0.0.1: the descriptor, or -1 with the outcome in *why.
int client_connect(int port, enum outcome* why);

// Sends a line that no other client sends, and reads it back.
enum outcome client_ask(int fd, unsigned client, unsigned turn);

// Half-closes, waits for the server's end of file, closes. With answered unset it only closes.
enum outcome client_leave(int fd, enum outcome so_far);

// "failed": {...} of a JSON object, from counts by outcome.
void print_failures(const long counts[OUTCOMES]);

#endif  // BENCH_LOAD_CLIENT_H_
