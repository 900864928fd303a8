#include "data/shortage.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

static const double interval = 1; /* seconds; a look takes a tenth of a millisecond */

/* Below the reserve the cache shrinks until twice the reserve is free; it grows while four times the reserve are free. The gap
 * keeps it from doing both in turn. */
int64_t ln_shortage_excess(size_t resident, size_t available) {
    enum { LEAST = 16 << 20, MOST = 512 << 20 };
    if (available > INT64_MAX / 2) return 0; /* not known */
    const int64_t free = (int64_t)available, part = ((int64_t)resident + free) / 16,
                  reserve = part < LEAST  ? LEAST
                            : part > MOST ? MOST
                                          : part;
    if (free < reserve) return 2 * reserve - free;
    return free > 4 * reserve ? 4 * reserve - free : 0;
}

void ln_shortage_watch(struct ln_shortage *s, struct ln_cache *cache) {
    const double now = ln_clock_now();
    if (now < s->next) return;
    s->next = now + interval;
    const size_t available = ln_memory_available();
    const int64_t excess = ln_shortage_excess(ln_memory_resident(), available);
    if (excess < 0) ln_cache_grow(cache, (size_t)-excess);
    if (excess <= 0) return;
    const size_t dropped = ln_cache_shrink(cache, (size_t)excess);
    if (dropped > 0 && !s->said)
        ln_log(LINNET_LOG_WARNING,
               "memory is short (%zu MB free): %zu MB of decoded photos are dropped and will be read again",
               available >> 20, dropped >> 20);
    s->said |= dropped > 0;
}
