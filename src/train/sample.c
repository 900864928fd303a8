/* A stratified random sample, as a person would deal cards: each class is shuffled, then the classes give one image each, round
 * after round, until there are enough. A class that has run out gives none.
 */
#include "train/sample.h"
#include "base/alloc.h"
#include "base/rng.h"

#include <stdlib.h>

enum { SEED = 25 };

struct card {
    size_t at; /* position of the image */
    int32_t label;
    uint64_t image_key; /* the order within the class, */
    uint64_t class_key; /* and that of the classes within a round: both random */
    size_t round;
};

static int compare(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static int by_class(const void *a, const void *b) {
    const struct card *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    const int order = compare(x->image_key, y->image_key);
    return order ? order : compare(x->at, y->at);
}

static int by_round(const void *a, const void *b) {
    const struct card *x = a, *y = b;
    const int rounds = compare(x->round, y->round), classes = compare(x->class_key, y->class_key);
    return rounds ? rounds : classes ? classes : by_class(a, b);
}

static uint64_t key_of(uint32_t stream, uint32_t number) {
    struct ln_rng rng;
    ln_rng_init(&rng, SEED, LN_RNG_DATA, stream, number);
    return ln_rng_u64(&rng);
}

static void deal(struct card *cards, size_t count) {
    qsort(cards, count, sizeof *cards, by_class);
    for (size_t i = 1; i < count; i++)
        if (cards[i].label == cards[i - 1].label) cards[i].round = cards[i - 1].round + 1;
    qsort(cards, count, sizeof *cards, by_round);
}

int ln_sample_classes(const int32_t *labels, const uint32_t *indices, size_t count, size_t most,
                      size_t *picked, size_t *chosen) {
    struct card *cards = ln_calloc(count + 1, sizeof *cards);
    if (!cards) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < count; i++)
        cards[i] = (struct card){.at = i,
                                 .label = labels[i],
                                 .image_key = key_of(0, indices[i]),
                                 .class_key = key_of(1, (uint32_t)labels[i])};
    deal(cards, count);
    *chosen = count < most ? count : most;
    qsort(cards, *chosen, sizeof *cards, by_class);
    for (size_t i = 0; i < *chosen; i++) picked[i] = cards[i].at;
    ln_free(cards);
    return LINNET_OK;
}
