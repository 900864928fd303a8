/* Training, evaluation, prediction and benchmarks: the functions behind the public ones, which check their arguments.
 * Options and results are the public structs; see linnet.h for their meaning.
 */
#ifndef LN_TRAIN_TRAIN_H
#define LN_TRAIN_TRAIN_H

#include "data/dataset.h"
#include "model/model.h"
#include "train/choices.h"
#include "train/score.h"

/* The default memory for decoded photos, in MB. */
int64_t ln_default_cache_mb(void);

enum { LN_DEFAULT_BATCH = 32 }; /* images per step of training and evaluation */
enum { LN_PREDICT_BATCH = 16 }; /* images per batch of prediction */

/* Replaces zeros by the defaults, after checking names, ranges and combinations. */
LN_MUST_CHECK int ln_train_resolve(struct linnet_train_opts *opts, const struct ln_model *model);

/* How far a recipe goes with photos; all zeros: its options are the same for any data. */
struct ln_recipe_photos {
    double budget_s; /* seconds that training may take if the caller names no time; 0: any number */
    double longer;   /* epochs, as a multiple of what the automatic recipe chooses */
};

/* See linnet_recipe_apply and linnet_recipe_fit. ln_recipe_small fills in a recipe's options for small pictures, and *arch if it is
 * NULL; ln_recipe_photos gets its figures for photos, and ln_recipe_augment its level of augmentation for colour pictures.
 * LINNET_ERR_USAGE "train-recipe" for an unknown name. */
LN_MUST_CHECK int ln_recipe_apply(const char *name, struct linnet_data_opts *data,
                                  struct linnet_model_opts *model, struct linnet_train_opts *train);
LN_MUST_CHECK int ln_recipe_small(const char *name, const char **arch, struct linnet_train_opts *train);
LN_MUST_CHECK int ln_recipe_photos(const char *name, struct ln_recipe_photos *photos);
LN_MUST_CHECK int ln_recipe_augment(const char *name, const char **augment);
LN_MUST_CHECK int ln_recipe_fit(const char **arch, const struct ln_dataset *ds,
                                struct linnet_model_opts *model, struct linnet_train_opts *train,
                                double *seconds);
const char *ln_recipe_choice(int index); /* the names; NULL past the end */

LN_MUST_CHECK int ln_train(struct ln_model *model, const struct ln_dataset *ds,
                           const struct linnet_data_opts *data_opts, const struct linnet_train_opts *opts,
                           struct linnet_result *result);

struct ln_train_doubts {
    double leave_out; /* share of the training images, above 0 */
    double *opinions; /* [ds->count] see ln_doubt_opinion */
};
/* The same without a run folder, on one rank: training on labels of which some may be wrong. The training images whose labels the
 * network finds least probable are left out of the loss (train/doubt.h). */
LN_MUST_CHECK int ln_train_doubting(struct ln_model *model, const struct ln_dataset *ds,
                                    const struct linnet_train_opts *opts,
                                    const struct ln_train_doubts *doubts, struct linnet_result *result);

LN_MUST_CHECK int ln_train_memory(struct ln_model *model, const struct ln_dataset *ds,
                                  const struct linnet_train_opts *opts, struct linnet_train_memory *memory);

/* confusion: [classes][classes], filled by the call and borrowed by *metrics. */
LN_MUST_CHECK int ln_evaluate(const struct ln_model *model, const struct ln_dataset *ds,
                              const struct linnet_eval_opts *opts, struct linnet_metrics *metrics,
                              int64_t *confusion);
/* The same, and evaluates the reference (NULL: none) on the same images. */
LN_MUST_CHECK int ln_evaluate_against(const struct ln_model *model, const struct ln_dataset *ds,
                                      const struct linnet_eval_opts *opts, const struct ln_model *reference,
                                      struct linnet_metrics *metrics, int64_t *confusion);

LN_MUST_CHECK int ln_predict(const struct ln_model *model, const char *const *paths, size_t count,
                             const struct linnet_predict_opts *opts, linnet_prediction_fn *on_prediction,
                             void *user);

/* *text is the caller's. */
LN_MUST_CHECK int ln_summary(const struct ln_model *model, const struct linnet_summary_opts *opts,
                             char **text);

LN_MUST_CHECK int ln_bench_loader(const struct ln_dataset *ds, const struct linnet_bench_loader_opts *opts,
                                  struct linnet_bench_loader_result *result);

LN_MUST_CHECK int ln_bench(const struct ln_model *model, const struct linnet_bench_opts *opts,
                           struct linnet_bench_result *result);

#endif
