/* Statistics of the step times of a benchmark. */
#ifndef LN_TRAIN_BENCH_TIMES_H
#define LN_TRAIN_BENCH_TIMES_H

#include <linnet/linnet.h>

/* Sorts the times, in seconds, and sets steps, ms_per_step (the median), ms_p10 and ms_p90. Returns the median. */
double ln_bench_times(double *times, int steps, struct linnet_bench_result *result);

#endif
