/* Mixing in training: the trainer's state for mixup and cutmix (data/mix.h). */
#ifndef LN_TRAIN_MIXER_H
#define LN_TRAIN_MIXER_H

#include "data/loader.h"
#include "data/mix.h"

struct ln_mixer {
    struct ln_mix mix;
    int channels, height, width;
    uint64_t seed;
    int32_t *other; /* [batch] second labels of the latest batch; NULL: mixing is off */
    float share;    /* weight of the first labels */
    float *scratch; /* one image */
};

/* Call ln_mixer_fini also after a failure. */
LN_MUST_CHECK int ln_mixer_init(struct ln_mixer *mixer, const struct ln_mix *mix,
                                const struct ln_preprocess *preprocess, int batch, uint64_t seed);
void ln_mixer_fini(struct ln_mixer *mixer);

/* Mixes the images of a batch in place and sets mixer->other and mixer->share for it. step: number of the batch. */
void ln_mixer_run(struct ln_mixer *mixer, const struct ln_batch *batch, uint32_t step);

#endif
