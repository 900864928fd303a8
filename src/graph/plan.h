/* A network compiled for (batch size, train or infer): every primitive created, every address known.
 *
 *     struct ln_plan *plan;
 *     LN_TRY(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 128, .train = true}));
 *     LN_TRY(ln_plan_init(plan, seed));                       or ln_plan_set_param() for each
 *     LN_TRY(ln_plan_forward(plan, images, labels, step));    loss and logits
 *     LN_TRY(ln_plan_backward(plan));                         gradients, in one arena beside the parameters
 *
 * The plan is a list of steps: a layer's forward or backward pass, a reorder between layouts, a sum of
 * gradients. Values, and what a layer saves for its backward pass, are buffers; their lifetimes, in steps,
 * are packed into one arena. A training step allocates nothing; in the first one the system provides the pages.
 * plan.c creates and destroys the plan. The other files, in the order in which they run:
 *
 *   plan_build.c      the compiler: its walks in their order, the layers that take part
 *   plan_steps.c      what the walks share: marks of layers, the list of steps, buffers
 *   plan_fuse.c       layers that do the work of their neighbours
 *   plan_forward.c    each layer's layouts and forward step
 *   plan_slice.c      inputs of a concatenation, written straight into their channels of its buffer
 *   plan_backward.c   each layer's backward step, and sums of gradients
 *   plan_recompute.c  values recomputed in the backward pass rather than kept
 *   plan_memory.c     lifetimes -> offsets; the arena; addresses
 *   plan_params.c     parameters and gradients: two arenas, layouts, init, get and set
 *   plan_int8.c       which layers run in 8 bits, and the types between them
 *   plan_run.c        forward, backward
 *   plan_print.c      the plan as a table: rows, bytes moved, memory
 *   plan_impl.h       what these files share
 */
#ifndef LN_GRAPH_PLAN_H
#define LN_GRAPH_PLAN_H

#include "base/arena.h"
#include "graph/net.h"
#include "graph/quant.h"

/* When the backward pass recomputes values that the plan would otherwise keep: if together they are large, never,
 * always. */
enum ln_recompute { LN_RECOMPUTE_IF_LARGE, LN_RECOMPUTE_NEVER, LN_RECOMPUTE_ALWAYS };

struct ln_plan_opts {
    int batch;
    bool train;          /* loss and backward pass too */
    enum ln_dtype dtype; /* of activations and their gradients: fp32, or bf16 if ln_dnn_has_bf16() */
    /* Inference: layers with scales run in 8 bits, the others in fp32; borrowed for the life of the plan. */
    const struct ln_quant *quant;
    /* Inference: [net->param_count] the parameters in plain layout, borrowed for the life of the plan. The plan reads in
     * place the parameters that its kernels read plain, and weights into which a normalisation is folded; it copies the
     * others. NULL: ln_plan_set_param sets them. */
    float *const *params;
    bool watched; /* ln_plan_watch shows every value */
    /* For inference that runs once or twice: each run recomputes what a layer derives from its parameters
     * (ln_prep.constant), just before the layer runs, in memory that the layers share. Changes no bit. */
    bool once;
    bool direct;            /* convolutions as direct sums alone: slower, but more exact in the last digits */
    double label_smoothing; /* of the loss */
    /* [classes] of the loss; NULL: all equal; borrowed as long as the plan lives. */
    const float *class_weights;
    bool no_loss;    /* the caller gives the output's gradient (ln_plan_dout): tests, explanations */
    bool input_grad; /* the gradient of the input is needed too (ln_plan_din) */
    bool features;   /* the input of the last layer with weights is needed too (ln_plan_features) */
    /* With train and no_loss: the layer whose value (ln_plan_map) and whose gradient (ln_plan_din) the caller reads; 0: none.
     * The network computes the same as in inference. No parameter has a gradient, and running statistics do not change. */
    int explained;
    uint64_t seed;               /* of dropout */
    enum ln_recompute recompute; /* costs time, saves memory, changes no bit */
    /* [net->count]: the layers that are not trained; NULL: none; borrowed for ln_plan_create. Their
     * parameters have no gradients and lie behind those that the optimiser updates. If no gradient flows
     * through such a layer either, it runs as in inference: batch normalisation by its running statistics,
     * which do not change. An auxiliary output among them has no loss. */
    const bool *frozen;
    /* Share the parameters, gradients and layouts of this plan, and its memory for activations if that is large
     * enough: only one of the two plans may run at a time. `like` must outlive the new plan. */
    struct ln_plan *like;
    bool poison; /* fill memory with nan as soon as its lifetime ends: shows a lifetime that is too short */
};

/* Where a parameter lives. The value has the layout `layout`. If `view` is not NULL, the columns of a linear
 * layer were first put in the order of `view`, a 4-D layout of [k, c, h, w] (op/product.h), and `layout` is
 * that of the bytes as [k, columns]. */
