/* Inside the plan: what its files share. */
#ifndef LN_GRAPH_PLAN_IMPL_H
#define LN_GRAPH_PLAN_IMPL_H

#include "graph/plan.h"

enum { LN_NONE_YET = -1 };

/* A piece of the activation arena, alive from step `first` to step `last`, both included. */
struct ln_buffer {
    size_t bytes, offset;
    int first, last; /* first < 0: never used */
    bool external;   /* the caller's images: no memory of ours */
};

enum ln_step_kind { LN_STEP_FORWARD, LN_STEP_BACKWARD, LN_STEP_REORDER, LN_STEP_SUM };

struct ln_step {
    enum ln_step_kind kind;
    int node;
    struct ln_prim *prim; /* REORDER */
    /* Buffers by number, LN_NONE_YET where there is none; a reorder and a sum use in[] and out. */
    int in[LN_OP_INPUTS], out, dout, din[LN_OP_INPUTS], saved, scratch;
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
    /* its value */
    const struct ln_layout *layout;
    int buffer;
    /* its gradient, as the consumers deliver it */
    int grads[8], grad_count;
    const struct ln_layout *grad_layouts[8];
    bool grad_shared[8];     /* others read it too: not to be written over */
    int saved, scale_output; /* buffer kept for the backward pass; loss: number of the output */
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
    size_t trainable; /* floats at the front of `values`, and in `grads` */
    size_t activation_bytes;
    int logits, dout, din; /* buffers */
    double loss;
    uint32_t step;
    double *profile; /* [step_count] seconds, the caller's; NULL: not measured */
};

/* plan_build.c */
LN_MUST_CHECK int ln_plan_build(struct ln_plan *plan);
/* plan_memory.c: buffers get their offsets; the bytes that the arena needs. */
LN_MUST_CHECK int ln_plan_place(struct ln_buffer *buffers, size_t count, size_t *bytes);
/* plan_params.c */
LN_MUST_CHECK int ln_plan_params_create(struct ln_plan *plan);

#endif
