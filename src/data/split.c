/* The parts of a data set: as the source assigns them, or cut from a shuffled list. */
#include "data/split.h"
#include "base/alloc.h"
#include "base/rng.h"
#include "base/text.h"
#include <ctype.h>
#include <string.h>

static const char default_split[] = "80,10,10";

/* ---- the text of a split ------------------------------------------------------------------------------ */

/* Parses two or three whole numbers separated by commas; returns how many, 0 on a syntax error. */
static int parse(const char *text, uint64_t numbers[3]) {
    const char *p = text;
    for (int n = 0; n < 3; p++) {
        if (!isdigit((unsigned char)*p)) return 0;
        numbers[n] = 0;
        for (; isdigit((unsigned char)*p); p++) {
            numbers[n] = numbers[n] * 10 + (uint64_t)(*p - '0');
            if (numbers[n] > UINT32_MAX) return 0;
        }
        n++;
        if (*p == '\0') return n >= 2 ? n : 0;
        if (*p != ',') return 0;
    }
    return 0;
}

int ln_split_sizes(const char *text, size_t n, size_t sizes[3]) {
    uint64_t numbers[3] = {0};
    if (!parse(text, numbers))
        return ln_fail(LINNET_ERR_USAGE, "split-text",
                       "split '%.*s': expected counts or percentages for train, validation and test, such "
                       "as 400,92,10 or 80,10,10; two numbers mean train and validation",
                       LN_TEXT_CUT(text));
    uint64_t sum = numbers[0] + numbers[1] + numbers[2];
    if (sum == 0) return ln_fail(LINNET_ERR_USAGE, "split-size", "split %s asks for no images", text);
    if (sum != 100 && sum > n)
        return ln_fail(LINNET_ERR_USAGE, "split-size",
                       "split %s asks for %llu images, but there are only %zu", text, (unsigned long long)sum,
                       n);
    if (sum != 100) {
        for (int i = 0; i < 3; i++) sizes[i] = (size_t)numbers[i];
        return LINNET_OK;
    }
    size_t cut = 0;
    uint64_t percent = 0;
    for (int i = 0; i < 3; i++) {
        percent += numbers[i];
        size_t next = (size_t)((n * percent + 50) / 100);
        sizes[i] = next - cut;
        cut = next;
    }
    return LINNET_OK;
}

/* ---- the parts ---------------------------------------------------------------------------------------- */

static int source_part(const struct ln_dataset *ds, size_t i) {
    return ds->source_part ? ds->source_part[i] : 0;
}

/* The usable samples whose part, as the source assigns it, is in `set` (one bit per part), in order. */
static int list_samples(const struct ln_dataset *ds, unsigned set, struct ln_part *list) {
    list->index = ln_alloc(ds->count * sizeof *list->index);
    if (!list->index) return LINNET_ERR_LIMIT;
    list->count = 0;
    for (size_t i = 0; i < ds->count; i++) {
        if (ds->excluded && ds->excluded[i]) continue;
        if (set >> source_part(ds, i) & 1) list->index[list->count++] = (uint32_t)i;
    }
    return LINNET_OK;
}

static int slice(struct ln_part *part, const uint32_t *index, size_t count) {
    part->index = ln_alloc(count * sizeof *index);
    if (!part->index) return LINNET_ERR_LIMIT;
    memcpy(part->index, index, count * sizeof *index);
    part->count = count;
    return LINNET_OK;
}

/* Shuffles the samples in `set` and cuts them into train, validation and, with three numbers, test. */
static int cut_shuffled(struct ln_dataset *ds, unsigned set, const char *text,
                        const struct linnet_data_opts *opts) {
    struct ln_part list = {0};
    LN_TRY(list_samples(ds, set, &list));
    size_t sizes[3], at = 0;
    int status = ln_split_sizes(text, list.count, sizes);
    if (status != LINNET_OK) goto fail;
    struct ln_mt mt;
    ln_mt_seed(&mt, opts->seed);
    ln_mt_shuffle(&mt, list.index, list.count);
    if (ds->groups || opts->stratify) status = ln_split_deal(ds, &list, sizes, opts->stratify);
    for (int i = 0; i < 3 && status == LINNET_OK; at += sizes[i++])
        if (!ds->parts[LINNET_TRAIN + i].index) /* keeps a test part that the source assigned */
            status = slice(&ds->parts[LINNET_TRAIN + i], list.index + at, sizes[i]);
fail:
    ln_free(list.index);
    return status;
}

