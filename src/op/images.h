/* What layers on images [n, c, h, w] share, whatever they do with them. */
#ifndef LN_OP_IMAGES_H
#define LN_OP_IMAGES_H

#include "op/op.h"

/* Refuses another rank ("op-rank"). */
LN_MUST_CHECK int ln_images_check(const char *name, const struct ln_shape *in);

/* Settles prep->in[0] and prep->out for a layer that takes its input in whatever order it comes, but in one
 * of oneDNN's own, and gives its output in the same. */
LN_MUST_CHECK int ln_images_keep_order(struct ln_prep *prep);

#endif
