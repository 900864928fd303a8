/* Lifetimes to offsets: the largest buffer first, each at the lowest place where nothing that lives at the
 * same time lies ("greedy by size", Pisarchyk and Lee, "Efficient memory management for deep neural net
 * inference", 2020, section 5.2).
 */
#include "base/alloc.h"
#include "graph/plan_impl.h"

#include <stdlib.h>

static int larger_first(const void *a, const void *b) {
    const struct ln_buffer *x = *(struct ln_buffer *const *)a, *y = *(struct ln_buffer *const *)b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : x > y; /* the order of the steps decides between equals: the same plan on every run */
}

static bool together(const struct ln_buffer *a, const struct ln_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest gap between the placed buffers, which are in the order of their offsets. */
static size_t lowest_gap(struct ln_buffer *const *placed, size_t count, const struct ln_buffer *buffer) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!together(placed[i], buffer)) continue;
        if (placed[i]->offset >= at + buffer->bytes) break;
        size_t end = placed[i]->offset + placed[i]->bytes;
        if (end > at) at = end;
    }
    return at;
}

static void insert(struct ln_buffer **placed, size_t count, struct ln_buffer *buffer) {
    size_t i = count;
    for (; i > 0 && placed[i - 1]->offset > buffer->offset; i--) placed[i] = placed[i - 1];
    placed[i] = buffer;
}

int ln_plan_place(struct ln_buffer *buffers, size_t count, size_t *bytes) {
    struct ln_buffer **order = ln_calloc(count + 1, sizeof *order),
                     **placed = ln_calloc(count + 1, sizeof *placed);
    size_t n = 0, end = 0;
    for (size_t i = 0; order && placed && i < count; i++) {
        if (buffers[i].external || buffers[i].first < 0) continue;
        buffers[i].bytes = ln_size_align(buffers[i].bytes, LN_ARENA_ALIGN);
        order[n++] = &buffers[i];
    }
    if (order && placed) qsort(order, n, sizeof *order, larger_first);
    for (size_t i = 0; i < n; i++) {
        order[i]->offset = lowest_gap(placed, i, order[i]);
        insert(placed, i, order[i]);
        if (order[i]->offset + order[i]->bytes > end) end = order[i]->offset + order[i]->bytes;
    }
    *bytes = end;
    int status = order && placed ? LINNET_OK : LINNET_ERR_LIMIT;
    ln_free(order);
    ln_free(placed);
    return status;
}
