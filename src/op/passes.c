/* Three passes, one layout of the weights. */
#include "op/passes.h"

#include <string.h>

/* Reads the weights in the given layout. If only a slower implementation can do that, reads them in the layout that
 * the best one prefers, after a reorder. */
static int create_forward(struct ln_passes *p, struct ln_prep *prep, ln_passes_make *make, const void *desc) {
    const struct ln_layout *given = prep->param[0];
    LN_TRY(make(prep->dnn, LN_FORWARD, desc, NULL, NULL, &p->forward));
    const struct ln_layout *preferred = ln_prim_layout(p->forward, LN_ARG_WEIGHTS);
    if (ln_layout_is_opaque(preferred)) {
        p->transformed = true;
        if (given) return LINNET_OK;
        prep->param[0] = ln_layout_get(prep->dnn, LN_F32, &preferred->shape, LN_PLAIN);
        return prep->param[0] ? LINNET_OK : LINNET_ERR_LIMIT;
    }
    if (preferred->dtype != LN_F32 || !given || given == preferred) return LINNET_OK;
    struct ln_prim *as_given = NULL;
    int status = make(prep->dnn, LN_FORWARD, desc, given, NULL, &as_given);
    if (status == LINNET_ERR_LIMIT) return status;
    if (status == LINNET_OK && strcmp(ln_prim_impl(as_given), ln_prim_impl(p->forward)) == 0) {
        ln_prim_destroy(p->forward);
        p->forward = as_given;
        return LINNET_OK;
    }
    ln_prim_destroy(as_given);
    ln_error_clear();
    return ln_prim_reorder(prep->dnn, given, preferred, &p->reorder_forward);
}

/* In bf16 the kernels read a copy, converted whenever they run: the parameters are fp32 and have the layout
 * of their gradient. */
static int create_copy(struct ln_passes *p, struct ln_prep *prep, ln_passes_make *make, const void *desc) {
    const struct ln_layout *preferred = ln_prim_layout(p->forward, LN_ARG_WEIGHTS);
    if (p->transformed || preferred->dtype == LN_F32) return LINNET_OK;
    if (!prep->param[0] && prep->train && !prep->fixed) {
        LN_TRY(make(prep->dnn, LN_BACKWARD_WEIGHTS, desc, NULL, p->forward, &p->dweights));
        prep->param[0] = ln_prim_layout(p->dweights, LN_ARG_DWEIGHTS);
    } else if (!prep->param[0]) {
        prep->param[0] = ln_layout_get(prep->dnn, LN_F32, &preferred->shape, LN_PLAIN);
    }
    if (!prep->param[0]) return LINNET_ERR_LIMIT;
    return ln_prim_reorder(prep->dnn, prep->param[0], preferred, &p->reorder_forward);
}

/* Creates the primitive for the weights as they lie. If that is not fast, or the weights have another type, the
 * primitive gets its preferred layout and a reorder. */
static int create_backward(struct ln_prep *prep, ln_passes_make *make, const void *desc, enum ln_pass pass,
                           const struct ln_prim *forward, const struct ln_layout *weights,
                           struct ln_prim **prim, struct ln_prim **reorder) {
    bool data = pass == LN_BACKWARD_DATA;
    if (!data || weights->dtype == prep->dtype) {
        int status = make(prep->dnn, pass, desc, weights, forward, prim);
        if (status == LINNET_ERR_LIMIT || (status == LINNET_OK && !ln_prim_is_reference(*prim)))
            return status;
        if (status == LINNET_OK) ln_prim_destroy(*prim);
        *prim = NULL;
        ln_error_clear();
    }
    LN_TRY(make(prep->dnn, pass, desc, NULL, forward, prim));
    const struct ln_layout *theirs = ln_prim_layout(*prim, data ? LN_ARG_WEIGHTS : LN_ARG_DWEIGHTS);
    if (theirs == weights) return LINNET_OK;
    return data ? ln_prim_reorder(prep->dnn, weights, theirs, reorder)
                : ln_prim_reorder(prep->dnn, theirs, weights, reorder);
}