struct ln_plan_param {
    const struct ln_net_param *net;
    const struct ln_layout *layout, *view;
    float *value, *grad; /* grad: NULL in inference and for buffers */
    bool borrowed;       /* the value is one of ln_plan_opts.params, and plain whatever the layout */
};

struct ln_plan;
LN_MUST_CHECK int ln_plan_create(struct ln_plan **plan, const struct ln_net *net,
                                 const struct ln_plan_opts *opts);
/* ln_plan_create in two steps. A compiled plan knows how much memory it needs, but has none yet. Its `like` may have
 * none yet either, but must take its memory first. */
LN_MUST_CHECK int ln_plan_compile(struct ln_plan **plan, const struct ln_net *net,
                                  const struct ln_plan_opts *opts);
LN_MUST_CHECK int ln_plan_take_memory(struct ln_plan *plan);
void ln_plan_destroy(struct ln_plan *plan); /* NULL is fine */

/* images: plain [batch][c][h][w], borrowed until ln_plan_backward is done. labels: [batch], negative for rows
 * that do not count; NULL in inference and with no_loss. step numbers dropout's random numbers. */
LN_MUST_CHECK int ln_plan_forward(struct ln_plan *plan, const float *images, const int32_t *labels,
                                  uint32_t step);
LN_MUST_CHECK int ln_plan_backward(struct ln_plan *plan);
/* The images of the next forward and its backward are mixed: each has a second label in other [batch], borrowed
 * like the first labels. `share` is the first label's part of the target. */
void ln_plan_mix(struct ln_plan *plan, const int32_t *other, float share);
/* The images of the next forward and its backward are a share of a batch of several ranks. The loss is then their share of the
 * batch's loss, and so are the gradients: the sum over the ranks is what one process computes. */
void ln_plan_share(struct ln_plan *plan, const struct ln_op_share *share);
double ln_plan_loss(const struct ln_plan *plan); /* of the last forward */
/* [batch][classes], until the next forward of this plan or of one that shares its parameters */
const float *ln_plan_logits(const struct ln_plan *plan);
/* With opts.features: what the main output's head reads (ln_net_head), after pooling and flattening, as plain
 * fp32 [batch][*count]; valid as long as the logits. NULL without that option. */
const float *ln_plan_features(const struct ln_plan *plan, size_t *count);
/* ln_plan_forward_features runs only the layers behind ln_plan_features(), on features [batch][*count] that the caller
 * kept: for plans with opts.features that train with frozen layers. In training the features are the head's input before
 * dropout. ln_plan_takes_features is false if no step of the plan writes features. */
bool ln_plan_takes_features(const struct ln_plan *plan);
LN_MUST_CHECK int ln_plan_forward_features(struct ln_plan *plan, const float *features, const int32_t *labels,
                                           uint32_t step);
float *ln_plan_dout(
    struct ln_plan *plan); /* no_loss: the main output's gradient, plain; fill before backward */
/* The gradient of the images (input_grad) or of the explained layer's value; plain, valid after backward. */
const float *ln_plan_din(const struct ln_plan *plan);
/* The explained layer's value: plain, [batch] of its shape, valid after forward. */
const float *ln_plan_map(const struct ln_plan *plan);

/* Inference with opts.watched: from the next forward pass on, each layer's value is shown right after its step, as plain fp32
 * numbers of the whole batch. Layers that are views of other layers, or whose work other layers do, are not shown. A failure
 * of `show` ends the pass. */
struct ln_plan_watch {
    int (*show)(void *user, int layer, const float *values, size_t count); /* layer 0: the images */
    void *user;
};
void ln_plan_watch(struct ln_plan *plan, const struct ln_plan_watch *watch); /* copied */

int ln_plan_batch(const struct ln_plan *plan);
const struct ln_net *ln_plan_net(const struct ln_plan *plan);

/* Parameters, by their number in the net; the caller sees PyTorch's plain layout. */
LN_MUST_CHECK int ln_plan_init(struct ln_plan *plan,
                               uint64_t seed); /* fresh weights, by each parameter's rule */
LN_MUST_CHECK int ln_plan_set_param(struct ln_plan *plan, size_t i, const float *plain);
LN_MUST_CHECK int ln_plan_get_param(const struct ln_plan *plan, size_t i, float *plain);
LN_MUST_CHECK int ln_plan_get_grad(const struct ln_plan *plan, size_t i, float *plain); /* buffers: zeros */
/* The trainable parameters and their gradients for the optimiser: flat memory in the same order. A plan for
 * inference keeps what it computes from the parameters, such as weights with a batch normalisation folded in,
 * until they change: by a training step, by ln_plan_set_param(), or because the caller writes to this
 * memory between two forward passes of inference and calls ln_plan_changed(). */
