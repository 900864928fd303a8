/* What the ranks of a run sum and agree on. After each step all ranks have the same weights, optimiser state and progress; ranks on
 * one machine share the memory of weights and state (shared_state.h). They decide alike: by sums over all ranks, and by rank 0's
 * clock.
 *
 *     step    1. one number: has loading failed anywhere?      ln_together_ready
 *             2. with class weights, the rows' weight          ln_together_share
 *             3. running statistics, gradients                 exchange.c, or shared_state.c for the gradients
 *             4. the loss                                      step.c, shared_state.c
 *             5. tally, clock, requests to stop                ln_together_done
 *     epoch   the scores of the watched part (score.c), the images that could not be read (skipped.c), agreements
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/text.h"
#include "train/alike.h"
#include "train/trainer.h"

#include <string.h>

int ln_together_agree(struct ln_trainer *t, int status) {
    return ln_comm_agree(t->ranks, status);
}

void ln_together_leave(struct ln_trainer *t, int status) {
    if (ln_comm_agreed(t->ranks, status)) ln_comm_leave(t->ranks);
}

int ln_together_clock(struct ln_trainer *t, double *now) {
    *now = ln_clock_now();
    return ln_comm_broadcast(t->ranks, now, sizeof *now);
}

/* ---- a step ---------------------------------------------------------------------------------------------- */

int ln_together_ready(struct ln_trainer *t, int status) {
    double failed = status != LINNET_OK;
    if (!t->ranks) return status;
    LN_TRY(ln_comm_sum_f64(t->ranks, &failed, 1));
    return failed > 0 ? ln_comm_agree(t->ranks, status) : LINNET_OK;
}

/* The weight of the batch in the loss, as in softmax_xent.c. */
static double weight_of(const struct ln_trainer *t, const struct ln_batch *batch) {
    const float *w = t->class_weights;
    double sum = 0;
    for (int i = 0; i < batch->count; i++) {
        const double first = w[batch->labels[i]], share = t->mixer.share;
        sum += t->mixer.other ? share * first + (1 - share) * w[t->mixer.other[i]] : first;
    }
    return sum;
}

int ln_together_share(struct ln_trainer *t, const struct ln_batch *batch) {
    if (!t->ranks) return LINNET_OK;
    double weight = t->class_weights ? weight_of(t, batch) : batch->total;
    if (t->class_weights) LN_TRY(ln_comm_sum_f64(t->ranks, &weight, 1));
    t->stepper.share = (struct ln_op_share){.first = batch->first,
                                            .total = batch->total,
                                            .count = batch->count,
                                            .weight = weight,
                                            .comm = t->opts.sync_bn ? t->ranks : NULL};
    return LINNET_OK;
}

struct ln_tally *ln_together_tally(struct ln_trainer *t) {
    if (!t->ranks) return &t->progress.tally;
    t->together.tally = (struct ln_tally){0};
    return &t->together.tally;
}

int ln_together_done(struct ln_trainer *t) {
    const struct ln_tally *own = &t->together.tally;
    struct ln_tally *all = &t->progress.tally;
    t->together.now = ln_clock_now();
    t->together.stop = ln_trainer_stopped(t);
    if (!t->ranks) return LINNET_OK;
    double sums[] = {ln_comm_rank(t->ranks) == 0 ? t->together.now : 0,
                     t->together.stop,
                     (double)own->count,
                     (double)own->correct,
                     (double)own->top5,
                     own->loss};
    LN_TRY(ln_comm_sum_f64(t->ranks, sums, sizeof sums / sizeof *sums));
    t->together.now = sums[0];
    t->together.stop = sums[1] > 0;
    all->count += (int64_t)sums[2];
    all->correct += (int64_t)sums[3];
    all->top5 += (int64_t)sums[4];
    all->loss += sums[5];
    return LINNET_OK;
}

bool ln_together_stopped(const struct ln_trainer *t) {
    return t->together.stop;
}

/* ---- the start ------------------------------------------------------------------------------------------- */

