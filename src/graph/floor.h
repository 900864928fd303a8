/* The least time that a network can take on this machine with oneDNN's kernels.
 *
 * The floor is the sum, over the convolution and linear layers, of oneDNN's best time for each pass, with the
 * data in place and in its preferred layout: direct or Winograd, convolution or matrix product, whichever is
 * fastest. The first layer computes no gradient of its input. The roof of a step adds the least bytes that
 * all other layers must move.
 */
#ifndef LN_GRAPH_FLOOR_H
#define LN_GRAPH_FLOOR_H

#include "graph/net.h"

struct ln_floor {
    double (*seconds)[2]; /* [net->count] forward, backward; zeros for layers that have no kernel */
    double forward, backward;
    double bytes; /* that the other layers and the optimiser must move in a step, or in a forward pass */
};

struct ln_floor_opts {
    int batch;
    bool train;          /* the backward passes too */
    enum ln_dtype dtype; /* of activations, as in ln_plan_opts */
};
/* LINNET_ERR_LIMIT, or oneDNN's failure. ln_floor_fini frees floor->seconds. */
LN_MUST_CHECK int ln_floor_measure(struct ln_floor *floor, const struct ln_net *net,
                                   const struct ln_floor_opts *opts);
void ln_floor_fini(struct ln_floor *floor);

#endif