enum {
    IN_NONE = 1 << LINNET_PART_DEFAULT,
    IN_TRAIN = 1 << LINNET_TRAIN,
    IN_VAL = 1 << LINNET_VAL,
    IN_TEST = 1 << LINNET_TEST,
};

/* The parts that the source assigns samples to, one bit each. */
static unsigned parts_present(const struct ln_dataset *ds) {
    unsigned set = 0;
    for (size_t i = 0; i < ds->count; i++) set |= 1U << source_part(ds, i);
    return set;
}

/* HOLD_OUT_FROM: with fewer images, too few would be left to learn from. HOLD_OUT_MOST: enough for any fit. */
enum { HOLD_OUT_FROM = 1000, HOLD_OUT_MOST = 1000 };

/* Moves some images of the training part, drawn by the seed, into the validation part. The others keep their order. */
static int hold_out(struct ln_dataset *ds, const struct linnet_data_opts *opts) {
    struct ln_part *train = &ds->parts[LINNET_TRAIN], *val = &ds->parts[LINNET_VAL], drawn = {0};
    size_t count = train->count * (size_t)opts->hold_out / 100, left = 0;
    if (train->count < HOLD_OUT_FROM || count == 0) return LINNET_OK;
    if (count > HOLD_OUT_MOST) count = HOLD_OUT_MOST;
    uint8_t *is_held = ln_calloc(ds->count, 1);
    int status = is_held ? slice(&drawn, train->index, train->count) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) {
        struct ln_mt mt;
        ln_mt_seed(&mt, opts->seed);
        ln_mt_shuffle(&mt, drawn.index, drawn.count);
        for (size_t i = 0; i < count; i++) is_held[drawn.index[i]] = 1;
        for (size_t i = 0; i < train->count; i++)
            if (!is_held[train->index[i]]) train->index[left++] = train->index[i];
        train->count = left;
        drawn.count = count;
        ln_free(val->index);
        *val = drawn;
        ds->val_held_out = true;
    }
    ln_free(is_held);
    return status;
}

static int own_parts(struct ln_dataset *ds, const struct linnet_data_opts *opts) {
    if (opts->stratify || opts->group_near)
        return ln_fail(LINNET_ERR_USAGE, "split-own",
                       "%s: the data is already divided into parts, so there is nothing to %s; give a "
                       "split such as 80,10,10 to draw new ones",
                       ds->path, opts->stratify ? "stratify" : "group");
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) LN_TRY(list_samples(ds, 1U << p, &ds->parts[p]));
    const bool lacks_validation = ds->parts[LINNET_VAL].count == 0 && ds->parts[LINNET_TEST].count > 0;
    return lacks_validation && opts->hold_out > 0 ? hold_out(ds, opts) : LINNET_OK;
}

static int fill_parts(struct ln_dataset *ds, const struct linnet_data_opts *opts) {
    const char *text = opts->split;
    unsigned present = parts_present(ds);
    if (opts->split_file) return ln_split_file_read(ds, opts->split_file);
    if (!text && (present & (IN_VAL | IN_TEST))) return own_parts(ds, opts);
    unsigned pool = IN_NONE | IN_TRAIN | IN_VAL | IN_TEST;
    if (text && strchr(text, ',') == strrchr(text, ',') && present & IN_TEST) {
        LN_TRY(list_samples(ds, IN_TEST, &ds->parts[LINNET_TEST]));
        pool &= ~(unsigned)IN_TEST;
    }
    return cut_shuffled(ds, pool, text ? text : default_split, opts);
}

/* Evenly spread rather than the first ones, because samples are often sorted by class. */
static void limit_part(struct ln_part *part, size_t limit) {
    if (part->count <= limit) return;
    for (size_t i = 0; i < limit; i++) part->index[i] = part->index[i * part->count / limit];
    part->count = limit;
}

int ln_split_apply(struct ln_dataset *ds, const struct linnet_data_opts *opts) {
    static const struct linnet_data_opts defaults;
    if (!opts) opts = &defaults;
    ln_dataset_clear_parts(ds);
    int status = fill_parts(ds, opts);
    if (status != LINNET_OK) {
        ln_dataset_clear_parts(ds);
        return status;
    }
    for (int p = LINNET_TRAIN; opts->limit > 0 && p <= LINNET_TEST; p++)
        limit_part(&ds->parts[p], (size_t)opts->limit);
    if (ds->parts[LINNET_VAL].count == 0 && ds->parts[LINNET_TEST].count > 0) {
        ln_free(ds->parts[LINNET_VAL].index);
        ds->parts[LINNET_VAL] = ds->parts[LINNET_TEST];
        ds->val_is_test = true;
    }
    return LINNET_OK;
}
