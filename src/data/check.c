/* Turns the inspected images and the duplicates among them into the result of linnet_data_check. */
#include "data/check.h"
#include "base/alloc.h"
#include "base/text.h"
#include "data/duplicates.h"
#include "data/source.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMATS_MOST = 64 };

/* The result and everything that it points to, freed together. */
struct findings {
    struct linnet_check check; /* must be first: ln_check_free casts back from it */
    int64_t *counts;
    struct linnet_check_bad *bad;
    struct linnet_check_image *blank;
    struct linnet_check_format formats[FORMATS_MOST];
    struct linnet_check_group *groups;
    struct linnet_check_duplicate *duplicates; /* of all groups, one after the other */
    char **strings;
    size_t string_count, string_capacity;
};

/* The result with the data that it is computed from. */
struct finder {
    struct findings *found;
    const struct ln_dataset *ds;
    struct ln_inspection inspection;
    struct ln_duplicates duplicates;
    uint8_t *part; /* [count] enum linnet_part of each sample */
};

/* ---- helpers ------------------------------------------------------------------------------------------- */

/* A copy that lives as long as the result. */
static const char *keep_string(struct findings *f, const char *s) {
    char **strings = ln_grow(f->strings, f->string_count, &f->string_capacity, sizeof *strings);
    if (!strings) return NULL;
    f->strings = strings;
    char *copy = ln_strdup(s);
    if (copy) f->strings[f->string_count++] = copy;
    return copy;
}

static int describe(const struct finder *f, size_t i, struct linnet_check_image *image) {
    char name[PATH_MAX];
    *image = (struct linnet_check_image){.label = f->ds->labels[i], .part = (enum linnet_part)f->part[i]};
    image->path = keep_string(f->found, ln_dataset_sample_name(f->ds, (uint32_t)i, name, sizeof name));
    return image->path ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int find_parts(struct finder *f, bool has_parts) {
    const struct ln_dataset *ds = f->ds;
    f->part = ln_calloc(ds->count, 1);
    if (!f->part) return LINNET_ERR_LIMIT;
    for (int p = LINNET_TRAIN; has_parts && p <= LINNET_TEST; p++) {
        if (p == LINNET_VAL && ds->val_is_test) continue;
        for (size_t i = 0; i < ds->parts[p].count; i++) f->part[ds->parts[p].index[i]] = (uint8_t)p;
    }
    return LINNET_OK;
}

static int count_classes(const struct finder *f) {
    const size_t parts = LINNET_TEST + 1;
    int64_t *counts = f->found->counts = ln_calloc((size_t)f->ds->classes * parts, sizeof *counts);
    if (!counts) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < f->ds->count; i++) counts[(size_t)f->ds->labels[i] * parts + f->part[i]]++;
    return LINNET_OK;
}

static int list_bad(const struct finder *f) {
    struct linnet_check_bad *bad = f->found->bad = ln_calloc(f->inspection.bad, sizeof *bad);
    char line[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];
    if (!bad) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < f->inspection.count; i++) {
        const struct ln_inspected *image = &f->inspection.images[i];
        if (!image->error) continue;
        snprintf(line, sizeof line, "%s [%s]", image->error, image->code);
        LN_TRY(describe(f, i, &bad->image));
        bad->error = keep_string(f->found, line);
        bad->code = keep_string(f->found, image->code);
        if (!bad->error || !bad->code) return LINNET_ERR_LIMIT;
        bad++;
    }
    return LINNET_OK;
}

static int list_blank(const struct finder *f) {
    struct linnet_check *check = &f->found->check;
    size_t count = 0;
    for (size_t i = 0; i < f->inspection.count; i++) count += f->inspection.images[i].phash.blank;
    struct linnet_check_image *blank = f->found->blank = ln_calloc(count, sizeof *blank);
    if (!blank) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < f->inspection.count; i++)
        if (f->inspection.images[i].phash.blank) LN_TRY(describe(f, i, &blank[check->blank_count++]));
    return LINNET_OK;
}

/* ---- sizes and formats -------------------------------------------------------------------------------- */

static int double_order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts values [n]. The median of an even number of values is the mean of the two in the middle. */
static struct linnet_check_range range_of(double *values, size_t n) {
    if (n == 0) return (struct linnet_check_range){0};
    qsort(values, n, sizeof *values, double_order);
    return (struct linnet_check_range){values[0], (values[(n - 1) / 2] + values[n / 2]) / 2, values[n - 1]};
}

