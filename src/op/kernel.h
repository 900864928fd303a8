/* The part of a layer that cannot be avoided: its convolution or matrix product, described for oneDNN. */
#ifndef LN_OP_KERNEL_H
#define LN_OP_KERNEL_H

#include "dnn/dnn.h"

struct ln_kernel {
    bool is_conv, is_linear; /* both if a convolution is a matrix product too */
    struct ln_conv_desc conv;
    struct ln_linear_desc linear;
};

#endif
