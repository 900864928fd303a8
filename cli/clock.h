/* The monotonic clock, which a change of the date does not move. */
#ifndef CLI_CLOCK_H
#define CLI_CLOCK_H

#include <time.h>

/* Seconds since some time before the program began. */
static inline double cli_clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
