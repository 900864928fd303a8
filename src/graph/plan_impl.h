/* Inside the plan: what its files share. */
#ifndef LN_GRAPH_PLAN_IMPL_H
#define LN_GRAPH_PLAN_IMPL_H

#include "graph/plan.h"

enum { LN_NONE_YET = -1, LN_PLAN_GRADS = 8 };

/* A piece of the activation arena, alive from step `first` to step `last`, both included. */
struct ln_buffer {
    size_t bytes, offset;
    int first, last; /* first < 0: never used */
    bool external;   /* the caller's images: no memory of ours */
};

enum ln_step_kind { LN_STEP_FORWARD, LN_STEP_AGAIN, LN_STEP_BACKWARD, LN_STEP_REORDER, LN_STEP_SUM };

struct ln_step {
    enum ln_step_kind kind;
    int node;
    struct ln_prim *prim; /* REORDER */
    /* Buffers by number, LN_NONE_YET where there is none; a reorder and a sum use in[] and out. */
    int in[LN_OP_INPUTS], out, douts[LN_OP_DOUTS], din[LN_OP_INPUTS], saved, scratch, constant;
    int64_t slice_at;               /* where in `out` and `douts` its channels begin, in numbers */
    const struct ln_layout *layout; /* of what it writes: for the table */
    struct ln_args args;            /* the addresses, once the memory is planned */
};

/* A layer while and after it is compiled. */
struct ln_plan_node {
    struct ln_node node; /* of the net, or a loss behind an output */
    struct ln_prep prep;
    bool active;     /* takes part in this plan */
    bool frozen;     /* its parameters are not trained */
    bool needs_grad; /* a gradient flows back to here */
    int consumers;
    bool passes_forward, passes_backward; /* its work is done by a neighbour: nothing runs */
    bool fused;       /* it does the work of layers behind it, and stands in the place of the last */
    int moved_to;     /* where it stands then; 0: here */
    int64_t slice_at; /* its value is a slice of a concatenation, and begins so many numbers in it; -1: it is
                         not */
    int norm_param;   /* norm_after: the first parameter of the batch normalisation */
    /* its value */
    const struct ln_layout *layout;
    int buffer;
    const struct ln_layout *copy_layout; /* and a copy of it in another layout; NULL: none */
    int copy;
    /* its gradient, as the consumers deliver it */
    int grads[LN_PLAN_GRADS], grad_count;
    const struct ln_layout *grad_layouts[LN_PLAN_GRADS];
    bool grad_shared[LN_PLAN_GRADS];   /* others read it too: not to be written over */
    int saved, constant, scale_output; /* buffers kept; loss: number of the output */
    bool again;                        /* its value is not kept for the backward pass, */
    int made_again;                    /* but made again there: the buffer; negative: not yet */
};

struct ln_plan {
    const struct ln_net *net;
    struct ln_plan_opts opts;
    struct ln_dnn *dnn;
    bool owns_dnn;
    struct ln_plan_node *nodes;
    size_t node_count;
    struct ln_step *steps;
    size_t step_count, step_capacity, backward_from;
    struct ln_buffer *buffers;
    size_t buffer_count, buffer_capacity;
    struct ln_plan_param *params;
    struct ln_arena values, grads, activations;
    struct ln_arena *work; /* the activations', or those of the plan whose parameters are shared */
    size_t trainable;      /* floats at the front of `values`, and in `grads` */
    size_t value_count;    /* floats in `values` */
    size_t activation_bytes;
    bool repeats;                    /* values are made again in the backward pass */
    int logits, features, dout, din; /* buffers */
    int feature_node;                /* whose value is the features; LN_NONE_YET: not wanted */
    double loss;
    const int32_t *other; /* ln_plan_mix */
    float share;
    uint32_t step;
    uint64_t changes,
        trained;        /* how often the parameters were changed from outside, and by steps of training */
    uint64_t refreshed; /* the sum of those that matter here, when the constants were made */
    const struct ln_plan *last_run; /* of the plans that share this one's memory */
    double *profile;                /* [step_count] seconds, the caller's; NULL: not measured */
};

/* plan_mark.c: plan->nodes; their flow anew, where they have changed */
LN_MUST_CHECK int ln_plan_mark(struct ln_plan *plan);
void ln_plan_mark_flow(struct ln_plan *plan);
bool ln_plan_is_output(const struct ln_plan *plan, size_t id); /* the caller reads the value */
bool ln_plan_infers(const struct ln_plan *plan,
                    const struct ln_plan_node *node); /* no gradient is asked of it */
/* plan_fuse.c */
void ln_plan_fuse(struct ln_plan *plan);
/* plan_steps.c: a buffer without a life; alive at `step` (negative id: none); a step, of which prim is taken,
 * with `scratch` bytes that live in it alone; a reorder of `from` into a new buffer *to. */
LN_MUST_CHECK int ln_plan_buffer_add(struct ln_plan *plan, size_t bytes, int *id);
void ln_plan_touch(struct ln_plan *plan, int id, int step);
struct ln_step ln_plan_step_of(enum ln_step_kind kind, int node);
LN_MUST_CHECK int ln_plan_step_add(struct ln_plan *plan, struct ln_step *step, size_t scratch);
LN_MUST_CHECK int ln_plan_reorder_add(struct ln_plan *plan, int node, int from, const struct ln_layout *have,
                                      const struct ln_layout *want, int *to);
/* plan_forward.c, plan_backward.c */
LN_MUST_CHECK int ln_plan_build_forward(struct ln_plan *plan);
LN_MUST_CHECK int ln_plan_build_backward(struct ln_plan *plan);
/* plan_slice.c: inputs of the concatenation at `id`, whose buffer is settled, that are written straight into
 * it; their in[] become LN_NONE_YET */
void ln_plan_slice(struct ln_plan *plan, size_t id, int *in);
/* plan_again.c: is that worth while in this plan; may this value be of that kind; the nodes of which the
 * value is not kept, once the forward pass is settled; *buffer, which the backward pass is about to read, is
 * replaced where it is such a value's, and a step that makes it again goes before */
bool ln_plan_repeats(const struct ln_plan *plan);
bool ln_plan_may_repeat(const struct ln_plan *plan, int id);
void ln_plan_choose_again(struct ln_plan *plan);
LN_MUST_CHECK int ln_plan_recall(struct ln_plan *plan, int *buffer);
/* plan_build.c */
LN_MUST_CHECK int ln_plan_build(struct ln_plan *plan);
/* plan_memory.c: buffers get their offsets; the bytes that the arena needs. */
LN_MUST_CHECK int ln_plan_place(struct ln_buffer *buffers, size_t count, size_t *bytes);
/* plan_params.c */
struct ln_plan *ln_plan_owner(const struct ln_plan *plan); /* the plan whose arenas they are */
LN_MUST_CHECK int ln_plan_params_create(struct ln_plan *plan);

#endif
