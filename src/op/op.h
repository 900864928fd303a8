/* A layer: one file, one descriptor, one line in op_list.h. Everything about it is in its file: attributes,
 * shape rule, parameters, cost, preparation, forward, backward. docs/add-an-op.md walks through it.
 *
 * Life of a layer in a plan: shape() and params() when the network is built; prepare() once, when it is
 * compiled for a batch size: it creates primitives, says which layouts it takes and gives, and how much
 * memory it keeps; refresh() before a step of inference whenever parameters may have changed; forward() and
 * backward() every step, on addresses that never change; destroy() at the end.
 */
#ifndef LN_OP_OP_H
#define LN_OP_OP_H

#include "dnn/dnn.h"
#include "op/attr.h"
#include "op/kernel.h"
#include "tensor/bf16.h"

enum { LN_OP_INPUTS = 4, LN_OP_PARAMS = 5, LN_OP_DOUTS = 4 };

/* How a parameter starts. */
enum ln_init {
    LN_INIT_ZERO,
    LN_INIT_ONE,
    LN_INIT_UNIFORM_FAN_IN, /* uniform in +-1/sqrt(fan_in), PyTorch's default for convolution and linear
                               layers */
    LN_INIT_CONSTANT,       /* the spec's value */
    LN_INIT_NORMAL,         /* mean 0, standard deviation the spec's value */
    /* normal, with variance 2 / fan_in or 2 / fan_out: He, Zhang, Ren, Sun, "Delving deep into rectifiers"
     * (2015), equations 10 and 14 */
    LN_INIT_KAIMING_FAN_IN,
    LN_INIT_KAIMING_FAN_OUT,
};

struct ln_param_spec {
    const char *name; /* "weight": what follows the layer's name in a state_dict */
    struct ln_shape shape;
    enum ln_dtype dtype; /* in a file; in memory all are fp32 */
    enum ln_init init;
    int64_t fan_in;
    bool buffer;  /* state, not trained: running statistics */
    double value; /* of a rule that has one */
};

/* What prepare() is told and what it answers. Layouts in [brackets] are replaced where the layer wants
 * another one: the plan then reorders. */
struct ln_prep {
    /* told */
    struct ln_dnn *dnn;
    const char *name;
    const void *attrs;
    bool train, direct;  /* direct: no Winograd */
    enum ln_dtype dtype; /* of the layouts in in[], and of what else is read and written but the parameters */
    bool wide;           /* the output may be fp32 all the same: nobody reads it who would not like that */
    int inputs;
    bool need_din[LN_OP_INPUTS]; /* a gradient for this input is wanted */
    /* what the layers behind it do, and this one on its way, in this order: only what its descriptor offers
     */
    bool
        norm_after; /* y is normalised by running statistics (args.norm), whose variance gets norm_eps more */
    double norm_eps;
    bool add_after;   /* input 1 is added, which is of the output's shape */
    bool relu_after;  /* the output is max(y, 0) */
    bool relu_before; /* the input is a ReLU's output, and its gradient is to be zero where that was:
                         masks_relu */
    struct ln_shape out_shape;
    /* told and answered */
    const struct ln_layout *in[LN_OP_INPUTS];    /* [the producers'] */
    const struct ln_layout *param[LN_OP_PARAMS]; /* NULL: choose; else given, by a plan that shares them */
    const struct ln_layout *param_view[LN_OP_PARAMS]; /* see struct ln_plan_param; NULL: none */
    /* answered */
    const struct ln_layout *out;
    const struct ln_layout *dout;              /* of the incoming gradient; NULL: as out */
    const struct ln_layout *din[LN_OP_INPUTS]; /* of the outgoing ones; NULL: as in */
    size_t saved;                              /* bytes kept from forward to backward */
    size_t constant; /* bytes that refresh() makes of the parameters, kept as long as those stay the same */
    size_t scratch_forward, scratch_backward;
    bool view;                   /* the output is the input's bytes: nothing runs, either way */
    bool reads_in, reads_out;    /* in the backward pass: input 0, the output */
    bool in_place[LN_OP_INPUTS]; /* forward may write its output over this input */
    int douts;         /* gradients of the output that backward() adds up on its way; 0: takes but one */
    bool din_in_place; /* backward may write each din over any of the douts */
    bool din_is_dout;  /* the gradient of each input is the output's: nothing runs in the backward pass */
    const char *impl;  /* for the table: "jit:avx512_core", "own" */
    void *state;       /* the layer's, for destroy() */
};

