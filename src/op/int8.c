/* Layers with weights in 8 bits. */
#include "op/int8.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

struct ln_int8_layer {
    struct ln_prim *forward;
    struct ln_prim *columns; /* plain weights [k, c, h, w] into the order of the input's pixels, or NULL */
    struct ln_prim *weights; /* plain, or columns, into the layout of `forward` */
    int64_t k, row;          /* rows of the plain weights, and numbers in one */
    struct ln_prep_int8 scales;
    float limit; /* of the rounded weights: 127, or LN_INT8_NARROW at twice the scale */
    bool norm;
    double eps;
    size_t weight_bytes;   /* the constant is [weights][bias [k]] */
    size_t spare, scratch; /* refresh's scratch: [plain s8][columns s8][scratch of the reorders] */
    size_t added;          /* bytes of input 1, which is added; 0: none */
    float *multiplier;     /* [k] factors of the integer sums; */
    bool multiplies;       /* oneDNN has them */
    struct ln_activation act;
};

void ln_int8_destroy(struct ln_int8_layer *l) {
    if (!l) return;
    ln_prim_destroy(l->forward);
    ln_prim_destroy(l->columns);
    ln_prim_destroy(l->weights);
    ln_free(l->multiplier);
    ln_free(l);
}

bool ln_int8_applies(const struct ln_activation *act) {
    return !ln_activation_exists(act) || act->rectifies || act->eltwise == LN_ELTWISE_CLIP;
}

/* ---- preparation --------------------------------------------------------------------------------------- */

static int create(struct ln_int8_layer **out, const struct ln_prep *prep, int64_t k) {
    struct ln_int8_layer *l = *out = ln_calloc(1, sizeof *l);
    if (!l) return LINNET_ERR_LIMIT;
    l->k = k;
    l->scales = prep->int8;
    l->norm = prep->epilogue.norm;
    l->eps = prep->epilogue.eps;
    l->act = prep->epilogue.act;
    if (l->act.eltwise == LN_ELTWISE_CLIP) {
        l->act.alpha /= prep->int8.out_scale;
        l->act.beta /= prep->int8.out_scale;
    }
    l->multiplier = ln_calloc((size_t)k, sizeof *l->multiplier);
    return l->multiplier ? LINNET_OK : LINNET_ERR_LIMIT;
}

static size_t scratch_of(const struct ln_prim *prim) {
    return prim ? ln_prim_scratch(prim) : 0;
}

/* Creates the reorder from plain s8 weights of this shape to the kernel's layout, and computes all sizes. */
static int finish(struct ln_int8_layer *l, struct ln_prep *prep, const struct ln_shape *shape) {
    const struct ln_layout *kernels = ln_prim_layout(l->forward, LN_ARG_WEIGHTS),
                           *plain = ln_layout_get(prep->dnn, LN_I8, shape, LN_PLAIN);
    const struct ln_shape biases = ln_shape_of(l->k);
    prep->param[0] = ln_layout_get(prep->dnn, LN_F32, shape, LN_PLAIN);
    prep->param[1] = ln_layout_get(prep->dnn, LN_F32, &biases, LN_PLAIN);
    if (!plain || !prep->param[0] || !prep->param[1]) return LINNET_ERR_LIMIT;
    LN_TRY(ln_prim_reorder(prep->dnn, plain, kernels, &l->weights));
    l->row = (int64_t)plain->bytes / l->k;
    l->spare = ln_size_align(plain->bytes, 64);
    size_t one = scratch_of(l->columns), other = scratch_of(l->weights);
    l->scratch = 2 * l->spare + (one > other ? one : other);
    l->weight_bytes = ln_size_align(kernels->bytes, 64);
    prep->constant = l->weight_bytes + (size_t)l->k * sizeof(float);
    prep->out = ln_prim_layout(l->forward, LN_ARG_DST);
    prep->scratch_forward = ln_prim_scratch(l->forward);
    if (l->scratch > prep->scratch_forward) prep->scratch_forward = l->scratch;
    prep->impl = ln_prim_impl(l->forward);
    return LINNET_OK;
}