/* One copy serves both directions if both read the same layout. */
static void keep_copy(struct ln_passes *p, struct ln_prep *prep) {
    prep->saved = 0;
    if (!p->reorder_forward || !p->reorder) return;
    const struct ln_layout *copy = ln_prim_layout(p->reorder_forward, LN_ARG_DST);
    if (ln_prim_layout(p->reorder, LN_ARG_DST) != copy) return;
    p->keeps = true;
    prep->saved = copy->bytes;
    ln_prim_destroy(p->reorder);
    p->reorder = NULL;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t scratch_of(const struct ln_prim *prim) {
    return prim ? ln_prim_scratch(prim) : 0;
}

/* [scratch of any primitive][the reordered copy] */
static size_t forward_scratch(struct ln_passes *p) {
    p->spare_forward = ln_size_align(larger(scratch_of(p->forward), scratch_of(p->reorder_forward)), 64);
    bool here = p->reorder_forward && !p->keeps;
    return p->spare_forward + (here ? ln_prim_layout(p->reorder_forward, LN_ARG_DST)->bytes : 0);
}

static size_t backward_scratch(struct ln_passes *p) {
    size_t copy = p->reorder ? ln_prim_layout(p->reorder, LN_ARG_DST)->bytes : 0;
    if (p->reorder_dw) copy = larger(copy, ln_prim_layout(p->reorder_dw, LN_ARG_SRC)->bytes);
    size_t scratch = larger(larger(scratch_of(p->dweights), scratch_of(p->dsrc)),
                            larger(scratch_of(p->reorder), scratch_of(p->reorder_dw)));
    p->spare = ln_size_align(scratch, 64);
    return p->spare + copy;
}

int ln_passes_create(struct ln_passes *p, struct ln_prep *prep, ln_passes_make *make, const void *desc) {
    LN_TRY(create_forward(p, prep, make, desc));
    LN_TRY(create_copy(p, prep, make, desc));
    const struct ln_layout *weights = prep->param[0];
    if (!weights) weights = ln_prim_layout(p->forward, LN_ARG_WEIGHTS);
    if (prep->train && !prep->fixed && !p->dweights)
        LN_TRY(create_backward(prep, make, desc, LN_BACKWARD_WEIGHTS, p->forward, weights, &p->dweights,
                               &p->reorder_dw));
    if (prep->train && prep->need_din[0])
        LN_TRY(
            create_backward(prep, make, desc, LN_BACKWARD_DATA, p->forward, weights, &p->dsrc, &p->reorder));
    p->weights = ln_prim_layout(p->forward, LN_ARG_WEIGHTS);
    keep_copy(p, prep);
    prep->param[0] = weights;
    prep->param[1] = ln_prim_layout(p->forward, LN_ARG_BIAS);
    prep->reads_in = true;
    prep->impl = ln_prim_impl(p->forward);
    prep->scratch_forward = forward_scratch(p);
    prep->scratch_backward = prep->train ? backward_scratch(p) : 0;
    return LINNET_OK;
}

int ln_passes_create_matvec(struct ln_passes *p, struct ln_prep *prep, bool bias) {
    struct ln_shape weights = ln_shape_of(p->matvec.k, p->matvec.c), biases = ln_shape_of(p->matvec.k);
    p->weights = ln_layout_get(prep->dnn, prep->dtype, &weights, LN_PLAIN);
    prep->param[0] = ln_layout_get(prep->dnn, LN_F32, &weights, LN_PLAIN);
    prep->param[1] = bias ? ln_layout_get(prep->dnn, LN_F32, &biases, LN_PLAIN) : NULL;
    prep->impl = "own";
    return p->weights && prep->param[0] && (prep->param[1] || !bias) ? LINNET_OK : LINNET_ERR_LIMIT;
}

void ln_passes_destroy(struct ln_passes *p) {
    ln_prim_destroy(p->forward);
    ln_prim_destroy(p->dweights);
    ln_prim_destroy(p->dsrc);
    ln_prim_destroy(p->reorder_forward);
    ln_prim_destroy(p->reorder);
    ln_prim_destroy(p->reorder_dw);
}

void ln_passes_drop_reorder(struct ln_passes *p) {
    ln_prim_destroy(p->reorder_forward);
    p->reorder_forward = NULL;
}

bool ln_passes_fast(const struct ln_passes *p) {
    const struct ln_prim *all[] = {p->forward, p->dweights, p->dsrc};
    for (int i = 0; i < 3; i++)
        if (all[i] && ln_prim_is_reference(all[i])) return false;
    return true;
}

static int run_reorder(struct ln_prim *prim, void *from, void *to, void *scratch) {
    return ln_prim_run(prim,
                       (void *[LN_ARGS]){[LN_ARG_SRC] = from, [LN_ARG_DST] = to, [LN_ARG_SCRATCH] = scratch});
}

/* Where the reordered copy lies; without a copy there may be no scratch. */
static void *spare_at(const struct ln_args *a, size_t at) {
    return a->scratch ? (char *)a->scratch + at : NULL;
}

int ln_passes_forward(struct ln_passes *p, const struct ln_args *a) {
    if (p->matvec.n > 0) {
        ln_matvec_run(&p->matvec, a->in[0], a->param[0], a->param[1], a->out);
        ln_numbers_finish(p->out, NULL, a->out, &p->act);
        return LINNET_OK;
    }
    void *weights = a->param[0];
    if (p->reorder_forward) weights = p->keeps ? a->saved : spare_at(a, p->spare_forward);
    if (p->reorder_forward) LN_TRY(run_reorder(p->reorder_forward, a->param[0], weights, a->scratch));
    return ln_prim_run(p->forward, (void *[LN_ARGS]){[LN_ARG_SRC] = (void *)a->in[0],
                                                     [LN_ARG_WEIGHTS] = weights,
                                                     [LN_ARG_BIAS] = a->param[1],
                                                     [LN_ARG_DST] = a->out,
                                                     [LN_ARG_SCRATCH] = a->scratch});
}

static int backward_weights(struct ln_passes *p, const struct ln_args *a, void *spare) {
    void *dw = p->reorder_dw ? spare : a->dparam[0];
    LN_TRY(ln_prim_run(p->dweights, (void *[LN_ARGS]){[LN_ARG_SRC] = (void *)a->in[0],
                                                      [LN_ARG_DDST] = (void *)a->dout,
                                                      [LN_ARG_DWEIGHTS] = dw,
                                                      [LN_ARG_DBIAS] = a->dparam[1],
                                                      [LN_ARG_SCRATCH] = a->scratch}));
    return p->reorder_dw ? run_reorder(p->reorder_dw, dw, a->dparam[0], a->scratch) : LINNET_OK;
}

static int backward_data(struct ln_passes *p, const struct ln_args *a, void *spare) {
    void *weights = p->keeps ? a->saved : p->reorder ? spare : a->param[0];
    if (p->reorder) LN_TRY(run_reorder(p->reorder, a->param[0], weights, a->scratch));
    return ln_prim_run(p->dsrc, (void *[LN_ARGS]){[LN_ARG_DDST] = (void *)a->dout,
                                                  [LN_ARG_WEIGHTS] = weights,
                                                  [LN_ARG_DSRC] = a->din[0],
                                                  [LN_ARG_SCRATCH] = a->scratch});
}

int ln_passes_backward(struct ln_passes *p, const struct ln_args *a) {
    void *spare = spare_at(a, p->spare);
    if (p->dweights && a->dparam[0]) LN_TRY(backward_weights(p, a, spare));
    return a->din[0] ? backward_data(p, a, spare) : LINNET_OK;
}
