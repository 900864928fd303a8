/* Concatenation of one to four tensors along the channels: the end of an Inception block. Szegedy et al.,
 * "Going deeper with convolutions" (2014), section 4.
 *
 *   y[n, c0 + c, h, w] = x_i[n, c, h, w], where c0 is the sum of the channels of the inputs before the i-th
 *
 * Shapes: in every layout the inputs and the output are runs of numbers, one after another. A run is an image in
 * nChw16c or plain, sixteen images in Nchw16n, a pixel in nhwc. A layer that can leave gaps in its output writes
 * it straight into the concatenation (plan_slice.c), and nothing is copied.
 */
#include "base/alloc.h"
#include "op/op.h"

#include <string.h>

struct concat {
    int inputs;
    int64_t runs;                 /* of each input */
    int64_t run[LN_OP_INPUTS];    /* bytes of one */
    int64_t before[LN_OP_INPUTS]; /* bytes of earlier inputs in the output's run */
    int64_t whole;                /* the output's run */
};

static int shape(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    char first[64], other[64];
    int64_t channels = 0;
    for (int i = 0; i < inputs; i++) {
        struct ln_shape same = in[i];
        if (in[i].rank != 4)
            return ln_fail(LINNET_ERR_USAGE, "op-rank", "%s: inputs of 4 dimensions, got %d", name,
                           in[i].rank);
        same.dim[1] = in[0].dim[1];
        if (!ln_shape_equal(&in[0], &same))
            return ln_fail(LINNET_ERR_USAGE, "op-shapes", "%s: input %d is %s, the first one %s", name, i + 1,
                           ln_shape_text(&in[i], other, sizeof other),
                           ln_shape_text(&in[0], first, sizeof first));
        channels += in[i].dim[1];
    }
    *out = in[0];
    out->dim[1] = channels;
    return LINNET_OK;
}

/* Every input must consist of whole blocks of channels, the batch of whole sixteens of images. */
static bool fits(const struct ln_prep *prep, enum ln_format format) {
    int64_t block = format == LN_NCHW16C ? 16 : format == LN_NCHW8C ? 8 : 1;
    if (format == LN_NCHW16N) return prep->out_shape.dim[0] % 16 == 0;
    for (int i = 0; i < prep->inputs; i++)
        if (prep->in[i]->shape.dim[1] % block) return false;
    return format != LN_OTHER;
}

static enum ln_format choose(const struct ln_prep *prep) {
    for (int i = 0; i < prep->inputs; i++)
        if (prep->in[i]->format != LN_PLAIN && fits(prep, prep->in[i]->format)) return prep->in[i]->format;
    return LN_PLAIN;
}

static int prepare(struct ln_prep *prep) {
    enum ln_format format = choose(prep);
    struct concat *c = prep->state = ln_calloc(1, sizeof *c);
    if (!c) return LINNET_ERR_LIMIT;
    const int64_t *d = prep->out_shape.dim;
    c->runs = format == LN_NHWC ? d[0] * d[2] * d[3] : format == LN_NCHW16N ? d[0] / 16 : d[0];
    c->inputs = prep->inputs;
    for (int i = 0; i < prep->inputs; i++) {
        prep->in[i] = ln_layout_get(prep->dnn, prep->dtype, &prep->in[i]->shape, format);
        if (!prep->in[i]) return LINNET_ERR_LIMIT;
        c->run[i] = (int64_t)prep->in[i]->bytes / c->runs;
        c->before[i] = c->whole;
        c->whole += c->run[i];
    }
    prep->out = ln_layout_get(prep->dnn, prep->dtype, &prep->out_shape, format);
    prep->impl = "own";
    return prep->out ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int forward(void *state, const struct ln_args *a) {
    const struct concat *c = state;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < c->runs; r++)
        for (int i = 0; i < c->inputs; i++)
            if (a->in[i]) /* NULL: the layer wrote there itself */
                memcpy((char *)a->out + r * c->whole + c->before[i], (const char *)a->in[i] + r * c->run[i],
                       (size_t)c->run[i]);
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct concat *c = state;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < c->runs; r++)
        for (int i = 0; i < c->inputs; i++)
            if (a->din[i])
                memcpy((char *)a->din[i] + r * c->run[i], (const char *)a->dout + r * c->whole + c->before[i],
                       (size_t)c->run[i]);
    return LINNET_OK;
}

const struct ln_op ln_op_concat = {
    .name = "concat",
    .torch = "Concat",
    .attrs_size = sizeof(struct ln_concat_attrs),
    .eight = LN_EIGHT_MOVE,
    .inputs = 0,
    .role = LN_ROLE_JOIN,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
