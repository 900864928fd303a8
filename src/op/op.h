/* A layer: one file, one descriptor, one line in op_list.h. Everything about it is in its file: attributes,
 * shape rule, parameters, cost, preparation, forward, backward. docs/add-an-op.md walks through it.
 *
 * Life of a layer in a plan: shape() and params() when the network is built; prepare() once, when the plan is
 * compiled for a batch size, to create primitives, choose layouts and state how much memory is needed; refresh()
 * before a step of inference whenever parameters may have changed; forward() and backward() every step, on
 * addresses that never change; destroy() at the end.
 */
#ifndef LN_OP_OP_H
#define LN_OP_OP_H

#include "comm/comm.h"
#include "dnn/dnn.h"
#include "op/attr.h"
#include "op/kernel.h"
#include "tensor/bf16.h"

enum { LN_OP_INPUTS = 4, LN_OP_PARAMS = 5, LN_OP_DOUTS = 4 };

/* What a layer is to the plan, which knows layers by their role and their capabilities, never by name. */
enum ln_role {
    LN_ROLE_LAYER,      /* none of the others */
    LN_ROLE_ACTIVATION, /* one function of each number: op->activation */
    LN_ROLE_NORM, /* a normalisation by channel: parameters in the order of LN_NORM_..., attribute eps */
    LN_ROLE_SUM,  /* the sum of its inputs */
    LN_ROLE_JOIN, /* its inputs side by side along the channels */
    LN_ROLE_LOSS, /* the plan adds one behind each output in training; attribute smoothing */
};

/* How a parameter is initialised. */
enum ln_init {
    LN_INIT_ZERO,
    LN_INIT_ONE,
    LN_INIT_UNIFORM_FAN_IN, /* uniform in +-1/sqrt(fan_in): PyTorch's default for layers with weights */
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
    double value; /* for LN_INIT_CONSTANT and LN_INIT_NORMAL */
};

/* Work of the layers behind that a layer does on its output before it stores the output, in this order. The plan
 * extends the epilogue as long as the descriptor's fuses() agrees. */
struct ln_epilogue {
    bool norm; /* y is normalised by running statistics (args.norm) */
    double eps;
    bool add;                 /* input 1, of the output's shape, is added */
    struct ln_activation act; /* y = f(y), if it exists */
};

/* What a layer does in a plan with 8-bit inference. */
enum ln_eight {
    LN_EIGHT_NONE,    /* it computes in fp32 */
    LN_EIGHT_PRODUCT, /* it multiplies 8-bit numbers; parameter 0 is the weights */
    LN_EIGHT_MOVE,    /* it copies or compares numbers of one scale: inputs and output may stay 8-bit */
    LN_EIGHT_MEAN,    /* it averages 8-bit numbers; the output has a scale of its own, or is fp32 */
};

/* 8-bit numbers: a real number is scale times an integer, u8 or s8. Weights have a scale for each output channel. */
struct ln_prep_int8 {
    bool on;           /* in[] are 8-bit layouts, except for an input 1 that is added to an fp32 output */
    enum ln_dtype out; /* of the output: u8, s8, fp32 */
    float in_scale[2], out_scale; /* out_scale 1 for fp32 */
    const float *weight_scales;   /* [k], borrowed for the life of the plan */
};

/* What prepare() is given and what it fills in. Layouts in [brackets] may be replaced by one that the layer
 * prefers: the plan then reorders. */
struct ln_prep {
    /* given */
    struct ln_dnn *dnn;
    const struct ln_op *op;
    const char *name;
    const void *attrs;
    bool train, direct; /* direct: no Winograd */
    /* With train: the layer computes the same as in inference (running statistics, no dropout) and passes a gradient
     * back. Its parameters have no gradients. */
    bool fixed;
    bool borrows;        /* the parameters lie plain in the caller's memory */
    enum ln_dtype dtype; /* of the layouts in in[] and of everything else but the parameters */
    bool wide;           /* the output may stay fp32: every reader accepts it */
    struct ln_prep_int8 int8;
    int inputs;
    bool need_din[LN_OP_INPUTS]; /* a gradient for this input is needed */
    struct ln_epilogue epilogue; /* only what fuses() agreed to */
    bool mask_input; /* input 0 is a rectifier's output: its gradient must be zero where it is zero */
    struct ln_shape out_shape;
    /* given and filled in */
    const struct ln_layout *in[LN_OP_INPUTS];    /* [the producers'] */
    const struct ln_layout *param[LN_OP_PARAMS]; /* NULL: choose; else given, by a plan that shares them */
    const struct ln_layout *param_view[LN_OP_PARAMS]; /* see struct ln_plan_param; NULL: no view */
    /* filled in */
    const struct ln_layout *out;
    const struct ln_layout *dout;              /* of the incoming gradient; NULL: as out */
    const struct ln_layout *din[LN_OP_INPUTS]; /* of the outgoing gradients; NULL: as in */
    bool folds_plain; /* parameter 0 is read by refresh() alone, in plain layout whatever param[0] is */
    size_t saved;     /* bytes kept from forward to backward */
    size_t constant;  /* bytes that refresh() computes from the parameters */
    size_t scratch_forward, scratch_backward;
    bool view;                   /* the output is the input's bytes: nothing runs, either way */
    bool reads_in, reads_out;    /* the backward pass reads input 0, the output */
    bool in_place[LN_OP_INPUTS]; /* forward may write its output over this input */
    int douts;         /* gradients of the output that backward() sums while it reads them; 0: only one */
    bool din_in_place; /* backward may write each din over any of the douts */
    bool din_is_dout;  /* the gradient of each input is the output's: nothing runs in the backward pass */
    const char *impl;  /* for the table: "jit:avx512_core", "own" */
    void *state;       /* the layer's, for destroy() */
};

