/* A convolution of few channels, with the batch in the lanes (kernel/conv_lanes.h). */
#include "kernel/conv_lanes.h"
#include "kernel/tuning.h"
#include "op/conv_way.h"

static int64_t filled(int64_t channels) {
    return ln_round_up(channels, ln_isa_lanes(ln_cpu_isa()));
}

/* Without AVX-512 oneDNN copies the windows of a plain grey image to a matrix (im2col) and multiplies. Zen 3,
 * one thread, LeNet-5's first layer, 128 images: 3.6 ms forward and 7.8 ms backward; with the batch in the
 * lanes 0.6 and 1.2 ms. */
static bool onednn_copies_windows(bool plain, int64_t channels) {
    return plain && channels == 1 && ln_cpu_isa() != LN_ISA_AVX512;
}

/* True if oneDNN, which pads the channels to whole vectors, would do more than 1.6 times the work: below that
 * ratio its kernels were faster, at 2 ours were always faster. A plain input of the first layer is not padded.
 * The weights must be plain, which a plan that shares weights cannot choose. */
static bool suits(const struct ln_conv_desc *d, const struct ln_prep *prep) {
    if (d->dtype != LN_F32 || !ln_conv_slides(d) || d->src.dim[0] % 16 != 0) return false;
    if (!ln_conv_weights_are_plain(prep)) return false;
    int64_t c = d->src.dim[1], k = d->dst.dim[1];
    bool plain = prep->in[0]->format == LN_PLAIN;
    if (onednn_copies_windows(plain, c)) return true;
    int64_t fill = (plain && c <= 4 ? c : filled(c)) * filled(k);
    return LN_TUNE_LANES_DENOMINATOR * fill > LN_TUNE_LANES_NUMERATOR * c * k;
}

static int prepare(const struct ln_conv_desc *d, struct ln_prep *prep, void **state) {
    const int64_t *x = d->src.dim, *w = d->weights.dim, *y = d->dst.dim;
    struct ln_lanes *lanes = *state = ln_lanes_create(
        &(struct ln_lanes_conv){x[0], x[1], x[2], x[3], w[0], w[2], w[3], y[2], y[3], d->act != NULL});
    if (!lanes) return LINNET_ERR_LIMIT;
    prep->impl = "own";
    prep->scratch_forward = ln_lanes_scratch(lanes);
    prep->scratch_backward = prep->train ? prep->scratch_forward : 0;
    return ln_conv_layouts(d, LN_NCHW16N, LN_PLAIN, prep);
}

static int forward(void *lanes, const struct ln_args *a) {
    ln_lanes_forward(lanes, a->in[0], a->param[0], a->param[1], a->out, a->scratch);
    return LINNET_OK;
}

static int backward(void *lanes, const struct ln_args *a) {
    if (a->dparam[0])
        ln_lanes_backward_weights(lanes, a->in[0], a->dout, a->dparam[0], a->dparam[1], a->scratch);
    if (a->din[0]) ln_lanes_backward_data(lanes, a->dout, a->param[0], a->din[0], a->scratch);
    return LINNET_OK;
}

static void destroy(void *lanes) {
    ln_lanes_destroy(lanes);
}

const struct ln_conv_way ln_conv_way_lanes = {
    .applies = ln_conv_only_rectifies,
    .suits = suits,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
};