static uint32_t sum_layouts(const struct ln_plan *plan, int *status) {
    struct ln_text text = {0};
    for (size_t i = 0; i < ln_plan_net(plan)->param_count; i++) {
        size_t count;
        const size_t place = ln_plan_param_place(plan, i, &count);
        ln_text_addf(&text, "%zu %zu %s\n", place, count, ln_plan_param_layout(plan, i));
    }
    const uint32_t sum = ln_crc32c(text.data, text.length);
    if (text.failed) *status = ln_fail_memory(text.length);
    ln_text_fini(&text);
    return sum;
}

/* All ranks must have the same data, and each weight at the same place in the same layout. */
static int check_alike(struct ln_trainer *t) {
    bool alike;
    int status = LINNET_OK;
    LN_TRY(ln_alike_data(t->ranks, t->ds));
    const uint32_t layouts = sum_layouts(t->plan, &status);
    LN_TRY(ln_comm_alike(t->ranks, &layouts, sizeof layouts, &alike));
    if (!alike && status == LINNET_OK)
        status = ln_fail(LINNET_ERR_LIMIT, "rank-layout",
                         "the layout of the weights differs from that on rank 0: the processors differ, or a "
                         "batch of %d images cannot be divided evenly among %d ranks",
                         t->batch, ln_comm_size(t->ranks));
    return ln_comm_agree(t->ranks, status);
}

/* Sends rank 0's progress to all: in a resumed run only rank 0 has read it. */
static int share_progress(struct ln_trainer *t) {
    char *json = NULL;
    struct ln_progress now = t->progress;
    now.updates = *ln_optim_steps(t->stepper.optim);
    now.position = t->pace.position;
    int status = ln_comm_rank(t->ranks) == 0 ? ln_progress_print(&now, &t->progress_of, &json) : LINNET_OK;
    LN_TRY(ln_comm_agree(t->ranks, status));
    double bytes = json ? (double)strlen(json) + 1 : 0;
    LN_TRY(ln_comm_broadcast(t->ranks, &bytes, sizeof bytes));
    if (!json) json = ln_alloc((size_t)bytes);
    status = json ? ln_comm_broadcast(t->ranks, json, (size_t)bytes) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK && ln_comm_rank(t->ranks) > 0) {
        status = ln_progress_parse(&t->progress, &t->progress_of, "rank 0", json);
        *ln_optim_steps(t->stepper.optim) = t->progress.updates;
        t->pace.position = t->progress.position;
    }
    ln_free(json);
    return ln_comm_agree(t->ranks, status);
}

static int share_state(struct ln_trainer *t) {
    const char *name;
    float *values;
    size_t trained, all;
    LN_TRY(ln_together_weights(t));
    ln_plan_values(t->plan, &trained);
    for (int i = 0; (values = ln_optim_slot(t->stepper.optim, i, &name)); i++)
        LN_TRY(ln_comm_broadcast(t->ranks, values, trained * sizeof *values));
    ln_plan_all_values(t->plan, &all);
    return t->average.values ? ln_comm_broadcast(t->ranks, t->average.values, all * sizeof *values)
                             : LINNET_OK;
}

int ln_together_weights(struct ln_trainer *t) {
    size_t all;
    float *values = ln_plan_all_values(t->plan, &all);
    if (!t->ranks) return LINNET_OK;
    ln_plan_changed(t->plan);
    return ln_comm_broadcast(t->ranks, values, all * sizeof *values);
}

int ln_together_begin(struct ln_trainer *t) {
    if (!t->ranks) return LINNET_OK;
    LN_TRY(check_alike(t));
    LN_TRY(share_progress(t));
    LN_TRY(share_state(t));
    return ln_stepper_join(&t->stepper, t->plan,
                           &(struct ln_stepper_ranks){.comm = t->ranks,
                                                      .bf16 = strcmp(t->opts.comm_dtype, "bf16") == 0,
                                                      .statistics = !t->opts.sync_bn});
}
