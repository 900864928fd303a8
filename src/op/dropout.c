/* Dropout, as torch.nn.Dropout: in training each element is zeroed with probability p and the others are
 * divided by 1 - p; otherwise nothing happens. Srivastava et al., "Dropout: a simple way to prevent neural
 * networks from overfitting" (2014).
 *
 * Philox decides by (seed, step, layer, position) which elements are zeroed: the same on every run and for
 * any number of threads. The backward pass draws the same numbers, so no mask is kept. The position counts from the
 * first image of the whole batch, even if this layer has only a share of the batch.
 */
#include "base/alloc.h"
#include "base/rng.h"
#include "base/simd.h"
#include "kernel/numbers.h"
#include "op/op.h"

#define AT(field) offsetof(struct ln_dropout_attrs, field)
static const struct ln_attr attrs[] = {
    {"p", LN_ATTR_REAL, AT(p), 0.5, 0, 1},
    {NULL},
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    *out = in[0];
    return LINNET_OK;
}

struct dropout {
    struct ln_numbers numbers;
    size_t image;       /* elements of an image */
    uint64_t threshold; /* an element is zeroed if its 32-bit number is below */
    float scale;        /* 1 / (1 - p); 0 if p is 1 */
};

static int prepare(struct ln_prep *prep) {
    const struct ln_dropout_attrs *a = prep->attrs;
    struct dropout *d = ln_alloc(sizeof *d);
    if (!d) return LINNET_ERR_LIMIT;
    const struct ln_layout *in = prep->in[0];
    *d = (struct dropout){.numbers = ln_numbers_of(in),
                          .image = in->bytes / ln_dtype_size(in->dtype) / (size_t)in->shape.dim[0],
                          .threshold = (uint64_t)(a->p * 4294967296.0),
                          .scale = a->p < 1 ? (float)(1.0 / (1.0 - a->p)) : 0};
    prep->state = d;
    prep->out = prep->in[0];
    prep->in_place[0] = prep->din_in_place = true;
    prep->view = !prep->train || prep->fixed;
    prep->impl = prep->view ? "view" : "own";
    return LINNET_OK;
}

struct draw {
    const struct dropout *layer;
    const struct ln_args *args;
};

/* Elements from .. from+n-1 of x, scaled or zeroed, into y. */
LN_KERNEL(void, drop_loop, (const void *context, const float *const *in, float *y, size_t from, size_t n),
          (context, in, y, from, n)) {
    const struct dropout *d = ((const struct draw *)context)->layer;
    const struct ln_args *a = ((const struct draw *)context)->args;
    const float *x = in[0];
    uint32_t key[2] = {(uint32_t)a->seed, (uint32_t)(a->seed >> 32) ^ (uint32_t)LN_RNG_DROPOUT << 24};
    const size_t begin = (size_t)a->ranks.first * d->image + from,
                 skip = begin % 4; /* numbers come by fours */
    for (size_t i = 0; i < n + skip; i += 4) {
        uint64_t four = (begin - skip + i) / 4;
        uint32_t counter[4] = {(uint32_t)four, (uint32_t)(four >> 32), a->step, a->node}, word[4];
        ln_philox(key, counter, word);
        for (size_t j = i < skip ? skip : 0; j < 4 && i + j < n + skip; j++)
            y[i + j - skip] = word[j] < d->threshold ? 0 : x[i + j - skip] * d->scale;
    }
}

static void run(const struct dropout *d, const struct ln_args *a, const void *x, void *y) {
    ln_numbers_run(d->numbers, &x, 1, y, drop_loop, &(struct draw){d, a});
}

static int forward(void *state, const struct ln_args *a) {
    const struct dropout *d = state;
    run(d, a, a->in[0], a->out);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    run(state, a, a->dout, a->din[0]);
    return LINNET_OK;
}

const struct ln_op ln_op_dropout = {
    .name = "dropout",
    .torch = "Dropout",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_dropout_attrs),
    .eight = LN_EIGHT_MOVE,
    .inputs = 1,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
