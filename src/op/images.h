/* What layers on images [n, c, h, w] share. */
#ifndef LN_OP_IMAGES_H
#define LN_OP_IMAGES_H

#include "op/op.h"

/* Refuses any rank but 4 ("op-rank"). */
LN_MUST_CHECK int ln_images_check(const char *name, const struct ln_shape *in);

/* Sets prep->in[0] and prep->out for a layer that reads any layout except one that only oneDNN knows, and writes
 * its output in the layout of its input. */
LN_MUST_CHECK int ln_images_keep_order(struct ln_prep *prep);

#endif
