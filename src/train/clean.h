/* Labels that are probably wrong: cross-validation gives each image's probabilities by a network that was not
 * trained on it, and confident learning (confident.h) ranks the images by them.
 */
#ifndef LN_TRAIN_CLEAN_H
#define LN_TRAIN_CLEAN_H

#include "train/confident.h"
#include "train/train.h"

struct ln_clean_opts {
    int folds;
    uint64_t seed;                         /* of the folds */
    const struct linnet_train_opts *train; /* how each network is trained; what concerns files is ignored */
    /* A fresh network for the data set. */
    int (*make)(void *user, struct ln_model **model);
    /* Each event of each network's training, and of its test. NULL: not wanted. */
    void (*on_event)(void *user, int fold, int folds, const struct linnet_event *event);
    void *user;
};

struct ln_cleaning {
    struct ln_confident *ranked; /* [count] .image is a row of `samples` */
    uint32_t *samples;           /* [count] */
    size_t count;                /* images that could be read */
    double acc;                  /* share for which the given label is the most probable one */
};

/* ln_cleaning_fini in any case. */
LN_MUST_CHECK int ln_clean(struct ln_cleaning *cleaning, const struct ln_dataset *ds,
                           const struct ln_clean_opts *opts);
void ln_cleaning_fini(struct ln_cleaning *cleaning);

/* dir/label_issues.csv(rank,path,part,given,suggested,given_probability,suggested_probability,confidence,named): all
 * images, the most doubtful label first; and dir/label_issues.png: the first of them. */
LN_MUST_CHECK int ln_cleaning_write(const struct ln_cleaning *cleaning, const struct ln_dataset *ds,
                                    const char *dir);

#endif