float *ln_plan_values(const struct ln_plan *plan, size_t *count);
float *ln_plan_grads(const struct ln_plan *plan);
/* Weight decay applies to the first ln_plan_decayed() of ln_plan_values(): weights, but not biases, nor the scales
 * and shifts of normalisations. */
size_t ln_plan_decayed(const struct ln_plan *plan);
void ln_plan_changed(const struct ln_plan *plan);
/* ln_plan_values(), followed by frozen parameters and buffers (running statistics). */
float *ln_plan_all_values(const struct ln_plan *plan, size_t *count);
/* Optimiser state: one float per parameter, in the same order as ln_plan_values() or ln_plan_all_values().
 * ln_plan_set_beside and ln_plan_get_beside convert the part of parameter i; state that is only as long as
 * ln_plan_values() has no part for a parameter that is not ln_plan_is_trained(). */
bool ln_plan_is_trained(const struct ln_plan *plan, size_t i);
/* The floats of parameter i in that order, padding included: the first one, and their number. */
size_t ln_plan_param_place(const struct ln_plan *plan, size_t i, size_t *count);
/* Name of the parameter's view, or of its layout if it has no view. */
const char *ln_plan_param_layout(const struct ln_plan *plan, size_t i);
LN_MUST_CHECK int ln_plan_set_beside(const struct ln_plan *plan, size_t i, float *state, const float *plain);
LN_MUST_CHECK int ln_plan_get_beside(const struct ln_plan *plan, size_t i, const float *state, float *plain);
/* Copies all parameters from another plan of the same net, whatever its layouts. */
LN_MUST_CHECK int ln_plan_copy_params(struct ln_plan *to, const struct ln_plan *from);

/* Calls `on_step` after each step of later backward passes, with the step's number; NULL: stops calling.
 * ln_plan_grads_done: the step after which gradients [first, first + count) of ln_plan_grads() are complete, in a plan
 * that has memory; 0: no step writes them. */
void ln_plan_on_backward(struct ln_plan *plan, void (*on_step)(void *user, size_t step), void *user);
size_t ln_plan_grads_done(const struct ln_plan *plan, size_t first, size_t count);
/* Ranges of ln_plan_all_values() with the running statistics that a training step changes. Returns the number of ranges;
 * ranges NULL: only counts them. */
struct ln_plan_range {
    size_t first, count;
};
size_t ln_plan_statistics(const struct ln_plan *plan, struct ln_plan_range *ranges);

/* The plan as a table for people, or as JSON: step, op, implementation, shape, layout, offset, bytes; and its
 * memory. */
LN_MUST_CHECK int ln_plan_print(const struct ln_plan *plan, bool json, char **text);

/* One step of the plan, as the table shows it; the strings are the plan's. */
struct ln_plan_row {
    const char *pass, *layer, *impl; /* pass: "forward", "backward", "recompute", "reorder", "sum" */
    const char *op;                  /* "conv" */
    const char *norm, *activation;   /* ops of layers behind it that it also does; NULL: none */
    bool add;                        /* it also does a sum between these two */
    const struct ln_layout *layout;  /* of what it writes; NULL: gradients of weights alone */
    bool has_memory;                 /* what it writes lies in the activation arena, here: */
    size_t offset, bytes;
};
size_t ln_plan_steps(const struct ln_plan *plan);
struct ln_plan_row ln_plan_row(const struct ln_plan *plan, size_t step);
/* Bytes that the step reads and writes, each counted once. */
double ln_plan_step_bytes(const struct ln_plan *plan, size_t step);

/* Adds the time of each later step to seconds[step]; NULL: stops. Reads the clock twice per step. */
void ln_plan_profile(struct ln_plan *plan, double *seconds);

struct ln_plan_memory {
    size_t params, grads, activations; /* bytes of the three arenas */
    size_t activations_unshared;       /* the third, if buffers shared no memory */
};
struct ln_plan_memory ln_plan_memory(const struct ln_plan *plan);
/* The pages that ln_plan_take_memory maps: 0 for what is shared with another plan. oneDNN's scratch is among the
 * activations. */
struct ln_plan_pages {
    size_t values, grads, activations; /* bytes */
};
struct ln_plan_pages ln_plan_pages(const struct ln_plan *plan);
/* Returns the pages of this plan's gradients and activations to the system; plans that are `like` this one keep
 * activations of their own. For an idle plan: its gradients are lost, and its next step takes the memory again. */
void ln_plan_release(struct ln_plan *plan);
/* Most bytes needed to read a parameter with ln_plan_get_param: the plain copy, and one between two layouts. */
size_t ln_plan_read_bytes(const struct ln_plan *plan);

#endif
