/* Scales of values. */
#include "train/quant_scales.h"
#include "base/alloc.h"
#include <math.h>

static int observe(void *user, int layer, const float *values, size_t count) {
    struct ln_quant_scales *s = user;
    ln_observer_add(&s->observers[layer], values, count / (size_t)s->batch * (size_t)s->count);
    return LINNET_OK;
}

int ln_quant_scales_init(struct ln_quant_scales *s, const struct ln_model *model, int batch) {
    *s = (struct ln_quant_scales){.net = model->net, .batch = batch};
    s->observers = ln_calloc(s->net->count, sizeof *s->observers);
    s->share = ln_calloc(s->net->count, sizeof *s->share);
    if (!s->observers || !s->share) return LINNET_ERR_LIMIT;
    ln_quant_groups(s->net, s->share);
    LN_TRY(ln_plan_create(&s->plan, s->net, &(struct ln_plan_opts){.batch = batch, .watched = true}));
    ln_plan_watch(s->plan, &(struct ln_plan_watch){observe, s});
    return ln_model_to_plan(model, s->plan);
}

void ln_quant_scales_fini(struct ln_quant_scales *s) {
    ln_plan_destroy(s->plan);
    ln_free(s->observers);
    ln_free(s->share);
}

int ln_quant_scales_add(struct ln_quant_scales *s, const float *images, int count) {
    s->count = count;
    return ln_plan_forward(s->plan, images, NULL, 0);
}

/* All values of a group take the widest range among them. A value that was always 0 may have any scale. */
int ln_quant_scales_choose(const struct ln_quant_scales *s, enum ln_quant_method method, struct ln_quant *q) {
    static const float zero = 1e-25F; /* no value of the group was further from 0 */
    for (size_t i = 0; i < s->net->count; i++) q->value[i] = (struct ln_quant_value){0};
    for (size_t i = 0; i < s->net->count; i++) {
        const struct ln_observer *o = &s->observers[i];
        struct ln_quant_value *group = &q->value[s->share[i]];
        if (o->infinite)
            return ln_fail(LINNET_ERR_INPUT, "quantize-finite", "%s: the layer's values are not finite",
                           s->net->nodes[i].name);
        if (o->count == 0) continue;
        const float reach = ln_observer_reach(o, method);
        group->scale = fmaxf(group->scale, fmaxf(reach, zero));
        group->is_signed |= o->negative;
    }
    for (size_t i = 0; i < s->net->count; i++) {
        struct ln_quant_value *group = &q->value[i];
        if (s->share[i] != (int)i) continue;
        if (group->scale == zero) group->scale = 1;
        group->scale /= group->is_signed ? 127 : 255;
    }
    for (size_t i = 0; i < s->net->count; i++) q->value[i] = q->value[s->share[i]];
    return LINNET_OK;
}
