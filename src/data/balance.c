/* The classes take turns. Each deals its next sample, and starts again after its last. The places are shuffled. */
#include "data/balance.h"
#include "base/alloc.h"

struct deal {
    uint32_t *sorted; /* [count] samples by class, in the order given */
    uint32_t *places; /* [count] shuffled */
    size_t *begin;    /* [classes + 1] of each class in sorted */
    size_t *used;     /* [classes] samples dealt */
    int *present;     /* [classes] the classes that have samples */
    int present_count;
};

static void sort_by_class(struct deal *d, const struct ln_balance *b) {
    for (size_t i = 0; i < b->count; i++) d->begin[b->labels[b->order[i]] + 1]++;
    for (int k = 0; k < b->classes; k++) {
        if (d->begin[k + 1] > 0) d->present[d->present_count++] = k;
        d->begin[k + 1] += d->begin[k];
    }
    for (size_t i = 0; i < b->count; i++) {
        const int32_t k = b->labels[b->order[i]];
        d->sorted[d->begin[k] + d->used[k]++] = b->order[i];
    }
    for (int k = 0; k < b->classes; k++) d->used[k] = 0;
}

static void deal(struct deal *d, const struct ln_balance *b, struct ln_rng *rng) {
    sort_by_class(d, b);
    for (size_t i = 0; i < b->count; i++) d->places[i] = (uint32_t)i;
    ln_rng_shuffle(rng, d->places, b->count);
    if (d->present_count == 0) return; /* no samples */
    for (size_t i = 0; i < b->count; i++) {
        const int k = d->present[i % (size_t)d->present_count];
        const size_t size = d->begin[k + 1] - d->begin[k], turn = d->used[k]++;
        b->order[d->places[i]] = d->sorted[d->begin[k] + turn % size];
        b->repeats[d->places[i]] = (uint32_t)(turn / size);
    }
}

int ln_balance_order(const struct ln_balance *b, struct ln_rng *rng) {
    const size_t classes = (size_t)b->classes;
    struct deal d = {.sorted = ln_calloc(b->count, sizeof *d.sorted),
                     .places = ln_calloc(b->count, sizeof *d.places),
                     .begin = ln_calloc(classes + 1, sizeof *d.begin),
                     .used = ln_calloc(classes, sizeof *d.used),
                     .present = ln_calloc(classes, sizeof *d.present)};
    const bool good = d.sorted && d.places && d.begin && d.used && d.present;
    if (good) deal(&d, b, rng);
    ln_free(d.sorted);
    ln_free(d.places);
    ln_free(d.begin);
    ln_free(d.used);
    ln_free(d.present);
    return good ? LINNET_OK : LINNET_ERR_LIMIT;
}
