/* What every op's tests share: a network around one layer, run as a plan and compared with the formulas.
 *
 *     static const struct op_reference reference = {&ln_op_tanh, forward, backward};
 *     static const struct op_case cases[] = {{{2, 3, 5, 4}, &(const struct ln_tanh_attrs){...}}, ...};
 *     op_check(&reference, cases, sizeof cases / sizeof *cases);
 *
 * Each case runs behind the plain input and behind a convolution that copies it into the layout that
 * convolutions like; with one thread and with two; poisoned and not; as built and as parsed back from its
 * text.
 */
#ifndef LN_TESTS_OP_TEST_H
#define LN_TESTS_OP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h leans on the four above. */
#include <cmocka.h>

#include "graph/plan.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One layer on one input, in double precision and plain layouts. */
struct op_problem {
    struct ln_shape in, out;
    size_t count;      /* numbers of the output */
    const void *attrs; /* defaults filled in */
    const double *x, *param[LN_OP_PARAMS];
};

struct op_reference {
    const struct ln_op *op;
    void (*forward)(const struct op_problem *p, double *y);
    void (*backward)(const struct op_problem *p, const double *dy, double *dx, double *dparam[LN_OP_PARAMS]);
    /* dparam of a buffer: what it is after the step */
    bool sums; /* linear in x and in each parameter: rounding is measured against the sum of sizes */
    bool flat; /* takes a flattened input */
};

struct op_case {
    int in[4]; /* n, c, h, w */
    const void *attrs;
};

void op_check(const struct op_reference *reference, const struct op_case *cases, size_t count);

/* The layer must refuse an input of this shape with this code, and the message must contain `part`. */
struct op_refusal {
    int in[4];
    const void *attrs;
    const char *code, *part;
};
void op_refuse(const struct ln_op *op, bool flat, const struct op_refusal *refusals, size_t count);

/* The layer's line as the text form has it, and its parameters and multiply-adds for one image. */
struct op_facts {
    int in[4];
    const void *attrs;
    const char *line;
    int out[4]; /* c, h, w, 0 or features, 0 */
    int64_t parameters, macs;
};
void op_facts_check(const struct ln_op *op, bool flat, const struct op_facts *facts, size_t count);

/* Random numbers in [-1, 1), the same for the same stream. */
void op_fill(float *data, size_t count, uint32_t stream);
/* A network around one layer, not yet finished; front: the layer follows the copying convolution. */
struct ln_net *op_net(const struct ln_op *op, bool flat, const struct op_case *c, bool front);
/* Sets the weights of the copying convolution, if the network has one. */
void op_front_set(struct ln_plan *plan);

#endif
