/* Inside the plan: what its files share. */
#ifndef LN_GRAPH_PLAN_IMPL_H
#define LN_GRAPH_PLAN_IMPL_H

#include "graph/plan.h"

enum { LN_NO_BUFFER = -1, LN_PLAN_GRADS = 8 };

/* A piece of the activation arena, alive from step `first` to step `last`, both included. */
struct ln_buffer {
    size_t bytes, offset;
    int first, last; /* first < 0: never used */
    bool external;   /* the caller's images: not in the arena */
};

enum ln_step_kind { LN_STEP_FORWARD, LN_STEP_RECOMPUTE, LN_STEP_BACKWARD, LN_STEP_REORDER, LN_STEP_SUM };

struct ln_step {
    enum ln_step_kind kind;
    int node;
    struct ln_prim *prim; /* REORDER */
    /* Numbers of buffers, or LN_NO_BUFFER. A reorder and a sum use in[] and out. */
    int in[LN_OP_INPUTS], out, douts[LN_OP_DOUTS], din[LN_OP_INPUTS], saved, scratch, constant;
    int64_t slice_at;               /* offset of its channels in `out` and `douts`, in numbers */
    const struct ln_layout *layout; /* of what it writes: for the table */
    struct ln_args args;            /* the addresses */
};

/* A layer while and after it is compiled. */
struct ln_plan_node {
    struct ln_node node; /* of the net, or a loss behind an output */
    struct ln_prep prep;
    struct {             /* its place in the graph */
        bool active;     /* takes part in this plan */
        bool frozen;     /* its parameters are not trained */
        bool needs_grad; /* a gradient flows back to here */
        int readers;     /* inputs of other layers that are its value */
        int output;      /* a loss: number of the output */
    } graph;
    bool int8_wanted;                       /* a layer behind it reads its value as 8-bit numbers */
    struct {                                /* work that layers do for each other (plan_fuse.c) */
        bool skips_forward, skips_backward; /* a neighbour does the pass: nothing runs */
        bool last;                          /* it has the place of the last layer whose work it does */
        int moved_to;                       /* the node whose place it has taken; 0: none */
        const char *norm;                   /* epilogue.norm: the name of the op that is folded in, */
        int norm_param;                     /* and its first parameter */
    } fusion;
    struct { /* its value, and what it keeps */
        const struct ln_layout *layout;
        int buffer;
        const struct ln_layout *copy_layout; /* of a reordered copy; NULL: none */
        int copy;
        int64_t slice_at; /* offset in the concatenation of which it is a slice, in numbers; -1: no slice */
        int saved, constant; /* buffers, as in ln_prep */
    } value;
    struct { /* the gradients of its value, one from each reader */
        int count, buffer[LN_PLAN_GRADS];
        const struct ln_layout *layout[LN_PLAN_GRADS];
        bool shared[LN_PLAN_GRADS]; /* others read the buffer too: it must not be overwritten */
    } grads;
    struct {         /* plan_recompute.c */
        bool chosen; /* the value is not kept for the backward pass but recomputed there, */
        int buffer;  /* into this one; negative: not yet */
    } recompute;
};

struct ln_plan {
    const struct ln_net *net;
    struct ln_plan_opts opts;
    struct ln_dnn *dnn;
    bool owns_dnn;
    struct ln_plan_node *nodes;
    size_t node_count;
    void *loss_attrs; /* of all losses */
    struct ln_step *steps;
    size_t step_count, step_capacity, backward_from;
    struct ln_buffer *buffers;
    size_t buffer_count, buffer_capacity;
    struct ln_plan_param *params;
    struct ln_arena values, grads, activations;
    struct ln_arena *work; /* `activations`, or that of the plan whose parameters are shared */
    size_t trainable;      /* floats at the front of `values`, and in `grads` */
    size_t decayed;        /* floats at the front of those: weights, which weight decay pulls to zero */
    size_t value_count;    /* floats in `values` */
    size_t activation_bytes;
    bool recomputes;                      /* some values are recomputed in the backward pass */
    int logits, features, map, dout, din; /* buffers */
    int feature_node;                     /* whose value is the features; negative: not wanted */
    size_t features_from;                 /* the first step behind them; 0: none writes them */
    double loss;
    const int32_t *other; /* ln_plan_mix */
    float share;
    struct ln_op_share of_ranks; /* ln_plan_share */
    void (*on_backward)(void *user, size_t step);
    void *on_backward_user;
    uint32_t step;
    uint64_t changes, trained;      /* how often parameters changed: from outside, and by steps of training */
    uint64_t refreshed;             /* the sum of those that matter here, when the constants were computed */
    const struct ln_plan *last_run; /* of the plans that share this one's memory */
    struct ln_plan_watch watch;     /* show NULL: none */
    double *profile;                /* [step_count] seconds, the caller's; NULL: not measured */
};