/* The parameters of a normalisation, and of one that is folded into the layer before it. */
enum { LN_NORM_WEIGHT, LN_NORM_BIAS, LN_NORM_MEAN, LN_NORM_VARIANCE, LN_NORM_PARAMS };

/* The batch of all ranks, of which a step's images are a share. All zeros: the step has the whole batch. */
struct ln_op_share {
    int64_t first, total; /* the row of the first image here; images of all ranks */
    int64_t count;        /* images here; 0: the step computes one blank image that counts for nothing */
    double weight;        /* of all ranks' rows: the divisor of the loss */
    linnet_ranks
        *comm; /* batch normalisation uses the statistics of all ranks' images; NULL: of those here */
};

/* What a step works on. Shapes and layouts are those of prepare(). */
struct ln_args {
    const void *in[LN_OP_INPUTS];
    void *out;
    const void *dout, *douts[LN_OP_DOUTS]; /* dout is the first of them */
    int dout_count;
    void *din[LN_OP_INPUTS]; /* NULL: not wanted */
    float *param[LN_OP_PARAMS];
    float *dparam[LN_OP_PARAMS];       /* NULL: not wanted */
    const float *norm[LN_NORM_PARAMS]; /* epilogue.norm: [c] each */
    void *saved, *scratch, *constant;
    /* of the step */
    uint64_t seed;
    uint32_t node, step;        /* name a random stream together with seed */
    double *loss;               /* a loss adds itself here */
    const int32_t *labels;      /* [n]; negative: a row that does not count */
    const int32_t *other;       /* [n], the second labels of mixed images; NULL: not mixed */
    float share;                /* of the first label in the target of mixed images */
    const float *class_weights; /* [classes] of the loss; NULL: all equal */
    float scale;                /* the weight of this loss */
    struct ln_op_share ranks;
};

struct ln_op {
    const char *name;            /* in the text form */
    const char *torch;           /* torch.nn's name, for the layer table */
    const struct ln_attr *attrs; /* NULL: none */
    size_t attrs_size;
    int inputs; /* how many; 0: from one to LN_OP_INPUTS */
    enum ln_role role;
    enum ln_eight eight;
    const struct ln_activation *activation; /* LN_ROLE_ACTIVATION: its function, all but the name, */
    void (*activate)(const void *attrs,
                     struct ln_activation *f); /* completed from attributes; NULL: as it is */
    /* Can the layer do the whole epilogue, in the forward pass alone or in both passes? NULL: it can do none. */
    bool (*fuses)(const struct ln_epilogue *epilogue, bool backward);
    bool masks_input; /* the layer supports prep->mask_input */
    /* Refuses impossible shapes, with both numbers and the layer's name. */
    int (*shape)(const char *name, const void *attrs, const struct ln_shape *in, int inputs,
                 struct ln_shape *out);
    int (*params)(const void *attrs, const struct ln_shape *in,
                  struct ln_param_spec *params); /* count; NULL: none */
    int64_t (*macs)(const void *attrs, const struct ln_shape *in,
                    const struct ln_shape *out); /* NULL: not counted */
    /* Describes the layer's convolution or matrix product, for shapes that include the batch; NULL: none.
     * graph/floor.h measures it. */
    void (*kernel)(const void *attrs, const struct ln_shape *in, const struct ln_shape *out,
                   struct ln_kernel *kernel);
    int (*prepare)(struct ln_prep *prep);
    /* Makes the output and its gradients channels [first, ...) of a tensor laid out as `whole`. False, or NULL: the
     * layer cannot leave gaps. Called only if epilogue.add is not set. */
    bool (*slice)(void *state, const struct ln_layout *whole, int64_t first);
    int (*refresh)(void *state, const struct ln_args *args); /* computes args->constant; NULL: none */
    int (*forward)(void *state, const struct ln_args *args);
    int (*backward)(void *state, const struct ln_args *args); /* NULL: passes no gradient on */
    /* Recomputes out from in[] and saved, between forward() and backward(); NULL: cannot. */
    int (*recompute)(void *state, const struct ln_args *args);
    void (*destroy)(void *state); /* NULL is fine as state */
};

/* The line LN_OP(conv, ...) of op_list.h declares the descriptor ln_op_conv and the attributes, struct
 * ln_conv_attrs. */
#define LN_OP(name, ...)                    \
    extern const struct ln_op ln_op_##name; \
    struct ln_##name##_attrs {              \
        __VA_ARGS__                         \
    };
#include "op/op_list.h"
#undef LN_OP

const struct ln_op *ln_op_at(size_t i);               /* the i-th line of the list; NULL: past its end */
const struct ln_op *ln_op_find(const char *name);     /* NULL: no layer has this name */
const struct ln_op *ln_op_of_role(enum ln_role role); /* the first of the list; NULL: none */

/* The function of an activation with these attributes; for any other layer, one that does not exist. */
struct ln_activation ln_op_activation(const struct ln_op *op, const void *attrs);

#endif
