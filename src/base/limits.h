/* The machine's peak rates, measured with all compute threads: arithmetic and memory traffic. */
#ifndef LN_BASE_LIMITS_H
#define LN_BASE_LIMITS_H

#include "base/status.h"

struct ln_limits {
    double flops; /* fp32 multiplications and additions per second, from registers to registers */
    double bytes; /* read or written per second, in memory too large for the caches */
};

/* Measures flops alone, in a few milliseconds. */
double ln_limits_flops(void);

/* Takes about a third of a second. LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_limits_measure(struct ln_limits *limits);

#endif
