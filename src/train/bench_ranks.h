/* The training step of several ranks: how much of the time of the gradient sums is hidden behind the computation, and a prediction
 * for another link and number of ranks.
 *
 *     exposed = max(0, end of the last sum - end of the backward pass)
 *
 * where sums are sent one after another, each as soon as its bucket is complete and the sum before it is done. On a ring of R
 * ranks whose links carry B bytes per second, at a latency of L, a bucket of b bytes takes
 *
 *     2 (R - 1) / R  b / B  +  2 (R - 1) L ceil(b / (R MB))
 *
 * because it travels in pieces of 1 MB a rank. A step is predicted as
 *
 *     alone + stolen + exposed
 *
 * with the step of a rank alone, and the processor time that the sending thread took from the computation in the measured steps.
 * (Patarasuk, Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009).
 */
#ifndef LN_TRAIN_BENCH_RANKS_H
#define LN_TRAIN_BENCH_RANKS_H

#include "train/step.h"

/* "10GbE,64": bytes per second that a link carries, and ranks. LINNET_ERR_USAGE "bench-link" for other text. */
struct ln_link {
    double bytes_per_s;
    int ranks;
};

struct ln_bench_ranks {
    const struct linnet_bench_opts *opts; /* resolved, with ranks */
    struct ln_stepper *stepper;
    const struct ln_plan *plan;
    const struct ln_link *link; /* whose step is predicted; NULL: none */
    double alone_s;             /* of a step without the others */
    int (*step)(void *bench, uint32_t number);
    void *bench;
};

LN_MUST_CHECK int ln_link_parse(const char *text, struct ln_link *link);
/* Seconds of the sums that the computation does not hide. done_s: end of the backward pass, in seconds after the exchange began. */
double ln_link_exposed(const struct ln_link *link, const struct ln_exchange_bucket *buckets, size_t count,
                       double done_s);

/* Replaces the figures of the step in *result by those of the ranks together. */
LN_MUST_CHECK int ln_bench_ranks(const struct ln_bench_ranks *ranks, struct linnet_bench_result *result);

#endif
