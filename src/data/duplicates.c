/* Same bytes: sorted by length and hash, then compared. Near: by multi-index hashing (Norouzi, Punjani and
 * Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012): of two hashes of 64 bits that
 * differ in 11 at most, one of the four quarters differs in 2 at most. So each quarter has a table of 65536
 * lists, and an image is compared with those in the 137 lists of a quarter within 2 bits of its own. Among
 * 25,000 photos that is a blink; comparing all with all would be 312 million pairs.
 */
#include "data/duplicates.h"
#include "base/alloc.h"
#include "data/source.h"
#include <stdlib.h>
#include <string.h>

enum {
    QUARTERS = 4,
    LISTS = 1 << 16,
    RADIUS = 2,
    MASKS = 1 + 16 + 16 * 15 / 2,
    COMPARED_MOST =
        1 << 16 /* with one image, in one quarter: who has more neighbours has found one by then */
};
_Static_assert(LN_PHASH_NEAR < QUARTERS * (RADIUS + 1), "one quarter must differ in RADIUS bits at most");

/* ---- groups: union and find --------------------------------------------------------------------------- */

static uint32_t find_first(uint32_t *group, uint32_t i) {
    for (; group[i] != i; i = group[i]) group[i] = group[group[i]]; /* halves the way for the next time */
    return i;
}

/* The smaller of the two firsts stays. */
static void unite(uint32_t *group, uint32_t a, uint32_t b) {
    a = find_first(group, a);
    b = find_first(group, b);
    if (a < b)
        group[b] = a;
    else
        group[a] = b;
}

/* ---- the same bytes ----------------------------------------------------------------------------------- */

static int content_order(const void *a_, const void *b_, void *images_) {
    const uint32_t i = *(const uint32_t *)a_, j = *(const uint32_t *)b_;
    const struct ln_inspected *a = (const struct ln_inspected *)images_ + i,
                              *b = (const struct ln_inspected *)images_ + j;
    if (a->bytes != b->bytes) return a->bytes < b->bytes ? -1 : 1;
    if (a->content != b->content) return a->content < b->content ? -1 : 1;
    return i < j ? -1 : i > j;
}

static int read_bytes(const struct ln_dataset *ds, uint32_t index, unsigned char **data, size_t *size) {
    if (ds->source->bytes) return ds->source->bytes(ds, index, data, size);
    struct ln_sample sample;
    LN_TRY(ln_dataset_read(ds, index, &sample));
    *size = (size_t)sample.image.width * (size_t)sample.image.height * (size_t)sample.image.channels;
    *data = ln_alloc(*size);
    if (*data) memcpy(*data, sample.image.pixels, *size);
    ln_sample_fini(&sample);
    return *data ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* Equal hashes are a guess; a file that can't be read again is no twin of anything. */
static bool same_bytes(const struct ln_dataset *ds, const unsigned char *data, size_t size, uint32_t index) {
    unsigned char *other = NULL;
    size_t other_size = 0;
    bool same = read_bytes(ds, index, &other, &other_size) == LINNET_OK && size == other_size &&
                memcmp(data, other, size) == 0;
    ln_free(other);
    return same;
}

/* order[0, n): samples of one length and hash, the first of them the smallest. */
static void compare_run(const struct ln_dataset *ds, struct ln_duplicates *duplicates, const uint32_t *order,
                        size_t n) {
    unsigned char *data = NULL;
    size_t size = 0;
    if (n > 1 && read_bytes(ds, order[0], &data, &size) == LINNET_OK)
        for (size_t i = 1; i < n; i++)
            if (same_bytes(ds, data, size, order[i]))
                duplicates->same[order[i]] = duplicates->group[order[i]] = order[0];
    ln_free(data);
    ln_error_clear();
}

static int find_same(struct ln_duplicates *duplicates, const struct ln_dataset *ds,
                     const struct ln_inspection *inspection) {
    uint32_t *order = ln_alloc(inspection->count * sizeof *order);
    size_t n = 0;
    if (!order) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < inspection->count; i++)
        if (!inspection->images[i].error) order[n++] = (uint32_t)i;
    if (n > 0) qsort_r(order, n, sizeof *order, content_order, inspection->images);
    for (size_t i = 0, next; i < n; i = next) {
        const struct ln_inspected *first = &inspection->images[order[i]];
        for (next = i + 1; next < n; next++) {
            const struct ln_inspected *image = &inspection->images[order[next]];
            if (image->bytes != first->bytes || image->content != first->content) break;
        }
        compare_run(ds, duplicates, order + i, next - i);
    }
    ln_free(order);
    return LINNET_OK;
}

/* ---- near --------------------------------------------------------------------------------------------- */

struct entry {
    uint64_t bits;
    uint32_t index;
};

/* One quarter's table: entries [begin[key], begin[key + 1]) have that key. */
struct table {
    uint32_t *begin;       /* [LISTS + 1] */
    struct entry *entries; /* [count] */
};

static unsigned key_of(uint64_t bits, int quarter) {
    return (unsigned)(bits >> (16 * quarter)) & (LISTS - 1);
}