/* oneDNN's convolutions shift a signed input to u8, and without VNNI halve the weights themselves. */
static float limit_of(bool halved_by_onednn) {
    return ln_dnn_has_vnni() || halved_by_onednn ? 127 : LN_INT8_NARROW;
}

int ln_int8_prepare_conv(struct ln_int8_layer **layer, struct ln_prep *prep,
                         const struct ln_conv_desc *desc) {
    LN_TRY(create(layer, prep, desc->dst.dim[1]));
    struct ln_int8_layer *l = *layer;
    struct ln_int8 int8 = {.out = prep->int8.out};
    struct ln_conv_desc d = *desc;
    if (prep->epilogue.add) {
        int8.add = prep->in[1]->dtype;
        int8.add_scale = int8.add == LN_F32 ? 1 : prep->int8.in_scale[1] / prep->int8.out_scale;
    }
    d.int8 = &int8;
    d.bias = true;
    d.train = false;
    d.sum = prep->epilogue.add;
    d.act = ln_activation_exists(&l->act) ? &l->act : NULL;
    d.dtype = prep->in[0]->dtype;
    LN_TRY(ln_prim_conv(prep->dnn, LN_FORWARD, &d, &l->forward));
    l->limit = limit_of(d.dtype == LN_I8);
    LN_TRY(finish(l, prep, &d.weights));
    prep->in[0] = ln_prim_layout(l->forward, LN_ARG_SRC);
    if (!prep->epilogue.add) return LINNET_OK;
    prep->in_place[1] = true;
    l->added = prep->out->bytes;
    prep->in[1] = ln_layout_cast(prep->dnn, prep->out, int8.add);
    return prep->in[1] ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* Reads the input as rows of numbers in its own order, plain or channels last. The weights' columns have the same order, as
 * in op/product.h. */
static int view_input(struct ln_int8_layer *l, struct ln_prep *prep) {
    struct ln_shape s = prep->in[0]->shape;
    const enum ln_format format = prep->in[0]->format == LN_PLAIN || s.rank != 4 ? LN_PLAIN : LN_NHWC;
    prep->in[0] = ln_layout_get(prep->dnn, prep->in[0]->dtype, &s, format);
    if (!prep->in[0]) return LINNET_ERR_LIMIT;
    s.dim[0] = l->k;
    const struct ln_layout *plain = ln_layout_get(prep->dnn, LN_I8, &s, LN_PLAIN),
                           *columns = ln_layout_get(prep->dnn, LN_I8, &s, format);
    if (!plain || !columns) return LINNET_ERR_LIMIT;
    return plain == columns ? LINNET_OK : ln_prim_reorder(prep->dnn, plain, columns, &l->columns);
}

int ln_int8_prepare_linear(struct ln_int8_layer **layer, struct ln_prep *prep, int out) {
    LN_TRY(create(layer, prep, out));
    struct ln_int8_layer *l = *layer;
    LN_TRY(view_input(l, prep));
    const struct ln_int8 int8 = {.out = prep->int8.out};
    const struct ln_linear_desc d = {
        .n = prep->out_shape.dim[0],
        .c = (int64_t)prep->in[0]->bytes / prep->out_shape.dim[0],
        .k = out,
        .dtype = prep->in[0]->dtype,
        .bias = true,
        .act = ln_activation_exists(&l->act) ? &l->act : NULL,
        .int8 = &int8,
    };
    const struct ln_shape weights = ln_shape_of(d.k, d.c);
    LN_TRY(ln_prim_linear(prep->dnn, LN_FORWARD, &d, &l->forward));
    l->limit = limit_of(false);
    return finish(l, prep, &weights);
}

/* ---- passes -------------------------------------------------------------------------------------------- */

/* Divides w[k][row] by the scales and rounds. A narrow limit halves and rounds again, ties to even. */
static void round_weights(const struct ln_int8_layer *l, const float *w, int8_t *q) {
    for (int64_t k = 0; k < l->k; k++) {
        const float scale = l->scales.weight_scales[k];
        for (int64_t i = k * l->row; i < (k + 1) * l->row; i++) {
            float x = rintf(w[i] / scale);
            if (l->limit < 127) x = rintf(x / 2);
            q[i] = (int8_t)(x > l->limit ? l->limit : x < -l->limit ? -l->limit : x);
        }
    }
}

/* The multiplier and the bias of channel k, in units of the output. */
static float multiplier_of(const struct ln_int8_layer *l, const struct ln_args *a, int64_t k, float *bias) {
    const double out = (double)l->scales.out_scale;
    double s = 1, b = a->param[1] ? (double)a->param[1][k] : 0;
    if (l->norm) {
        s = (double)a->norm[LN_NORM_WEIGHT][k] / sqrt((double)a->norm[LN_NORM_VARIANCE][k] + l->eps);
        b = (b - (double)a->norm[LN_NORM_MEAN][k]) * s + (double)a->norm[LN_NORM_BIAS][k];
    }
    *bias = (float)(b / out);
    return (float)((double)l->scales.in_scale[0] * (double)l->scales.weight_scales[k] *
                   (l->limit < 127 ? 2 : 1) * s / out);
}

/* A normalisation may multiply a channel by 0. The channel then has the multiplier 1 and weights of 0, because oneDNN 2
 * divides the bias by the multiplier. */
static int set_multipliers(struct ln_int8_layer *l, const struct ln_args *a, float *bias, int8_t *q) {
    const float least = 1e-30F; /* below it a bias would become infinite */
    bool changed = !l->multiplies;
    for (int64_t k = 0; k < l->k; k++) {
        float m = multiplier_of(l, a, k, &bias[k]);
        if (!(fabsf(m) > least)) {
            memset(q + k * l->row, 0, (size_t)l->row);
            m = 1;
        }
        changed |= l->multiplier[k] != m;
        l->multiplier[k] = m;
    }
    ln_int8_bias(l->multiplier, bias, l->k);
    if (changed) LN_TRY(ln_prim_set_scales(l->forward, l->multiplier, l->k));
    l->multiplies = true;
    return LINNET_OK;
}

int ln_int8_refresh(struct ln_int8_layer *l, const struct ln_args *a) {
    int8_t *plain = a->scratch, *columns = plain + l->spare;
    void *scratch = columns + l->spare;
    round_weights(l, a->param[0], plain);
    LN_TRY(set_multipliers(l, a, (float *)((char *)a->constant + l->weight_bytes), plain));
    if (l->columns)
        LN_TRY(ln_prim_run(
            l->columns,
            (void *[LN_ARGS]){[LN_ARG_SRC] = plain, [LN_ARG_DST] = columns, [LN_ARG_SCRATCH] = scratch}));
    return ln_prim_run(l->weights, (void *[LN_ARGS]){[LN_ARG_SRC] = l->columns ? columns : plain,
                                                     [LN_ARG_DST] = a->constant,
                                                     [LN_ARG_SCRATCH] = scratch});
}

int ln_int8_forward(struct ln_int8_layer *l, const struct ln_args *a) {
    if (l->added && a->out != a->in[1]) memcpy(a->out, a->in[1], l->added);
    return ln_prim_run(l->forward, (void *[LN_ARGS]){[LN_ARG_SRC] = (void *)a->in[0],
                                                     [LN_ARG_WEIGHTS] = a->constant,
                                                     [LN_ARG_BIAS] = (char *)a->constant + l->weight_bytes,
                                                     [LN_ARG_DST] = a->out,
                                                     [LN_ARG_SCRATCH] = a->scratch});
}
