/* Identical images are sorted by length and hash, then compared byte by byte.
 *
 * Near-identical images are found by multi-index hashing (Norouzi, Punjani and Fleet, "Fast search in Hamming space
 * with multi-index hashing", CVPR 2012). If two 64-bit hashes differ in at most 11 bits, at least one of their four
 * 16-bit quarters differs in at most 2. So each quarter has a table of 65536 lists, and an image is compared only with
 * the images in the 137 lists within 2 bits of its own quarter. For 25,000 photos this takes a moment; comparing every
 * pair would take 312 million comparisons.
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
    COMPARED_MOST = 1 << 16 /* per image and quarter; bounds the time when very many images look alike */
};
_Static_assert(LN_PHASH_NEAR < QUARTERS * (RADIUS + 1), "one quarter must differ in at most RADIUS bits");

/* ---- groups (union-find) ------------------------------------------------------------------------------- */

static uint32_t find_first(uint32_t *group, uint32_t i) {
    for (; group[i] != i; i = group[i]) group[i] = group[group[i]]; /* path halving */
    return i;
}

/* The smaller root wins, so that a group is named after its first sample. */
static void unite(uint32_t *group, uint32_t a, uint32_t b) {
    a = find_first(group, a);
    b = find_first(group, b);
    if (a < b)
        group[b] = a;
    else
        group[a] = b;
}

/* ---- identical bytes ----------------------------------------------------------------------------------- */

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

/* Equal hashes may collide, so the bytes are compared. A file that has become unreadable matches nothing. */
static bool same_bytes(const struct ln_dataset *ds, const unsigned char *data, size_t size, uint32_t index) {
    unsigned char *other = NULL;
    size_t other_size = 0;
    bool same = read_bytes(ds, index, &other, &other_size) == LINNET_OK && size == other_size &&
                memcmp(data, other, size) == 0;
    ln_free(other);
    return same;
}

/* order[0, n): samples of equal length and hash, sorted by number. */
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

/* ---- near-identical ------------------------------------------------------------------------------------ */

struct entry {
    uint64_t bits;
    uint32_t index;
};

/* The table of one quarter: entries [begin[key], begin[key + 1]) have that key. */
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

/* Counting sort by key. Within a list the samples keep their order, which search() relies on. */
static void fill_table(struct table *t, int quarter, const struct ln_duplicates *duplicates,
                       const struct ln_inspection *inspection) {
    memset(t->begin, 0, (LISTS + 1) * sizeof *t->begin);
    for (size_t i = 0; i < inspection->count; i++)
        if (takes_part(duplicates, inspection, i))
            t->begin[key_of(inspection->images[i].phash.bits, quarter) + 1]++;
    for (int k = 0; k < LISTS; k++) t->begin[k + 1] += t->begin[k];
    const uint32_t total = t->begin[LISTS];
    for (size_t i = inspection->count; i-- > 0;) { /* backwards, so that begin[key + 1] moves down from the
                                                      list's end to its start */
        if (!takes_part(duplicates, inspection, i)) continue;
        uint64_t bits = inspection->images[i].phash.bits;
        t->entries[--t->begin[key_of(bits, quarter) + 1]] = (struct entry){bits, (uint32_t)i};
    }
    for (int k = 0; k < LISTS; k++) t->begin[k] = t->begin[k + 1];
    t->begin[LISTS] = total;
}

/* All xor differences of two keys in at most RADIUS bits. */
static void fill_masks(unsigned masks[MASKS]) {
    int n = 0;
    masks[n++] = 0;
    for (int a = 0; a < 16; a++) {
        masks[n++] = 1u << a;
        for (int b = a + 1; b < 16; b++) masks[n++] = 1u << a | 1u << b;
    }
}

/* Unites sample i with the earlier samples near it; the later ones find i when their turn comes. */
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
