// The load: clients on 127.0.0.1 that send one line each, read it back and leave. A thread for each
// client, since a client of the text waits in its calls, too.
//
//   load run PORT CLIENTS SECONDS        so many at a time, one connection after the other
//   load run PORT CLIENTS SECONDS RATE   arriving at random, RATE a second
//   load hold PORT CLIENTS               idle clients; see load/hold.h
//
// The result is a line of JSON on standard output. Latencies are in microseconds: `answer` until
// the line is back, `whole` until the server has closed. The exit status is 0 however clients
// fared: failures are counted in `failed`.
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "load/client.h"
#include "load/hold.h"
#include "load/latencies.h"

// What all clients share. `arrivals` is null where each connects as soon as it has left.
static struct {
  int port;
  int64_t start, end;
  const int64_t* arrivals;
  size_t arrival_count;
  atomic_size_t next_arrival;
} plan;

struct client {
  pthread_t thread;
  unsigned number;
  int64_t last_end;
  long outcomes[OUTCOMES];
  struct latencies answer, whole;
};

// Waits for the next arrival, if there is one: when it begins. A client that is free waits and
// begins as it wakes, so that the wake-up of this program is not counted as the server's; one that
// comes too late counts from when it should have come, so that a slow server cannot hide a queue.
static int next_begin(int64_t* begin) {
  *begin = now_ns();
  if (!plan.arrivals) return *begin < plan.end;
  size_t mine = atomic_fetch_add(&plan.next_arrival, 1);
  if (mine >= plan.arrival_count) return 0;
  int64_t due = plan.start + plan.arrivals[mine];
  if (due <= *begin) {
    *begin = due;
    return 1;
  }
  struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  *begin = now_ns();
  return 1;
}

static void* run_client(void* argument) {
  struct client* self = argument;
  int64_t begin;
  for (unsigned turn = 0; next_begin(&begin); turn++) {
    enum outcome came_out = ANSWERED;
    int64_t answered = 0;
    int fd = client_connect(plan.port, &came_out);
    if (fd >= 0) {
      came_out = client_ask(fd, self->number, turn);
      answered = now_ns();
      came_out = client_leave(fd, came_out);
    }
    self->last_end = now_ns();
    self->outcomes[came_out]++;
    if (came_out != ANSWERED) continue;
    latencies_add(&self->answer, answered - begin);
    latencies_add(&self->whole, self->last_end - begin);
  }
  return NULL;
}

// Arrivals of clients that know nothing of each other: exponential gaps. The same seed each time,
// so that every server meets the same crowd.
static void plan_arrivals(double seconds, double rate) {
  uint64_t seed = 88172645463325252ULL;
  size_t room = (size_t)(seconds * rate * 2) + 64;
  int64_t* arrivals = calloc(room, sizeof *arrivals);
  double at = 0;
  while (arrivals && plan.arrival_count < room) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    at += -log(((double)(seed >> 11) + 1) / 9007199254740993.0) / rate;
    if (at >= seconds) break;
    arrivals[plan.arrival_count++] = (int64_t)(at * 1e9);
  }
  plan.arrivals = arrivals;
}

// The processor time of this program: what the load itself takes from the machine.
static double own_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int run(int port, int count, double seconds, double rate) {
  if (rate > 0) plan_arrivals(seconds, rate);
  plan.port = port;
  plan.start = now_ns();
  plan.end = plan.start + (int64_t)(seconds * 1e9);
  struct client *clients = calloc(count, sizeof *clients), sum = {.last_end = plan.start};
  if (!clients || (rate > 0 && !plan.arrivals)) {
    perror("load: calloc");
    return 71;
  }
  for (int i = 0; i < count; i++) {
    clients[i].number = i;
    if (pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) != 0) {
      fprintf(stderr, "load: cannot start thread %d\n", i);
      return 71;
    }
  }
  for (int i = 0; i < count; i++) {
    pthread_join(clients[i].thread, NULL);
    if (clients[i].last_end > sum.last_end) sum.last_end = clients[i].last_end;
    for (int each = 0; each < OUTCOMES; each++) sum.outcomes[each] += clients[i].outcomes[each];
    latencies_append(&sum.answer, &clients[i].answer);
    latencies_append(&sum.whole, &clients[i].whole);
  }
  double took = (sum.last_end - plan.start) / 1e9;
  printf("{\"connections\":%ld,\"seconds\":%.6f,\"perSecond\":%.3f,\"ownSeconds\":%.6f,",
         sum.outcomes[ANSWERED], took, took > 0 ? sum.outcomes[ANSWERED] / took : 0, own_seconds());
  print_failures(sum.outcomes);
  printf(",");
  latencies_print("answer", &sum.answer);
  printf(",");
  latencies_print("whole", &sum.whole);
  printf("}\n");
  return 0;
}

static int usage(void) {
  fprintf(stderr, "usage: load run PORT CLIENTS SECONDS [RATE] | load hold PORT CLIENTS\n");
  return 64;
}

int main(int argc, char** argv) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
#ifdef __linux__
  prctl(PR_SET_TIMERSLACK, 1);  // else arrivals come up to 50 µs late
#endif
  if (argc < 4) return usage();
  int port = atoi(argv[2]), count = atoi(argv[3]);
  if (port < 1 || port > 65535 || count < 1) return usage();
  if (strcmp(argv[1], "hold") == 0 && argc == 4) return hold(port, count);
  if (strcmp(argv[1], "run") != 0 || argc < 5 || argc > 6) return usage();
  double seconds = atof(argv[4]), rate = argc == 6 ? atof(argv[5]) : 0;
  if (!(seconds > 0) || rate < 0 || (argc == 6 && rate == 0)) return usage();
  return run(port, count, seconds, rate);
}
