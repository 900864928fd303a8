/* What this machine can do at most, measured: arithmetic and memory traffic, with the team of threads. */
#ifndef LN_BASE_LIMITS_H
#define LN_BASE_LIMITS_H

#include "base/status.h"

struct ln_limits {
    double flops; /* multiplications and additions in fp32, from registers to registers, a second */
    double bytes; /* read or written a second, on memory that no cache holds */
};

/* The first of them alone, in some milliseconds. */
double ln_limits_flops(void);

/* Takes about a third of a second. LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_limits_measure(struct ln_limits *limits);

#endif