/* ---- plan_steps.c: what the compiler's walks share --------------------------------------------------- */

/* Who reads whom and where gradients flow; recomputed from scratch at each call. */
void ln_plan_mark_flow(struct ln_plan *plan);
bool ln_plan_is_output(const struct ln_plan *plan, size_t id); /* the caller or a loss reads the value */
/* The layer runs as in inference: the plan does not train, or the layer is frozen and passes no gradient on. */
bool ln_plan_infers(const struct ln_plan *plan, const struct ln_plan_node *node);
/* ln_plan_buffer_add: a new buffer, not used yet. ln_plan_touch: the buffer is alive at `step`; ignores LN_NO_BUFFER. */
LN_MUST_CHECK int ln_plan_buffer_add(struct ln_plan *plan, size_t bytes, int *id);
void ln_plan_touch(struct ln_plan *plan, int id, int step);
struct ln_step ln_plan_step_of(enum ln_step_kind kind, int node);
/* Appends the step and takes its prim; `scratch` bytes live in this step alone. */
LN_MUST_CHECK int ln_plan_step_add(struct ln_plan *plan, struct ln_step *step, size_t scratch);
/* A reorder of `from` into a new buffer *to. */
LN_MUST_CHECK int ln_plan_reorder_add(struct ln_plan *plan, int node, int from, const struct ln_layout *have,
                                      const struct ln_layout *want, int *to);

/* ---- the walks --------------------------------------------------------------------------------------- */

LN_MUST_CHECK int ln_plan_build(struct ln_plan *plan); /* plan_build.c: all of them, in their order */
void ln_plan_fuse(struct ln_plan *plan);
LN_MUST_CHECK int ln_plan_build_forward(struct ln_plan *plan);
LN_MUST_CHECK int ln_plan_build_backward(struct ln_plan *plan);
/* plan_slice.c: has inputs of the join at `id` written straight into the join's buffer, which must be known, and
 * sets their in[] to LN_NO_BUFFER. */
void ln_plan_slice(struct ln_plan *plan, size_t id, int *in);

/* plan_recompute.c. Before the forward pass is built: is recomputing worth its time in this plan, and may the
 * value of `id` be recomputed? After: the choice. In the backward pass: if *buffer holds a value that is not kept,
 * adds a step that recomputes it, and replaces *buffer. */
bool ln_plan_recomputes(const struct ln_plan *plan);
bool ln_plan_may_recompute(const struct ln_plan *plan, int id);
void ln_plan_choose_recomputed(struct ln_plan *plan);
LN_MUST_CHECK int ln_plan_restore(struct ln_plan *plan, int *buffer);

/* plan_memory.c: offsets for the buffers, and the bytes that the arena needs */
LN_MUST_CHECK int ln_plan_place(struct ln_buffer *buffers, size_t count, size_t *bytes);

/* plan_int8.c. ln_plan_int8_mark runs after fusion. While the forward pass is built, ln_plan_int8_prepare fills in a layer's
 * prep.int8, and ln_plan_int8_in gives the types of its inputs. ln_plan_int8_reorder reorders the value of `id` between layouts
 * of any types. */
void ln_plan_int8_mark(struct ln_plan *plan);
void ln_plan_int8_prepare(const struct ln_plan *plan, struct ln_plan_node *n);
enum ln_dtype ln_plan_int8_in(const struct ln_plan *plan, const struct ln_plan_node *n, int j);
enum ln_dtype ln_plan_int8_type(const struct ln_plan *plan,
                                int id); /* u8 or s8: of the value, if it has a scale */
LN_MUST_CHECK int ln_plan_int8_reorder(const struct ln_plan *plan, int id, const struct ln_layout *have,
                                       const struct ln_layout *want, struct ln_prim **prim);

/* plan_params.c */
struct ln_plan *ln_plan_owner(const struct ln_plan *plan); /* of the arenas of parameters and gradients */
LN_MUST_CHECK int ln_plan_params_layouts(struct ln_plan *plan);
void ln_plan_params_count(struct ln_plan *plan); /* the floats in the arenas */
LN_MUST_CHECK int ln_plan_params_create(struct ln_plan *plan);

#endif
