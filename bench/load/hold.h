// Idle clients, held until the word comes on standard input.
#ifndef BENCH_LOAD_HOLD_H_
#define BENCH_LOAD_HOLD_H_

// Connects `wanted` clients and asks each once, so that each is known to be served; prints how many
// there are; at the next line on standard input asks all of them again, lets them go and prints how
// that went. At the end of standard input it lets them go without asking.
int hold(int port, int wanted);

#endif  // BENCH_LOAD_HOLD_H_
