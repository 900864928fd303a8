/* The images of all parts are shuffled and dealt out like cards, each class by its own count. With three
 * folds, and classes a and b:
 *
 *     shuffled   a1 b1 a2 a3 b2 a4
 *     fold       0  1  1  2  2  0        class a begins at fold 0, class b at fold 1
 *
 * So each fold has nearly the same share of every class, and no class is missing from a fold's training
 * part.
 */
#include "train/folds.h"
#include "base/alloc.h"
#include "base/rng.h"

#include <string.h>

/* All images of the parts. If the test part stands in for validation, its images count once. */
static size_t gather(const struct ln_dataset *ds, uint32_t *images) {
    size_t total = 0;
    for (int part = LINNET_TRAIN; part <= LINNET_TEST; part++) {
        if (part == LINNET_VAL && ds->val_is_test) continue;
        memcpy(images + total, ds->parts[part].index, ds->parts[part].count * sizeof *images);
        total += ds->parts[part].count;
    }
    return total;
}

static size_t count_images(const struct ln_dataset *ds) {
    size_t total = 0;
    for (int part = LINNET_TRAIN; part <= LINNET_TEST; part++)
        if (part != LINNET_VAL || !ds->val_is_test) total += ds->parts[part].count;
    return total;
}

/* The fold of each sample; `next` [classes] counts what each class has been dealt. A group of near-identical
 * images goes where its first image went: a network that was trained on one of them knows the others.
 * group_fold holds fold + 1; 0: none yet. */
static void deal(const struct ln_dataset *ds, const uint32_t *images, size_t total, int folds, uint32_t *next,
                 uint32_t *group_fold, uint8_t *fold) {
    for (size_t i = 0; i < total; i++) {
        const uint32_t sample = images[i];
        uint32_t *known = ds->groups ? &group_fold[ds->groups[sample]] : NULL;
        if (known && *known) {
            fold[sample] = (uint8_t)(*known - 1);
            continue;
        }
        const int32_t label = ds->labels[sample];
        /* Classes begin at different folds, so that small ones do not all land in the first. */
        fold[sample] = (uint8_t)((next[label]++ + (uint32_t)label) % (uint32_t)folds);
        if (known) *known = fold[sample] + 1U;
    }
}

static uint32_t groups_end(const struct ln_dataset *ds) {
    uint32_t end = 0;
    for (size_t i = 0; ds->groups && i < ds->count; i++)
        if (ds->groups[i] >= end) end = ds->groups[i] + 1;
    return end;
}

/* Fold by fold, in the order in which they were dealt. */
static void sort_by_fold(struct ln_folds *f, const uint32_t *images, const uint8_t *fold) {
    size_t at = 0;
    for (int k = 0; k < f->count; k++) {
        f->begin[k] = at;
        for (size_t i = 0; i < f->total; i++)
            if (fold[images[i]] == k) f->images[at++] = images[i];
    }
    f->begin[f->count] = at;
}

int ln_folds_init(struct ln_folds *f, const struct ln_dataset *ds, int count, uint64_t seed) {
    struct ln_rng rng;
    *f = (struct ln_folds){.count = count, .total = count_images(ds)};
    if (count < 2 || count > LN_FOLDS_MOST || (size_t)count > f->total)
        return ln_fail(LINNET_ERR_USAGE, "clean-folds",
                       "%s: %d folds of %zu images; use 2 to %d folds, and no more folds than images",
                       ds->path, count, f->total, LN_FOLDS_MOST);
    uint32_t *images = ln_calloc(f->total, sizeof *images);
    uint32_t *next = ln_calloc((size_t)ds->classes, sizeof *next);
    uint32_t *group_fold = ln_calloc(groups_end(ds), sizeof *group_fold);
    uint8_t *fold = ln_calloc(ds->count, sizeof *fold);
    f->images = ln_calloc(f->total, sizeof *f->images);
    const bool failed = !images || !next || !group_fold || !fold || !f->images;
    if (!failed) {
        gather(ds, images);
        ln_rng_init(&rng, seed, LN_RNG_ORDER, UINT32_MAX, 0); /* an epoch that no training reaches */
        ln_rng_shuffle(&rng, images, f->total);
        deal(ds, images, f->total, count, next, group_fold, fold);
        sort_by_fold(f, images, fold);
    }
    ln_free(images);
    ln_free(next);
    ln_free(group_fold);
    ln_free(fold);
    return failed ? LINNET_ERR_LIMIT : LINNET_OK;
}

void ln_folds_fini(struct ln_folds *f) {
    ln_free(f->images);
}

struct ln_dataset ln_folds_view(const struct ln_folds *f, int k, const struct ln_dataset *ds,
                                uint32_t *index) {
    struct ln_dataset view = *ds;
    const size_t begin = f->begin[k], end = f->begin[k + 1], test = end - begin;
    memcpy(index, f->images + begin, test * sizeof *index);
    memcpy(index + test, f->images, begin * sizeof *index);
    memcpy(index + test + begin, f->images + end, (f->total - end) * sizeof *index);
    memset(view.parts, 0, sizeof view.parts);
    view.parts[LINNET_TEST] = (struct ln_part){index, test};
    view.parts[LINNET_TRAIN] = (struct ln_part){index + test, f->total - test};
    view.val_is_test = false;
    return view;
}