/* What a batch normalisation that a layer folds in is made of. */
enum { LN_NORM_WEIGHT, LN_NORM_BIAS, LN_NORM_MEAN, LN_NORM_VARIANCE, LN_NORM_PARAMS };

/* What a step works on. Shapes and layouts are those that prepare() settled. */
struct ln_args {
    const void *in[LN_OP_INPUTS];
    void *out;
    const void *dout, *douts[LN_OP_DOUTS]; /* dout is the first of them */
    int dout_count;
    void *din[LN_OP_INPUTS]; /* NULL: not wanted */
    float *param[LN_OP_PARAMS];
    float *dparam[LN_OP_PARAMS];
    const float *norm[LN_NORM_PARAMS]; /* norm_after: [c] each */
    void *saved, *scratch, *constant;
    /* of the step */
    uint64_t seed;
    uint32_t node, step;   /* name a random stream together with seed */
    double *loss;          /* softmax_xent: adds its loss here */
    const int32_t *labels; /* [n]; negative: a row that does not count */
    const int32_t *other;  /* [n], of mixed images: the second label; NULL: there is none */
    float share;           /* of the first label in the target, where there is a second */
    float scale;           /* softmax_xent: the weight of this loss */
};

struct ln_op {
    const char *name;            /* in the text form */
    const char *torch;           /* torch.nn's name, for the layer table */
    const struct ln_attr *attrs; /* NULL: none */
    size_t attrs_size;
    int inputs; /* how many; 0: from one to LN_OP_INPUTS */
    /* What it can do for the layers behind it, see ln_prep: both ways; or forward, which is all in inference.
     * And for a ReLU before it, backward. */
    bool fuses_relu, fuses_add;
    bool fuses_relu_forward, fuses_add_forward, folds_norm_forward;
    bool masks_relu;
    /* Refuses what can't be, with both numbers and the layer's name. */
    int (*shape)(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                 struct ln_shape *out);
    int (*params)(const void *attrs, const struct ln_shape *in,
                  struct ln_param_spec *params); /* count; NULL: none */
    int64_t (*macs)(const void *attrs, const struct ln_shape *in,
                    const struct ln_shape *out); /* NULL: none counted */
    /* The kernel that it can't do without, for shapes with the batch in them; NULL: none. For measuring
     * (graph/floor.h). */
    void (*kernel)(const void *attrs, const struct ln_shape *in, const struct ln_shape *out,
                   struct ln_kernel *kernel);
    int (*prepare)(struct ln_prep *prep);
    /* From now on the output, and the gradients of it, are channels [first, ...) of a tensor that lies as
     * `whole`; false, and NULL: it can't. Only for layers that are told of no add_after. */
    bool (*slice)(void *state, const struct ln_layout *whole, int64_t first);
    int (*refresh)(void *state, const struct ln_args *args); /* args->constant anew; NULL: it has none */
    int (*forward)(void *state, const struct ln_args *args);
    int (*backward)(void *state, const struct ln_args *args); /* NULL: passes no gradient on */
    /* Between the two: out, as forward() made it, from in[] and saved; NULL: it can't be had so. */
    int (*again)(void *state, const struct ln_args *args);
    void (*destroy)(void *state); /* NULL is fine as state */
};

/* A line of op_list.h is ln_op_conv, the descriptor, and struct ln_conv_attrs, its attributes. */
#define LN_OP(name, ...)                    \
    extern const struct ln_op ln_op_##name; \
    struct ln_##name##_attrs {              \
        __VA_ARGS__                         \
    };
#include "op/op_list.h"
#undef LN_OP

const struct ln_op *ln_op_find(const char *name); /* NULL: none of that name */

#endif
