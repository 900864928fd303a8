/* Scores: the logits of a model for the images of a part of a data set, one row for each image. */
#ifndef LN_TRAIN_SCORE_H
#define LN_TRAIN_SCORE_H

#include "data/loader.h"
#include "train/infer.h"
#include "train/metrics.h"

struct ln_scores {
    int classes;
    size_t count;
    float *logits;     /* [count][classes] */
    int32_t *labels;   /* [count] */
    uint32_t *indices; /* [count] into the data set's samples */
    struct ln_tally tally;
};

/* on_step is called after each batch; a non-zero result stops the scoring. on_image is called for each image unless it is NULL. */
struct ln_score_watch {
    int (*on_step)(void *user, int step, int steps, const struct ln_tally *tally);
    void (*on_image)(void *user, uint32_t index, const float *logits, int32_t label);
    void *user;
};

/* keep: fill the arrays and the tally; otherwise only the tally. LINNET_ERR_INTERRUPTED if on_step stops it. Call
 * ln_scores_fini also after a failure. With infer->ranks each rank scores the share that its loader gives; then all ranks get
 * all scores, in the order of the part, and on_image is called for all images. A failure of one rank fails all. */
LN_MUST_CHECK int ln_score_infer(struct ln_scores *scores, struct ln_infer *infer, struct ln_loader *loader,
                                 bool keep, const struct ln_score_watch *watch);
/* The same with an existing plan, such as that of training. */
LN_MUST_CHECK int ln_score(struct ln_scores *scores, struct ln_plan *plan, struct ln_loader *loader,
                           bool keep, const struct ln_score_watch *watch);
void ln_scores_fini(struct ln_scores *scores);

#endif
