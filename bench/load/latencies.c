#include "latencies.h"

#include <stdio.h>
#include <stdlib.h>

void latencies_add(struct latencies* into, int64_t ns) {
  if (into->count == into->room) {
    into->room = into->room ? into->room * 2 : 4096;
    into->ns = realloc(into->ns, into->room * sizeof *into->ns);
    if (!into->ns) {
      perror("load: realloc");
      exit(71);
    }
  }
  into->ns[into->count++] = ns;
}

void latencies_append(struct latencies* into, const struct latencies* more) {
  for (size_t i = 0; i < more->count; i++) latencies_add(into, more->ns[i]);
}

static int ascending(const void* left, const void* right) {
  int64_t a = *(const int64_t*)left, b = *(const int64_t*)right;
  return (a > b) - (a < b);
}

static double percentile(const struct latencies* all, double share) {
  size_t rank = (size_t)(share * (all->count - 1) + 0.5);
  return all->ns[rank] / 1e3;
}

void latencies_print(const char* name, struct latencies* all) {
  if (all->count == 0) {
    printf("\"%s\":null", name);
    return;
  }
  qsort(all->ns, all->count, sizeof *all->ns, ascending);
  printf("\"%s\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}", name, percentile(all, 0.5),
         percentile(all, 0.9), percentile(all, 0.99), percentile(all, 1));
}
