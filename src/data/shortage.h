/* Shortage: a cache of samples gives memory back before the machine or the control group runs short and the kernel
 * kills a process. Dropped samples are decoded again in each epoch; once memory is plentiful, the cache grows again.
 */
#ifndef LN_DATA_SHORTAGE_H
#define LN_DATA_SHORTAGE_H

#include "data/cache.h"

struct ln_shortage {
    double next; /* time of the next look (ln_clock_now) */
    bool said;   /* a message said that memory is short */
};

/* Once a second compares the free memory with a reserve, a sixteenth of what this process has or could have, and shrinks or
 * grows the cache. Called by one thread. */
void ln_shortage_watch(struct ln_shortage *shortage, struct ln_cache *cache);

/* The bytes that the cache should give back or, if negative, may take, when this process holds `resident` bytes and
 * `available` bytes are free. */
int64_t ln_shortage_excess(size_t resident, size_t available);

#endif
