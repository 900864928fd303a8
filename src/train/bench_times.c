/* Percentiles of the times of steps. */
#include "train/bench_times.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double ln_bench_times(double *times, int steps, struct linnet_bench_result *r) {
    qsort(times, (size_t)steps, sizeof *times, ascending);
    const double median = times[steps / 2];
    r->steps = steps;
    r->ms_per_step = median * 1e3;
    r->ms_p10 = times[steps / 10] * 1e3;
    r->ms_p90 = times[steps * 9 / 10] * 1e3;
    return median;
}
