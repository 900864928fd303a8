/* Mixing in training: what the trainer keeps for mixup and cutmix from step to step. */
#ifndef LN_TRAIN_MIXER_H
#define LN_TRAIN_MIXER_H

#include "data/loader.h"
#include "data/mix.h"

struct ln_mixer {
    struct ln_mix mix;
    int channels, height, width;
    uint64_t seed;
    int32_t *other; /* [batch] second labels of the last batch; NULL: nothing is ever mixed */
    float share;    /* of the first labels */
    float *scratch; /* one image */
};

/* ln_mixer_fini in any case. */
LN_MUST_CHECK int ln_mixer_init(struct ln_mixer *mixer, const struct ln_mix *mix,
                                const struct ln_preprocess *preprocess, int batch, uint64_t seed);
void ln_mixer_fini(struct ln_mixer *mixer);

/* Mixes the images of the batch of that number in place; mixer->other and ->share then hold for it. */
void ln_mixer_run(struct ln_mixer *mixer, const struct ln_batch *batch, uint32_t step);

#endif
