/* The learning rate range test: Smith, "Cyclical learning rates for training neural networks", WACV 2017,
 * section 3.3. The rate grows exponentially from step to step. The loss shows at which rate the network begins
 * to learn, and at which it diverges. */
#ifndef LN_TRAIN_LR_FIND_H
#define LN_TRAIN_LR_FIND_H

#include "train/train.h"

struct ln_lr_curve {
    struct linnet_lr_curve shown;   /* its points are those below */
    struct linnet_lr_point *points; /* [opts.steps] */
};

/* opts: no zeros left. Draws the curve into opts->plot unless that is NULL. The model keeps its weights. ln_lr_curve_fini in any case. */
LN_MUST_CHECK int ln_lr_find(struct ln_lr_curve *curve, struct ln_model *model, const struct ln_dataset *ds,
                             const struct linnet_lr_find_opts *opts);
void ln_lr_curve_fini(struct ln_lr_curve *curve);

/* Fills points[].smooth, and the suggestion: the rate at which the smoothed loss falls most steeply before
 * its minimum. nan if it does not fall by LN_LR_LEAST_FALL of its first value. */
#define LN_LR_LEAST_FALL 0.02
void ln_lr_curve_judge(struct linnet_lr_curve *curve, struct linnet_lr_point *points);
/* A PNG of the losses over the rates, with the suggestion. */
LN_MUST_CHECK int ln_lr_curve_draw(const struct linnet_lr_curve *curve, const struct ln_model *model,
                                   const struct ln_dataset *ds, const char *path);

#endif
