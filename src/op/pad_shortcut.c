/* The parameter-free shortcut of the first residual networks: the input subsampled by the stride, and zeros
 * for the missing channels,
 *
 *   y[n,k,p,q] = x[n, k, p*stride, q*stride] for k < c, and 0 for c <= k < out
 *
 * He, Zhang, Ren, Sun, "Deep residual learning for image recognition" (2015), section 3.3, option A.
 *
 * Shapes: x [n][c/inner][h][w][inner], y [n][out/inner][p][q][inner] in the input's layout: nChw16c has
 * blocks of sixteen channels, NHWC one block of all channels, plain c blocks of one channel.
 */
#include "base/alloc.h"
#include "op/images.h"

#include <string.h>

#define AT(field) offsetof(struct ln_pad_shortcut_attrs, field)
static const struct ln_attr attrs[] = {
    {"out", LN_ATTR_INT, AT(out), 0, 1, 1 << 20, true},
    {"stride", LN_ATTR_PAIR, AT(stride), 1, 1, 1024},
    {NULL},
};

/* A tensor as images of planes [h][w][inner]. */
struct planes {
    int64_t images, count, h, w, inner;
    int64_t filled; /* channels of the last plane; padding follows */
};

struct shortcut {
    struct planes in, out;
    size_t size; /* bytes of a number */
    struct ln_pair stride;
};

static int shape(const char *name, const void *attrs_, const struct ln_shape *in, int inputs,
                 struct ln_shape *out) {
    const struct ln_pad_shortcut_attrs *a = attrs_;
    LN_TRY(ln_images_check(name, in));
    if (a->out < in->dim[1])
        return ln_fail(LINNET_ERR_USAGE, "op-channels", "%s: %d output channels, fewer than the input's %d",
                       name, a->out, (int)in->dim[1]);
    *out = ln_shape_of(in->dim[0], a->out, (in->dim[2] + a->stride.h - 1) / a->stride.h,
                       (in->dim[3] + a->stride.w - 1) / a->stride.w);
    return LINNET_OK;
}

static struct planes planes_of(enum ln_format format, const struct ln_shape *s) {
    int64_t n = s->dim[0], c = s->dim[1], block = format == LN_NCHW8C ? 8 : 16,
            count = (c + block - 1) / block;
    switch (format) {
    case LN_NHWC: return (struct planes){n, 1, s->dim[2], s->dim[3], c, c};
    case LN_NCHW16N: return (struct planes){(n + 15) / 16, c, s->dim[2], s->dim[3], 16, 16};
    case LN_NCHW8C:
    case LN_NCHW16C: return (struct planes){n, count, s->dim[2], s->dim[3], block, c - (count - 1) * block};
    default: return (struct planes){n, c, s->dim[2], s->dim[3], 1, 1};
    }
}

static int prepare(struct ln_prep *prep) {
    const struct ln_pad_shortcut_attrs *a = prep->attrs;
    struct shortcut *s = prep->state = ln_calloc(1, sizeof *s);
    if (!s) return LINNET_ERR_LIMIT;
    LN_TRY(ln_images_keep_order(prep));
    const struct ln_layout *in = prep->in[0];
    *s = (struct shortcut){planes_of(in->format, &in->shape), planes_of(in->format, &prep->out_shape),
                           ln_dtype_size(in->dtype), a->stride};
    prep->impl = "own";
    return LINNET_OK;
}

/* Channels of the input's plane `plane` without padding; 0 if the input has no such plane. */
static int64_t channels_in(const struct shortcut *s, int64_t plane) {
    return plane < s->in.count - 1 ? s->in.inner : plane == s->in.count - 1 ? s->in.filled : 0;
}

/* Where in the input the pixel begins that becomes pixel p, q of the output. */
static int64_t source(const struct shortcut *s, int64_t p, int64_t q) {
    return (p * s->stride.h * s->in.w + q * s->stride.w) * s->in.inner;
}

static void forward_plane(const struct shortcut *s, const char *x, char *y, int64_t channels) {
    size_t bytes = (size_t)channels * s->size, pixel = (size_t)s->out.inner * s->size;
    for (int64_t p = 0; p < s->out.h; p++)
        for (int64_t q = 0; q < s->out.w; q++, y += pixel) {
            if (channels) memcpy(y, x + (size_t)source(s, p, q) * s->size, bytes);
            memset(y + bytes, 0, pixel - bytes);
        }
}

static void backward_plane(const struct shortcut *s, const char *dy, char *dx, int64_t channels) {
    memset(dx, 0, (size_t)(s->in.h * s->in.w * s->in.inner) * s->size);
    for (int64_t p = 0; p < s->out.h; p++)
        for (int64_t q = 0; q < s->out.w; q++, dy += (size_t)s->out.inner * s->size)
            memcpy(dx + (size_t)source(s, p, q) * s->size, dy, (size_t)channels * s->size);
}

/* Where a plane of an image begins. */
static int64_t place(const struct planes *p, int64_t image, int64_t plane) {
    return (image * p->count + plane) * p->h * p->w * p->inner;
}

static int forward(void *state, const struct ln_args *a) {
    const struct shortcut *s = state;
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t image = 0; image < s->out.images; image++)
        for (int64_t plane = 0; plane < s->out.count; plane++) {
            int64_t channels = channels_in(s, plane);
            const void *x = channels ? ln_at(a->in[0], place(&s->in, image, plane), s->size) : NULL;
            forward_plane(s, x, ln_at_mutable(a->out, place(&s->out, image, plane), s->size), channels);
        }
    return LINNET_OK;
}

static int backward(void *state, const struct ln_args *a) {
    const struct shortcut *s = state;
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t image = 0; image < s->in.images; image++)
        for (int64_t plane = 0; plane < s->in.count; plane++)
            backward_plane(s, ln_at(a->dout, place(&s->out, image, plane), s->size),
                           ln_at_mutable(a->din[0], place(&s->in, image, plane), s->size),
                           channels_in(s, plane));
    return LINNET_OK;
}

const struct ln_op ln_op_pad_shortcut = {
    .name = "pad_shortcut",
    .torch = "PadShortcut",
    .attrs = attrs,
    .attrs_size = sizeof(struct ln_pad_shortcut_attrs),
    .inputs = 1,
    .shape = shape,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = ln_free,
};
