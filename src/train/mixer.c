/* Mixing of batches. The draw depends only on seed and step, so that a resumed run mixes the same images.
 * Images are mixed with others of their batch, in place: no second batch is loaded for it. */
#include "train/mixer.h"
#include "base/alloc.h"

int ln_mixer_init(struct ln_mixer *m, const struct ln_mix *mix, const struct ln_preprocess *pp, int batch,
                  uint64_t seed) {
    *m = (struct ln_mixer){
        .mix = *mix, .channels = pp->channels, .height = pp->height, .width = pp->width, .seed = seed};
    if (mix->mixup == 0 && mix->cutmix == 0) return LINNET_OK;
    m->other = ln_calloc((size_t)batch, sizeof *m->other);
    m->scratch = ln_alloc((size_t)pp->channels * (size_t)pp->height * (size_t)pp->width * sizeof *m->scratch);
    return m->other && m->scratch ? LINNET_OK : LINNET_ERR_LIMIT;
}

void ln_mixer_fini(struct ln_mixer *m) {
    ln_free(m->other);
    ln_free(m->scratch);
}

void ln_mixer_run(struct ln_mixer *m, const struct ln_batch *batch, uint32_t step) {
    struct ln_mix_draw draw;
    if (!m->other || batch->count == 0) return;
    ln_mix_draw(&m->mix, m->width, m->height, m->seed, step, &draw);
    ln_mix_apply(&draw, &(struct ln_mix_batch){.images = batch->images,
                                               .count = batch->count,
                                               .channels = m->channels,
                                               .height = m->height,
                                               .width = m->width,
                                               .labels = batch->labels,
                                               .other = m->other,
                                               .scratch = m->scratch,
                                               .previous = batch->previous,
                                               .previous_label = batch->previous_label});
    m->share = draw.share;
}
