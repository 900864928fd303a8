/* Cross-validation for the ranking: one network a fold, trained on the other folds and asked about its own. A network
 * learns wrong labels by heart, so only one that has not seen an image can contradict its label. The networks train one
 * after the other: each uses all processors, and one of them at a time is in memory.
 */
#include "train/clean.h"
#include "base/alloc.h"
#include "train/evaluate.h"
#include "train/folds.h"
#include "train/make_model.h"
#include "train/skipped.h"

#include <string.h>

struct cleaner {
    const struct ln_dataset *ds;
    const struct ln_clean_recipe *recipe;
    const struct linnet_clean_opts *opts;
    struct ln_folds folds;
    uint32_t *index; /* [folds.total] of the fold's parts */
    int fold;
    /* Out-of-fold results, row by row. */
    float *probabilities; /* [folds.total][classes] */
    int32_t *labels;      /* [folds.total] */
    struct ln_cleaning *out;
};

static void on_event(void *user, const struct linnet_event *event) {
    const struct cleaner *c = user;
    if (c->opts->on_event) c->opts->on_event(c->opts->user, c->fold + 1, c->opts->folds, event);
}

/* Trains without a validation part, so the weights of the last epoch are kept: a part to choose the best
 * epoch by would be taken from images that need an opinion too. */
static int train_fold(struct cleaner *c, const struct ln_dataset *view, struct ln_model *model) {
    static const struct linnet_data_opts no_opts;
    struct linnet_train_opts train = c->recipe->train;
    struct ln_dataset part = *view;
    struct linnet_result result;
    part.parts[LINNET_TEST].count = 0; /* asked afterwards, once */
    train.dir = NULL;
    train.resume = false;
    train.patience = 0; /* counts epochs without a better validation result, and there is none */
    train.on_event = on_event;
    train.user = c;
    return ln_train(model, &part, &no_opts, &train, &result);
}

static void keep(struct cleaner *c, const struct ln_scores *s) {
    const size_t classes = (size_t)s->classes;
    for (size_t i = 0; i < s->count; i++) {
        const size_t row = c->out->count++;
        ln_softmax(s->logits + i * classes, s->classes, 1, c->probabilities + row * classes);
        c->labels[row] = s->labels[i];
        c->out->samples[row] = s->indices[i];
    }
    c->out->acc += (double)s->tally.correct;
}

static int ask_fold(struct cleaner *c, const struct ln_dataset *view, const struct ln_model *model) {
    const struct linnet_train_opts *t = &c->recipe->train;
    const struct linnet_eval_opts eval = {.conv = t->conv,
                                          .batch = t->batch,
                                          .threads = t->threads,
                                          .workers = t->workers,
                                          .dtype = t->dtype,
                                          .strict = t->strict,
                                          .stop = t->stop,
                                          .on_event = on_event,
                                          .user = c};
    struct ln_scores scores = {0};
    struct ln_skipped skipped = {.ds = view};
    int status = ln_evaluate_part(model, view, &eval, LINNET_TEST, &skipped, &scores);
    if (status == LINNET_OK) keep(c, &scores);
    ln_scores_fini(&scores);
    ln_skipped_fini(&skipped);
    return status;
}

/* Every fold begins with a fresh network: one that continued from the previous fold would have seen these images. */
static int run_fold(struct cleaner *c) {
    const struct ln_dataset view = ln_folds_view(&c->folds, c->fold, c->ds, c->index);
    const struct ln_clean_recipe *r = c->recipe;
    struct ln_model *model = NULL;
    char *weights;
    LN_TRY(ln_make_model(&model, &weights,
                         &(struct ln_make_model){.arch = r->arch, .ds = c->ds, .opts = r->model}));
    ln_free(weights);
    int status = train_fold(c, &view, model);
    if (status == LINNET_OK) status = ask_fold(c, &view, model);
    ln_model_destroy(model);
    return status;
}

static int prepare(struct cleaner *c) {
    LN_TRY(ln_folds_init(&c->folds, c->ds, c->opts->folds, c->opts->seed));
    const size_t total = c->folds.total;
    c->index = ln_calloc(total, sizeof *c->index);
    c->probabilities = ln_calloc(total, (size_t)c->ds->classes * sizeof *c->probabilities);
    c->labels = ln_calloc(total, sizeof *c->labels);
    c->out->samples = ln_calloc(total, sizeof *c->out->samples);
    c->out->ranked = ln_calloc(total, sizeof *c->out->ranked);
    return c->index && c->probabilities && c->labels && c->out->samples && c->out->ranked ? LINNET_OK
                                                                                          : LINNET_ERR_LIMIT;
}

int ln_clean_rank(struct ln_cleaning *out, const struct ln_dataset *ds, const struct ln_clean_recipe *recipe,
                  const struct linnet_clean_opts *opts) {
    struct cleaner c = {.ds = ds, .recipe = recipe, .opts = opts, .out = out};
    *out = (struct ln_cleaning){0};
    int status = prepare(&c);
    for (; c.fold < opts->folds && status == LINNET_OK; c.fold++) status = run_fold(&c);
    if (status == LINNET_OK)
        status = ln_confident_rank(c.probabilities, c.labels, out->count, ds->classes, out->ranked);
    if (out->count) out->acc /= (double)out->count;
    ln_folds_fini(&c.folds);
    ln_free(c.index);
    ln_free(c.probabilities);
    ln_free(c.labels);
    return status;
}

void ln_cleaning_fini(struct ln_cleaning *cleaning) {
    ln_free(cleaning->ranked);
    ln_free(cleaning->samples);
}