enum measure { WIDTH, HEIGHT, ASPECT, BYTES, MEASURES };

static double measure(const struct ln_inspected *image, enum measure what) {
    switch (what) {
    case WIDTH: return image->width;
    case HEIGHT: return image->height;
    case ASPECT: return (double)image->width / image->height;
    default: return (double)image->bytes;
    }
}

static int find_ranges(const struct finder *f) {
    struct linnet_check *check = &f->found->check;
    struct linnet_check_range *const ranges[MEASURES] = {&check->width, &check->height, &check->aspect,
                                                         &check->bytes};
    double *values = ln_alloc(f->inspection.count * sizeof *values);
    if (!values) return LINNET_ERR_LIMIT;
    for (int m = 0; m < MEASURES; m++) {
        size_t n = 0;
        for (size_t i = 0; i < f->inspection.count; i++)
            if (!f->inspection.images[i].error)
                values[n++] = measure(&f->inspection.images[i], (enum measure)m);
        *ranges[m] = range_of(values, n);
    }
    ln_free(values);
    return LINNET_OK;
}

static int format_order(const void *a, const void *b) {
    int64_t x = ((const struct linnet_check_format *)a)->count,
            y = ((const struct linnet_check_format *)b)->count;
    return (x < y) - (x > y);
}

static void count_formats(const struct finder *f) {
    struct linnet_check *check = &f->found->check;
    struct linnet_check_format *formats = f->found->formats;
    for (size_t i = 0; i < f->inspection.count; i++) {
        const struct ln_inspected *image = &f->inspection.images[i];
        int k = 0;
        if (image->error || !image->format) continue;
        while (k < check->format_count && strcmp(formats[k].name, image->format) != 0) k++;
        if (k == FORMATS_MOST) continue;
        if (k == check->format_count) formats[check->format_count++].name = image->format;
        formats[k].count++;
    }
    qsort(formats, (size_t)check->format_count, sizeof *formats, format_order);
}

/* ---- duplicates ---------------------------------------------------------------------------------------- */

static int group_order(const void *a_, const void *b_, void *group_) {
    const uint32_t *group = group_, i = *(const uint32_t *)a_, j = *(const uint32_t *)b_;
    if (group[i] != group[j]) return group[i] < group[j] ? -1 : 1;
    return i < j ? -1 : i > j;
}

/* The samples that have duplicates, sorted so that groups are contiguous. *n: how many there are. */
static uint32_t *sort_duplicates(const struct finder *f, size_t *n) {
    const uint32_t *group = f->duplicates.group;
    uint32_t *order = ln_alloc(f->inspection.count * sizeof *order),
             *size = ln_calloc(f->inspection.count, sizeof *size);
    *n = 0;
    if (order && size) {
        for (size_t i = 0; i < f->inspection.count; i++) size[group[i]]++;
        for (size_t i = 0; i < f->inspection.count; i++)
            if (size[group[i]] > 1) order[(*n)++] = (uint32_t)i;
        qsort_r(order, *n, sizeof *order, group_order, f->duplicates.group);
    } else {
        ln_free(order);
        order = NULL;
    }
    ln_free(size);
    return order;
}

static int index_order(const void *a, const void *b) {
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    return i < j ? -1 : i > j;
}

/* Marks every member that has the same bytes as another. `same` links only later members to the first of
 * them, so the first is looked up and marked too. */
static void mark_identical(const struct finder *f, const uint32_t *members,
                           struct linnet_check_duplicate *duplicates, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const uint32_t first = f->duplicates.same[members[i]];
        if (first == members[i]) continue;
        const uint32_t *at = bsearch(&first, members, (size_t)count, sizeof *members, index_order);
        duplicates[i].identical = true;
        if (at) duplicates[at - members].identical = true;
    }
}

static int fill_group(const struct finder *f, const uint32_t *members,
                      struct linnet_check_duplicate *duplicates, struct linnet_check_group *group) {
    const struct ln_inspected *images = f->inspection.images;
    bool in_part[LINNET_TEST + 1] = {false};
    *group = (struct linnet_check_group){.images = duplicates, .count = group->count, .identical = true};
    for (int64_t i = 0; i < group->count; i++) {
        const uint32_t sample = members[i];
        LN_TRY(describe(f, sample, &duplicates[i].image));
        duplicates[i].distance = ln_phash_distance(&images[sample].phash, &images[members[0]].phash);
        if (f->duplicates.same[sample] != members[0]) group->identical = false;
        if (duplicates[i].image.label != duplicates[0].image.label) group->across_classes = true;
        in_part[f->part[sample]] = true;
    }
    mark_identical(f, members, duplicates, group->count);
    group->across_parts = in_part[LINNET_TRAIN] + in_part[LINNET_VAL] + in_part[LINNET_TEST] > 1;
    for (int64_t i = 0; i < group->count; i++)
        if (in_part[LINNET_TRAIN] && duplicates[i].image.part > LINNET_TRAIN)
            f->found->check.leaked[duplicates[i].image.part]++;
    f->found->check.redundant += group->count - 1;
    return LINNET_OK;
}

