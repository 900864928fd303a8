/* Folding a batch normalisation into weights. */
#include "op/fold.h"

#include <math.h>
#include <string.h>

static size_t scratch_of(const struct ln_prim *prim) {
    return prim ? ln_prim_scratch(prim) : 0;
}

/* from: the layout of the parameters; to: the layout that the kernel reads. */
static int fold_create(struct ln_fold *f, const struct ln_prep *prep, int64_t k, const struct ln_layout *from,
                       const struct ln_layout *to) {
    *f = (struct ln_fold){.norm = prep->epilogue.norm, .eps = prep->epilogue.eps, .k = k};
    f->plain = ln_layout_get(prep->dnn, LN_F32, &from->shape, LN_PLAIN);
    if (!f->plain) return LINNET_ERR_LIMIT;
    if (from != f->plain) LN_TRY(ln_prim_reorder(prep->dnn, from, f->plain, &f->to_plain));
    if (to != f->plain) LN_TRY(ln_prim_reorder(prep->dnn, f->plain, to, &f->from_plain));
    size_t one = scratch_of(f->to_plain), other = scratch_of(f->from_plain);
    f->weights = ln_size_align(to->bytes, 64);
    f->bias = (size_t)k * sizeof(float);
    f->scratch = ln_size_align(f->plain->bytes, 64) + (one > other ? one : other);
    return LINNET_OK;
}

int ln_fold_prepare(struct ln_fold *f, struct ln_prep *prep, int64_t k, struct ln_passes *passes) {
    const struct ln_layout *from = prep->param[0], *to = passes && passes->weights ? passes->weights : from;
    if (!prep->epilogue.norm && (prep->train || to == from)) return LINNET_OK;
    prep->folds_plain = prep->borrows && prep->epilogue.norm && !prep->param_view[0];
    if (prep->folds_plain) from = ln_layout_get(prep->dnn, LN_F32, &from->shape, LN_PLAIN);
    if (!from) return LINNET_ERR_LIMIT;
    if (passes) ln_passes_drop_reorder(passes);
    LN_TRY(fold_create(f, prep, k, from, to));
    prep->constant = f->weights + f->bias;
    if (f->scratch > prep->scratch_forward) prep->scratch_forward = f->scratch;
    return LINNET_OK;
}

void ln_fold_destroy(struct ln_fold *f) {
    ln_prim_destroy(f->to_plain);
    ln_prim_destroy(f->from_plain);
}

static int reorder(struct ln_prim *prim, const void *from, void *to, void *scratch) {
    return ln_prim_run(
        prim, (void *[LN_ARGS]){[LN_ARG_SRC] = (void *)from, [LN_ARG_DST] = to, [LN_ARG_SCRATCH] = scratch});
}

/* Writes the scaled rows [k][columns] of `from` to `to`, and computes the biases. */
static void scale(const struct ln_fold *f, const struct ln_args *a, const float *from, float *to,
                  float *bias) {
    int64_t columns = (int64_t)(f->plain->bytes / sizeof(float)) / f->k;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < f->k; k++) {
        double variance = (double)a->norm[LN_NORM_VARIANCE][k], b = a->param[1] ? (double)a->param[1][k] : 0;
        double s = (double)a->norm[LN_NORM_WEIGHT][k] / sqrt(variance + f->eps);
        for (int64_t i = k * columns; i < (k + 1) * columns; i++) to[i] = (float)((double)from[i] * s);
        bias[k] = (float)((b - (double)a->norm[LN_NORM_MEAN][k]) * s + (double)a->norm[LN_NORM_BIAS][k]);
    }
}

int ln_fold_refresh(const struct ln_fold *f, const struct ln_args *a) {
    float *plain = f->from_plain ? a->scratch : a->constant,
          *bias = (float *)((char *)a->constant + f->weights);
    void *scratch = (char *)a->scratch + ln_size_align(f->plain->bytes, 64);
    const float *from = a->param[0];
    if (f->to_plain) {
        LN_TRY(reorder(f->to_plain, from, plain, scratch));
        from = plain;
    }
    if (f->norm) {
        scale(f, a, from, plain, bias);
        from = plain;
    } else if (a->param[1]) {
        memcpy(bias, a->param[1], f->bias);
    }
    if (f->from_plain) return reorder(f->from_plain, from, a->constant, scratch);
    if (from != a->constant) memcpy(a->constant, from, f->plain->bytes);
    return LINNET_OK;
}

struct ln_args ln_fold_args(const struct ln_fold *f, const struct ln_args *a) {
    struct ln_args folded = *a;
    if (!f->plain) return folded;
    folded.param[0] = a->constant;
    folded.param[1] = (float *)((char *)a->constant + f->weights);
    return folded;
}
