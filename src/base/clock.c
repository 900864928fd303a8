/* Time, from the system's two clocks. */
#include "base/clock.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

double ln_clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A signal ends the sleep early. */
void ln_clock_sleep(double seconds) {
    const time_t whole = (time_t)seconds;
    nanosleep(&(struct timespec){whole, (long)((seconds - (double)whole) * 1e9)}, NULL);
}

double ln_clock_unix(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

const char *ln_clock_date(char *out, size_t size) {
    time_t now = time(NULL);
    struct tm utc;
    if (size && (!gmtime_r(&now, &utc) || !strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &utc))) out[0] = '\0';
    return out;
}

/* Rounds before choosing the unit, so that 59.7 is "1m00s" and not "60s". */
const char *ln_clock_duration(double seconds, char *out, size_t size) {
    if (!isfinite(seconds) || fabs(seconds) > 1e12) {
        snprintf(out, size, "?");
        return out;
    }
    double magnitude = fabs(seconds);
    const char *sign = seconds < 0 ? "-" : "";
    long long whole = llround(magnitude);
    if (magnitude < 9.95)
        snprintf(out, size, "%s%.1fs", sign, magnitude);
    else if (whole < 60)
        snprintf(out, size, "%s%llds", sign, whole);
    else if (whole < 3600)
        snprintf(out, size, "%s%lldm%02llds", sign, whole / 60, whole % 60);
    else
        snprintf(out, size, "%s%lldh%02lldm", sign, whole / 3600, whole % 3600 / 60);
    return out;
}
