/* Scales for the 8-bit values of a network, from its fp32 values on some images.
 *
 *     struct ln_quant_scales s;
 *     int status = ln_quant_scales_init(&s, model, batch);
 *     while (more) status = ln_quant_scales_add(&s, images);
 *     status = ln_quant_scales_choose(&s, LN_QUANT_KL, quant);
 *     ln_quant_scales_fini(&s);
 */
#ifndef LN_TRAIN_QUANT_SCALES_H
#define LN_TRAIN_QUANT_SCALES_H

#include "model/model.h"
#include "train/quant_observer.h"

struct ln_quant_scales {
    const struct ln_net *net;
    struct ln_plan *plan;
    struct ln_observer *observers; /* [net->count] */
    int *share;                    /* ln_quant_groups */
    int batch, count;              /* images of a batch; those of the current one that count */
};

LN_MUST_CHECK int ln_quant_scales_init(struct ln_quant_scales *s, const struct ln_model *model, int batch);
void ln_quant_scales_fini(struct ln_quant_scales *s);
/* images: [batch][c][h][w]; the first `count` are observed. */
LN_MUST_CHECK int ln_quant_scales_add(struct ln_quant_scales *s, const float *images, int count);
/* LINNET_ERR_INPUT "quantize-finite" if a value was not finite. */
LN_MUST_CHECK int ln_quant_scales_choose(const struct ln_quant_scales *s, enum ln_quant_method method,
                                         struct ln_quant *quant);

#endif