static int severity_order(const void *a_, const void *b_) {
    const struct linnet_check_group *a = a_, *b = b_;
    if (a->across_parts != b->across_parts) return a->across_parts ? -1 : 1;
    if (a->across_classes != b->across_classes) return a->across_classes ? -1 : 1;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return a->images < b->images ? -1 : a->images > b->images;
}

static int list_groups(const struct finder *f) {
    struct findings *found = f->found;
    size_t n;
    uint32_t *order = sort_duplicates(f, &n);
    if (!order) return LINNET_ERR_LIMIT;
    found->groups = ln_calloc(n / 2 + 1, sizeof *found->groups);
    found->duplicates = ln_calloc(n, sizeof *found->duplicates);
    int status = found->groups && found->duplicates ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0, next; status == LINNET_OK && i < n; i = next) {
        for (next = i + 1; next < n && f->duplicates.group[order[next]] == f->duplicates.group[order[i]];)
            next++;
        struct linnet_check_group *group = &found->groups[found->check.group_count++];
        group->count = (int64_t)(next - i);
        status = fill_group(f, order + i, found->duplicates + i, group);
    }
    if (status == LINNET_OK)
        qsort(found->groups, (size_t)found->check.group_count, sizeof *found->groups, severity_order);
    ln_free(order);
    return status;
}

/* ---- all findings -------------------------------------------------------------------------------------- */

static void fill_check(const struct finder *f, bool has_parts) {
    struct findings *found = f->found;
    struct linnet_check *check = &found->check;
    check->images = (int64_t)f->inspection.count;
    check->readable = (int64_t)(f->inspection.count - f->inspection.bad);
    check->has_parts = has_parts;
    check->classes = f->ds->classes;
    check->counts = found->counts;
    check->bad_count = (int64_t)f->inspection.bad;
    check->bad = found->bad;
    check->formats = found->formats;
    check->blank = found->blank;
    check->groups = found->groups;
}

static int find_all(struct finder *f, bool has_parts, const struct linnet_check_opts *opts) {
    LN_TRY(find_parts(f, has_parts));
    LN_TRY(ln_inspection_run(&f->inspection, f->ds,
                             &(struct ln_inspection_opts){.threads = opts->threads,
                                                          .stop = opts->stop,
                                                          .on_progress = opts->on_progress,
                                                          .user = opts->user,
                                                          .ranks = opts->ranks}));
    LN_TRY(ln_duplicates_find(&f->duplicates, f->ds, &f->inspection));
    LN_TRY(count_classes(f));
    LN_TRY(list_bad(f));
    LN_TRY(list_blank(f));
    LN_TRY(find_ranges(f));
    count_formats(f);
    LN_TRY(list_groups(f));
    fill_check(f, has_parts);
    return LINNET_OK;
}

int ln_check_run(struct linnet_check **check, const struct ln_dataset *ds, bool has_parts,
                 const struct linnet_check_opts *opts) {
    static const struct linnet_check_opts defaults;
    struct finder f = {.found = ln_calloc(1, sizeof *f.found), .ds = ds};
    if (!f.found) return LINNET_ERR_LIMIT;
    int status = find_all(&f, has_parts, opts ? opts : &defaults);
    ln_free(f.part);
    ln_inspection_fini(&f.inspection);
    ln_duplicates_fini(&f.duplicates);
    if (status == LINNET_OK)
        *check = &f.found->check;
    else
        ln_check_free(&f.found->check);
    return status;
}

void ln_check_free(struct linnet_check *check) {
    struct findings *found = (struct findings *)check; /* check is the first member */
    if (!found) return;
    for (size_t i = 0; i < found->string_count; i++) ln_free(found->strings[i]);
    ln_free(found->strings);
    ln_free(found->counts);
    ln_free(found->bad);
    ln_free(found->blank);
    ln_free(found->groups);
    ln_free(found->duplicates);
    ln_free(found);
}
