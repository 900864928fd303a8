/* Times the steps of all ranks, the same number on each, and predicts the steps on another network. */
#include "train/bench_ranks.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "train/bench_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the model of a link --------------------------------------------------------------------------------- */

int ln_link_parse(const char *text, struct ln_link *link) {
    enum { RANKS_MOST = 1 << 20 };
    static const double payload = 0.9; /* of the bits: frames, headers, acknowledgements */
    char *end;
    const double gigabits = strtod(text, &end);
    if (end != text && strncmp(end, "GbE", 3) == 0) end += 3;
    const bool fine = end != text && *end == ',' && isfinite(gigabits) && gigabits > 0;
    const char *number = end + 1;
    const long ranks = fine ? strtol(number, &end, 10) : 0;
    if (!fine || *end || end == number || ranks < 2 || ranks > RANKS_MOST)
        return ln_fail(LINNET_ERR_USAGE, "bench-link",
                       "--model %s: must be a link and a number of ranks, 2 or more: 10GbE,64", text);
    *link = (struct ln_link){gigabits * 1e9 / 8 * payload, (int)ranks};
    return LINNET_OK;
}

double ln_link_exposed(const struct ln_link *link, const struct ln_exchange_bucket *buckets, size_t count,
                       double done_s) {
    static const double latency_s = 30e-6;
    const double rounds = 2.0 * (link->ranks - 1);
    const double piece = (double)LN_COMM_CHUNK * link->ranks; /* bytes that go round at a time */
    double end = 0;
    for (size_t i = 0; i < count; i++)
        end = fmax(end, buckets[i].ready_s) +
              rounds / link->ranks * (double)buckets[i].bytes / link->bytes_per_s +
              ceil((double)buckets[i].bytes / piece) * rounds * latency_s;
    return fmax(end - done_s, 0);
}

/* Uses the times of the last step; its last bucket is complete when the backward pass is done. stolen_s: processor time that the
 * sending thread takes in a step. */
static int predict(const struct ln_exchange *x, const struct ln_bench_ranks *b, double stolen_s,
                   struct linnet_bench_result *r) {
    const struct ln_link *link = b->link;
    struct ln_exchange_bucket bucket, *buckets;
    size_t count = 0;
    if (!link) return LINNET_OK;
    while (ln_exchange_bucket(x, count, &bucket)) count++;
    buckets = ln_calloc(count + 1, sizeof *buckets);
    if (!buckets) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < count; i++) (void)ln_exchange_bucket(x, i, &buckets[i]);
    const double exposed = ln_link_exposed(link, buckets, count, count ? buckets[count - 1].ready_s : 0);
    ln_free(buckets);
    r->link_ranks = link->ranks;
    r->link_exposed_ms = exposed * 1e3;
    r->link_ms_per_step = (b->alone_s + stolen_s + exposed) * 1e3;
    r->link_images_per_s = b->opts->batch * link->ranks / (b->alone_s + stolen_s + exposed);
    return LINNET_OK;
}

/* ---- the measurement ------------------------------------------------------------------------------------- */

/* All ranks take the number of steps that rank 0 chooses. */
static int choose_steps(const struct ln_bench_ranks *b, int *steps) {
    enum { MOST = 100000 };
    double wanted = fmin(fmax(b->opts->steps, b->opts->seconds / b->alone_s), MOST);
    LN_TRY(ln_comm_broadcast(b->opts->ranks, &wanted, sizeof wanted));
    *steps = (int)wanted;
    return LINNET_OK;
}

static int time_steps(const struct ln_bench_ranks *b, double *times, int steps,
                      struct linnet_bench_result *r) {
    struct ln_exchange *x = b->stepper->exchange;
    for (int i = 0; i < 2; i++) LN_TRY(b->step(b->bench, (uint32_t)i)); /* the first ones connect */
    const struct ln_shared_state *shared = b->stepper->shared;
    const struct ln_exchange_times before = ln_exchange_times(x);
    const double waited = shared ? shared->waited_s : 0;
    for (int i = 0; i < steps; i++) {
        const double begin = ln_clock_now();
        LN_TRY(b->step(b->bench, (uint32_t)i));
        times[i] = ln_clock_now() - begin;
    }
    const struct ln_exchange_times after = ln_exchange_times(x);
    r->alone_images_per_s = r->images_per_s;
    r->images_per_s = b->opts->batch * r->ranks / ln_bench_times(times, steps, r);
    const double summed = shared ? shared->waited_s - waited : 0;
    r->comm_ms = (after.busy_s - before.busy_s + summed) / steps * 1e3;
    r->exposed_ms = (after.exposed_s - before.exposed_s + summed) / steps * 1e3;
    r->gradient_bytes = (int64_t)(ln_exchange_bytes(x) + (shared ? shared->count * sizeof(float) : 0));
    return predict(x, b, (after.stolen_s - before.stolen_s) / steps, r);
}

int ln_bench_ranks(const struct ln_bench_ranks *b, struct linnet_bench_result *r) {
    linnet_ranks *ranks = b->opts->ranks;
    int steps;
    r->ranks = ln_comm_size(ranks);
    LN_TRY(choose_steps(b, &steps));
    double *times = ln_calloc((size_t)steps, sizeof *times);
    int status = times ? LINNET_OK : LINNET_ERR_LIMIT;
    status = ln_comm_agree(ranks, status);
    if (status == LINNET_OK)
        status = ln_stepper_join(b->stepper, b->plan,
                                 &(struct ln_stepper_ranks){.comm = ranks,
                                                            .bf16 = strcmp(b->opts->comm_dtype, "bf16") == 0,
                                                            .statistics = true,
                                                            .no_sharing = b->link != NULL});
    const int rank = ln_comm_rank(ranks), batch = b->opts->batch;
    b->stepper->share = (struct ln_op_share){.first = (int64_t)rank * batch,
                                             .total = (int64_t)r->ranks * batch,
                                             .count = batch,
                                             .weight = (double)r->ranks * batch};
    if (status == LINNET_OK) status = time_steps(b, times, steps, r);
    struct ln_shared_state *shared = b->stepper->shared;
    if (status == LINNET_OK && shared) status = ln_shared_state_part(shared);
    if (status == LINNET_OK && shared) status = ln_optim_part(b->stepper->optim);
    ln_stepper_leave(b->stepper);
    ln_free(times);
    return status;
}
