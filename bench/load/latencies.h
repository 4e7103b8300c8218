// Every latency is kept: percentiles are of the measured values, not of buckets.
#ifndef BENCH_LOAD_LATENCIES_H_
#define BENCH_LOAD_LATENCIES_H_

#include <stddef.h>
#include <stdint.h>

struct latencies {
  int64_t* ns;
  size_t count, room;
};

void latencies_add(struct latencies* into, int64_t ns);
void latencies_append(struct latencies* into, const struct latencies* more);

// "NAME": {...} of a JSON object, in microseconds; null without a value. Sorts.
void latencies_print(const char* name, struct latencies* all);

#endif  // BENCH_LOAD_LATENCIES_H_
