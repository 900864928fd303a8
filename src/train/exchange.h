/* Sums the gradients over all ranks while the backward pass still computes others.
 *
 *     LN_TRY(ln_exchange_begin(&exchange, plan, share));   before the backward pass
 *     LN_TRY(ln_plan_backward(plan));                      another thread sends complete buckets
 *     LN_TRY(ln_exchange_end(&exchange, plan));            waits for the last ones
 *
 * A bucket is a range of some 4 MB, or one larger layer, in the arena of gradients, where layers lie in the order of the forward
 * pass. Buckets are sent from the last layer to the first: the backward pass completes them in this order, the same on every
 * rank. Biases and scales of normalisations lie behind all weights and are the last bucket. The running statistics of batch normalisation,
 * which the forward pass has changed, are sent first: their mean over all images replaces them on every rank, so that the ranks
 * have the same state after each step.
 */
#ifndef LN_TRAIN_EXCHANGE_H
#define LN_TRAIN_EXCHANGE_H

#include "comm/comm.h"
#include "graph/plan.h"

struct ln_exchange;

struct ln_exchange_opts {
    linnet_ranks *comm;
    bool bf16;       /* gradients are sent as bf16 */
    bool statistics; /* running statistics differ between ranks: batch normalisation is not synchronised */
    bool statistics_only; /* gradients are summed elsewhere (shared_state.h) */
};

/* plan: the one that owns the parameters; it must have its memory. */
LN_MUST_CHECK int ln_exchange_create(struct ln_exchange **exchange, const struct ln_plan *plan,
                                     const struct ln_exchange_opts *opts);
void ln_exchange_destroy(struct ln_exchange *exchange); /* NULL is fine */

/* share: this rank's share of the images in the batch. */
LN_MUST_CHECK int ln_exchange_begin(struct ln_exchange *exchange, struct ln_plan *plan, double share);
LN_MUST_CHECK int ln_exchange_end(struct ln_exchange *exchange, struct ln_plan *plan);

/* Seconds, over all steps so far. exposed_s: the training thread waited in ln_exchange_end. busy_s: all sums. stolen_s: processor
 * time that the sending thread took while the training thread computed. */
struct ln_exchange_times {
    double exposed_s, busy_s, stolen_s;
};
struct ln_exchange_times ln_exchange_times(const struct ln_exchange *exchange);
/* Bucket number i in the order of sending: its bytes, and when it was complete in the last step, in seconds after
 * ln_exchange_begin. False past the last one. */
struct ln_exchange_bucket {
    size_t bytes;
    double ready_s;
};
bool ln_exchange_bucket(const struct ln_exchange *exchange, size_t i, struct ln_exchange_bucket *bucket);
size_t ln_exchange_bytes(const struct ln_exchange *exchange); /* on the wire, of one rank and step */

#endif
