/* Time: a monotonic clock for durations, a date for logs. */
#ifndef LN_BASE_CLOCK_H
#define LN_BASE_CLOCK_H

#include <stddef.h>

double ln_clock_now(void); /* seconds, monotonic, from an arbitrary origin */
void ln_clock_sleep(double seconds);
double ln_clock_unix(void); /* seconds since 1970, UTC */
/* UTC as 2026-11-24T05:43:33Z into out (at least 21 bytes); returns out. */
const char *ln_clock_date(char *out, size_t size);
/* 75.2 -> "1m15s", 0.5 -> "0.5s", 7384 -> "2h03m": for people. Returns out. */
const char *ln_clock_duration(double seconds, char *out, size_t size);

#endif
