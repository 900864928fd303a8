#include "op/op_joins.h"

#include <string.h>

static size_t count_of(const struct ln_shape *shape) {
    size_t count = 0;
    assert_true(ln_shape_count(shape, &count));
    return count;
}

bool op_is_join(const struct ln_op *op) {
    return op == &ln_op_add || op == &ln_op_concat;
}

/* Elements in one image of input i, and the offset at which they begin in an image of the output. */
static void span_of(const struct op_join *j, int i, size_t *run, size_t *before) {
    *before = 0;
    for (int k = 0; k <= i; k++) {
        *run = count_of(&j->in[k]) / (size_t)j->in[k].dim[0];
        if (k < i && j->op == &ln_op_concat) *before += *run;
    }
}

void op_join_forward(const struct op_join *j, const double *const *x, double *y) {
    size_t images = (size_t)j->out.dim[0], whole = count_of(&j->out) / images, run, before;
    memset(y, 0, count_of(&j->out) * sizeof *y);
    for (int i = 0; i < j->inputs; i++) {
        span_of(j, i, &run, &before);
        for (size_t n = 0; n < images; n++)
            for (size_t k = 0; k < run; k++) y[n * whole + before + k] += x[i][n * run + k];
    }
}

void op_join_backward(const struct op_join *j, const double *dy, double *const *dx) {
    size_t images = (size_t)j->out.dim[0], whole = count_of(&j->out) / images, run, before;
    for (int i = 0; i < j->inputs; i++) {
        span_of(j, i, &run, &before);
        for (size_t n = 0; n < images; n++)
            for (size_t k = 0; k < run; k++) dx[i][n * run + k] += dy[n * whole + before + k];
    }
}
