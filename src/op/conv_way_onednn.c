/* A convolution by oneDNN's kernels: as a convolution, direct or by its own Winograd; or, if the kernel
 * covers the whole input, as a matrix product (product.h).
 */
#include "base/alloc.h"
#include "kernel/tuning.h"
#include "op/conv_way.h"
#include "op/product.h"

/* oneDNN's Winograd, F(4x4, 3x3), was 1.3 to 3 times as fast as direct sums in all three passes, for every layer of
 * Linnet's networks that it supports except the sixteen channels of a first stage on small pictures. */
static bool suits_winograd(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    const int64_t *w = d->weights.dim;
    if (d->dtype != LN_F32) return false;
    const int64_t least = LN_TUNE_ONEDNN_WINOGRAD_CHANNELS;
    return !prep->direct && ln_conv_is_dense(d) && w[2] == 3 && w[3] == 3 && w[0] * w[1] > least * least &&
           w[1] >= least;
}

static int make(struct ln_dnn *dnn, enum ln_pass pass, const void *desc, const struct ln_layout *weights,
                const struct ln_prim *forward, struct ln_prim **prim) {
    struct ln_conv_desc d = *(const struct ln_conv_desc *)desc;
    d.weights_layout = weights;
    d.forward = forward;
    if (forward) { /* the backward passes use the forward pass's layouts */
        d.src_layout = ln_prim_layout(forward, LN_ARG_SRC);
        d.dst_layout = ln_prim_layout(forward, LN_ARG_DST);
    }
    if (d.winograd) { /* if this oneDNN has it, on this processor and for these layouts */
        /* oneDNN would choose transformed weights, which gain nothing in training. */
        if (!weights && d.train) d.weights_layout = ln_layout_get(dnn, LN_F32, &d.weights, LN_OIHW16I16O);
        if (!d.weights_layout && d.train) return LINNET_ERR_LIMIT;
        int status = ln_prim_conv(dnn, pass, &d, prim);
        if (status == LINNET_OK || status == LINNET_ERR_LIMIT) return status;
        ln_error_clear();
        d.winograd = false;
        d.weights_layout = weights;
    }
    return ln_prim_conv(dnn, pass, &d, prim);
}

/* All passes with the activations in one format. */
static int try_format(struct ln_passes *passes, struct ln_prep *prep, const struct ln_conv_desc *conv,
                      enum ln_format format) {
    struct ln_conv_desc d = *conv;
    bool keep_plain = prep->in[0]->format == LN_PLAIN && d.src.dim[1] <= 4;
    d.winograd = suits_winograd(conv, prep);
    d.src_layout = keep_plain ? prep->in[0] : ln_layout_get(prep->dnn, d.dtype, &d.src, format);
    d.dst_layout = ln_layout_get(prep->dnn, d.dtype, &d.dst, format);
    if (!d.src_layout || !d.dst_layout) return LINNET_ERR_LIMIT;
    return ln_passes_create(passes, prep, make, &d);
}

/* oneDNN chooses the layouts for the forward pass and may then have only its slow reference for a backward
 * pass, so these formats are tried in order until all passes are fast. A plain input of few channels (the
 * first layer's) stays plain. */
static const enum ln_format choices[] = {LN_ANY, LN_NCHW16C, LN_NCHW8C, LN_NHWC, LN_PLAIN};
enum { CHOICES = sizeof choices / sizeof *choices };

/* In inference oneDNN prefers nhwc for direct sums and nChw16c for Winograd. In a network that has both, an
 * input in blocks stays in blocks, so nothing is reordered. */
static enum ln_format choice_of(const struct ln_prep *prep, int i) {
    bool both = ln_dnn_has_winograd() && prep->dtype == LN_F32;
    bool keep = i == 0 && !prep->train && both && prep->in[0]->format == LN_NCHW16C;
    return keep ? LN_NCHW16C : choices[i];
}

static bool suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    return true;
}

static int prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    const struct ln_layout *weights = prep->param[0];
    struct ln_passes *passes = *state = ln_calloc(1, sizeof *passes);
    if (!passes) return LINNET_ERR_LIMIT;
    for (int i = 0; i < CHOICES; i++) {
        bool last = i == CHOICES - 1;
        prep->param[0] = weights;
        int status = try_format(passes, prep, d, choice_of(prep, i));
        if (status == LINNET_OK && (last || ln_passes_fast(passes))) break;
        if (last || status == LINNET_ERR_LIMIT) return status;
        ln_passes_destroy(passes);
        *passes = (struct ln_passes){0};
        ln_error_clear();
    }
    prep->in[0] = ln_prim_layout(passes->forward, LN_ARG_SRC);
    prep->out = ln_prim_layout(passes->forward, LN_ARG_DST);
    return LINNET_OK;
}

static int forward(void *passes, const struct ln_args *a) {
    return ln_passes_forward(passes, a);
}

static int backward(void *passes, const struct ln_args *a) {
    return ln_passes_backward(passes, a);
}

static struct ln_passes *passes_of(void *passes) {
    return passes;
}

static void destroy(void *passes) {
    if (passes) ln_passes_destroy(passes);
    ln_free(passes);
}

/* oneDNN's Winograd applies only rectifiers; it is fast enough to be worth a separate pass for any other activation. */
static bool applies(const struct ln_conv_desc *d, const struct ln_prep *prep,
                    const struct ln_activation *act) {
    return act->rectifies || !(ln_dnn_has_winograd() && suits_winograd(d, prep));
}

const struct ln_conv_way ln_conv_way_onednn = {
    .adds = true,
    .applies = applies,
    .suits = suits,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .passes = passes_of,
};

/* ---- as a product -------------------------------------------------------------------------------------- */

static bool product_suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    return ln_conv_covers_input(d);
}

static int product_prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    struct ln_passes *passes = *state = ln_calloc(1, sizeof *passes);
    if (!passes) return LINNET_ERR_LIMIT;
    static const struct ln_activation none;
    return ln_product_prepare(prep, (int)d->dst.dim[1], d->bias, d->act ? d->act : &none, passes);
}

const struct ln_conv_way ln_conv_way_product = {
    .applies = ln_conv_applies_all,
    .suits = product_suits,
    .prepare = product_prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .passes = passes_of,
};