static bool takes_part(const struct ln_duplicates *duplicates, const struct ln_inspection *inspection,
                       size_t i) {
    const struct ln_inspected *image = &inspection->images[i];
    return !image->error && !image->phash.blank && duplicates->same[i] == i;
}

/* Counts, places, fills: in each list the samples' own order. */
static void fill_table(struct table *t, int quarter, const struct ln_duplicates *duplicates,
                       const struct ln_inspection *inspection) {
    memset(t->begin, 0, (LISTS + 1) * sizeof *t->begin);
    for (size_t i = 0; i < inspection->count; i++)
        if (takes_part(duplicates, inspection, i))
            t->begin[key_of(inspection->images[i].phash.bits, quarter) + 1]++;
    for (int k = 0; k < LISTS; k++) t->begin[k + 1] += t->begin[k];
    const uint32_t total = t->begin[LISTS];
    for (size_t i = inspection->count; i-- > 0;) { /* from behind: each list's end walks to its begin */
        if (!takes_part(duplicates, inspection, i)) continue;
        uint64_t bits = inspection->images[i].phash.bits;
        t->entries[--t->begin[key_of(bits, quarter) + 1]] = (struct entry){bits, (uint32_t)i};
    }
    for (int k = 0; k < LISTS; k++) t->begin[k] = t->begin[k + 1];
    t->begin[LISTS] = total;
}

/* All keys' differences of RADIUS bits at most. */
static void fill_masks(unsigned masks[MASKS]) {
    int n = 0;
    masks[n++] = 0;
    for (int a = 0; a < 16; a++) {
        masks[n++] = 1u << a;
        for (int b = a + 1; b < 16; b++) masks[n++] = 1u << a | 1u << b;
    }
}

/* Unites sample i with its near ones before it. */
static void search(const struct table *t, int quarter, const unsigned masks[MASKS], uint32_t i,
                   struct ln_duplicates *duplicates, const struct ln_inspection *inspection) {
    const struct ln_phash *phash = &inspection->images[i].phash;
    int compared = 0;
    for (int m = 0; m < MASKS && compared < COMPARED_MOST; m++) {
        const unsigned key = key_of(phash->bits, quarter) ^ masks[m];
        for (uint32_t e = t->begin[key]; e < t->begin[key + 1] && compared < COMPARED_MOST; e++, compared++) {
            const struct entry *entry = &t->entries[e];
            if (entry->index >= i) break;
            if (__builtin_popcountll(entry->bits ^ phash->bits) > LN_PHASH_NEAR) continue;
            if (find_first(duplicates->group, i) == find_first(duplicates->group, entry->index)) continue;
            if (ln_phash_near(phash, &inspection->images[entry->index].phash))
                unite(duplicates->group, i, entry->index);
        }
    }
}

static int find_near(struct ln_duplicates *duplicates, const struct ln_inspection *inspection) {
    struct table t = {ln_alloc((LISTS + 1) * sizeof *t.begin),
                      ln_alloc(inspection->count * sizeof *t.entries)};
    unsigned masks[MASKS];
    fill_masks(masks);
    for (int quarter = 0; t.begin && t.entries && quarter < QUARTERS; quarter++) {
        fill_table(&t, quarter, duplicates, inspection);
        for (size_t i = 0; i < inspection->count; i++)
            if (takes_part(duplicates, inspection, i))
                search(&t, quarter, masks, (uint32_t)i, duplicates, inspection);
    }
    int status = t.begin && t.entries ? LINNET_OK : LINNET_ERR_LIMIT;
    ln_free(t.begin);
    ln_free(t.entries);
    return status;
}

int ln_duplicates_find(struct ln_duplicates *duplicates, const struct ln_dataset *ds,
                       const struct ln_inspection *inspection) {
    *duplicates = (struct ln_duplicates){ln_alloc(inspection->count * sizeof *duplicates->same),
                                         ln_alloc(inspection->count * sizeof *duplicates->group)};
    int status = duplicates->same && duplicates->group ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; status == LINNET_OK && i < inspection->count; i++)
        duplicates->same[i] = duplicates->group[i] = (uint32_t)i;
    if (status == LINNET_OK) status = find_same(duplicates, ds, inspection);
    if (status == LINNET_OK) status = find_near(duplicates, inspection);
    for (size_t i = 0; status == LINNET_OK && i < inspection->count; i++)
        duplicates->group[i] = find_first(duplicates->group, (uint32_t)i);
    if (status != LINNET_OK) ln_duplicates_fini(duplicates);
    return status;
}

void ln_duplicates_fini(struct ln_duplicates *duplicates) {
    ln_free(duplicates->same);
    ln_free(duplicates->group);
    *duplicates = (struct ln_duplicates){0};
}

int ln_duplicates_group(struct ln_dataset *ds, const struct ln_inspection *inspection) {
    struct ln_duplicates duplicates;
    LN_TRY(ln_duplicates_find(&duplicates, ds, inspection));
    ds->groups = duplicates.group;
    duplicates.group = NULL;
    ln_duplicates_fini(&duplicates);
    return LINNET_OK;
}
