/* Random tensors in the kernels' layouts, and the formulas of a convolution. */
#include "op/conv_problem.h"
#include "base/alloc.h"
#include "base/rng.h"
#include "op/op_test.h"
#include "ref/ref.h"

#include <string.h>

static int64_t place(const struct placed *t, int64_t i) {
    const int64_t plane = t->h * t->w, n = i / (t->c * plane), c = i / plane % t->c, at = i % plane;
    switch (t->placement) {
    case NHWC: return (n * plane + at) * t->c + c;
    case NCHW16C: return ((n * t->c / 16 + c / 16) * plane + at) * 16 + c % 16;
    case NCHW16N: return (n / 16 * t->c * plane + c * plane + at) * 16 + n % 16;
    case OIHW16I16O: return (((n / 16 * (t->c / 16) + c / 16) * plane + at) * 16 + c % 16) * 16 + n % 16;
    default: return i;
    }
}

double placed_value(const struct placed *t, int64_t i) {
    return (double)ln_get(t->data, place(t, i), t->bf16);
}

static struct placed placed_random(struct ln_rng *rng, enum placement placement, bool bf16, int64_t n,
                                   int64_t c, int64_t h, int64_t w) {
    struct placed t = {placement, bf16, n, c, h, w, n * c * h * w, NULL, NULL};
    t.plain = ln_calloc((size_t)t.count, sizeof *t.plain);
    t.data = ln_calloc((size_t)t.count, sizeof(float));
    assert_true(t.plain && t.data);
    for (int64_t i = 0; i < t.count; i++) {
        ln_put(t.data, place(&t, i), 2 * ln_rng_float(rng) - 1, bf16);
        t.plain[i] = placed_value(&t, i);
    }
    return t;
}

void conv_problem_make(struct conv_problem *p, const struct conv_size *d) {
    struct ln_rng rng;
    ln_rng_init(&rng, 1, LN_RNG_DATA, 0, 0);
    p->x = placed_random(&rng, d->activations, d->bf16, d->n, d->c, d->h, d->w);
    p->dx = placed_random(&rng, d->activations, d->bf16, d->n, d->c, d->h, d->w);
    p->y = placed_random(&rng, d->activations, d->bf16, d->n, d->k, d->p, d->q);
    p->dy = placed_random(&rng, d->activations, d->bf16, d->n, d->k, d->p, d->q);
    p->w = placed_random(&rng, d->weights, false, d->k, d->c, d->r, d->s);
    p->dw = placed_random(&rng, d->weights, false, d->k, d->c, d->r, d->s);
    p->b = placed_random(&rng, PLAIN, false, 1, 1, 1, d->k);
    p->db = placed_random(&rng, PLAIN, false, 1, 1, 1, d->k);

    const struct ref_conv ref = {
        .n = (int)d->n,
        .c = (int)d->c,
        .h = (int)d->h,
        .w = (int)d->w,
        .k = (int)d->k,
        .p = (int)d->p,
        .q = (int)d->q,
        .groups = 1,
        .window = {{(int)d->r, (int)d->s}, {1, 1}, {(int)d->pad_h, (int)d->pad_w}, {1, 1}}};
    ref_conv_forward(&ref, p->x.plain, p->w.plain, p->b.plain, p->y.plain);
    for (int64_t i = 0; d->sum && i < p->y.count; i++) p->y.plain[i] += placed_value(&p->y, i);
    if (d->relu) ref_relu_forward(p->y.count, p->y.plain, p->y.plain);
    ref_conv_backward(&ref, p->x.plain, p->w.plain, p->dy.plain, p->dx.plain, p->dw.plain, p->db.plain);
}

void conv_problem_free(struct conv_problem *p) {
    struct placed *all[] = {&p->x, &p->w, &p->b, &p->dy, &p->y, &p->dx, &p->dw, &p->db};
    for (size_t i = 0; i < COUNT(all); i++) {
        ln_free(all[i]->plain);
        ln_free(all[i]->data);
    }
}

void *poisoned(size_t bytes) {
    void *memory = ln_alloc(bytes);
    assert_non_null(memory);
    return memset(memory, 0xff, bytes);
}
