/* The sum of the gradients over all ranks, while the backward pass still computes others.
 *
 *     LN_TRY(ln_exchange_begin(&exchange, plan, share));   before the backward pass
 *     LN_TRY(ln_plan_backward(plan));                      complete buckets go out from a thread of their own
 *     LN_TRY(ln_exchange_end(&exchange, plan));            waits for the last ones
 *
 * A bucket is 4 to 8 MB of neighbours in the arena of gradients, where layers lie in the order of the forward pass; buckets go
 * out from the last layer to the first, the order in which the backward pass completes them, and the same on every rank. Biases
 * and scales of normalisations lie behind all weights and are the last bucket. The running statistics of batch normalisation,
 * which the forward pass has changed, go first: their mean over all images replaces them on every rank, so that the ranks have
 * the same state after each step.
 */
#ifndef LN_TRAIN_EXCHANGE_H
#define LN_TRAIN_EXCHANGE_H

#include "comm/comm.h"
#include "graph/plan.h"

struct ln_exchange;

struct ln_exchange_opts {
    linnet_ranks *comm;
    bool bf16;       /* gradients are rounded for the way */
    bool statistics; /* running statistics differ between ranks: their batch normalisation is not in step */
    bool statistics_only; /* gradients are summed elsewhere (shared_state.h) */
};

/* plan: that owns the parameters; with memory. */
LN_MUST_CHECK int ln_exchange_create(struct ln_exchange **exchange, const struct ln_plan *plan,
                                     const struct ln_exchange_opts *opts);
void ln_exchange_destroy(struct ln_exchange *exchange); /* NULL is fine */

/* share: of the images of this rank in the batch. */
LN_MUST_CHECK int ln_exchange_begin(struct ln_exchange *exchange, struct ln_plan *plan, double share);
LN_MUST_CHECK int ln_exchange_end(struct ln_exchange *exchange, struct ln_plan *plan);

/* Of all steps so far: seconds that the training thread waited in ln_exchange_end, that the sums took in all, and processor time of
 * the sending thread while the training thread computed, which it takes from it. */
struct ln_exchange_times {
    double exposed_s, busy_s, stolen_s;
};
struct ln_exchange_times ln_exchange_times(const struct ln_exchange *exchange);
/* Bucket number i in the order in which they go: its bytes, and when it was complete in the last step, in seconds after
 * ln_exchange_begin. False past the last one. */
struct ln_exchange_bucket {
    size_t bytes;
    double ready_s;
};
bool ln_exchange_bucket(const struct ln_exchange *exchange, size_t i, struct ln_exchange_bucket *bucket);
size_t ln_exchange_bytes(const struct ln_exchange *exchange); /* on the wire, of one rank and step */

#endif
