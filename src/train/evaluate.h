/* Metrics, scores and a check that training and evaluation share. */
#ifndef LN_TRAIN_EVALUATE_H
#define LN_TRAIN_EVALUATE_H

#include "train/skipped.h"
#include "train/train.h"

/* Computes the metrics of kept scores, for a model with this temperature. confusion [classes][classes] is
 * filled and then borrowed by *metrics. LINNET_ERR_LIMIT if memory runs out. */
LN_MUST_CHECK int ln_metrics_of(const struct ln_scores *scores, double temperature,
                                struct linnet_metrics *metrics, int64_t *confusion);

/* LINNET_ERR_INPUT "data-classes" unless data and model have the same classes in the same order. */
LN_MUST_CHECK int ln_check_classes(const struct ln_model *model, const struct ln_dataset *ds);

/* The scores of one part, which must have images; opts.part and opts.dir are ignored. ln_scores_fini in
 * any case. */
LN_MUST_CHECK int ln_evaluate_part(const struct ln_model *model, const struct ln_dataset *ds,
                                   const struct linnet_eval_opts *opts, enum linnet_part part,
                                   struct ln_skipped *skipped, struct ln_scores *scores);

#endif
