/* What a layer costs at the least: the one convolution or matrix product in it, as oneDNN describes it. */
#ifndef LN_OP_KERNEL_H
#define LN_OP_KERNEL_H

#include "dnn/dnn.h"

struct ln_kernel {
    bool is_conv, is_linear; /* both where a convolution is a matrix product as well */
    struct ln_conv_desc conv;
    struct ln_linear_desc linear;
};

#endif
