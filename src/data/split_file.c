/* A split on disk: a CSV with the columns path,class,part. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "data/classes.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/split.h"
#include <limits.h>
#include <string.h>

enum { FILE_MOST = 1 << 30 };

/* ---- samples by name ----------------------------------------------------------------------------------- */

/* A hash table with open addressing. A slot holds a sample's number + 1, or 0 if it is free; at most half of
 * the slots are used. */
struct names {
    const struct ln_dataset *ds;
    uint32_t *slots;
    size_t mask;
};

/* FNV-1a (Fowler, Noll, Vo), 64 bits, with the upper half folded in. */
static size_t name_hash(const char *name) {
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* The slot that holds the name, or the free slot where it belongs. */
static uint32_t *find_slot(const struct names *names, const char *name) {
    char other[PATH_MAX];
    size_t i = name_hash(name) & names->mask;
    for (; names->slots[i]; i = (i + 1) & names->mask)
        if (strcmp(ln_dataset_sample_name(names->ds, names->slots[i] - 1, other, sizeof other), name) == 0)
            break;
    return &names->slots[i];
}

static int names_init(struct names *names, const struct ln_dataset *ds) {
    size_t size = 16;
    char name[PATH_MAX];
    while (size < 2 * ds->count) size *= 2;
    *names = (struct names){ds, ln_calloc(size, sizeof *names->slots), size - 1};
    if (!names->slots) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < ds->count; i++) {
        uint32_t *slot = find_slot(names, ln_dataset_sample_name(ds, (uint32_t)i, name, sizeof name));
        if (!*slot) *slot = (uint32_t)i + 1; /* if two samples share a name, the first wins */
    }
    return LINNET_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

struct reading {
    struct ln_dataset *ds;
    struct ln_csv csv;
    struct ln_columns columns;
    struct names names;
    size_t *line; /* [ds->count] the line that named each sample; 0: not named yet */
};

static int fail_path(const struct reading *r, const char *path) {
    return ln_fail(LINNET_ERR_INPUT, "split-path", "%s: line %zu: there is no image '%.*s' in the data",
                   r->csv.path, r->csv.line, LN_TEXT_CUT(path));
}

/* The class is optional. It is checked if given: data that was re-sorted into other classes since the split
 * was written is a different data set. */
static int check_class(const struct reading *r, uint32_t sample, const char *path) {
    const char *word = ln_columns_field(&r->columns, &r->csv, LN_COLUMN_LABEL);
    const char *own = r->ds->class_names[r->ds->labels[sample]];
    if (r->columns.at[LN_COLUMN_LABEL] < 0 || ln_class_is(own, word)) return LINNET_OK;
    for (int k = 0; k < r->ds->classes; k++)
        if (ln_class_is(r->ds->class_names[k], word))
            return ln_fail(LINNET_ERR_INPUT, "split-class",
                           "%s: line %zu: '%.*s' has class '%.*s' here but '%.*s' in the data", r->csv.path,
                           r->csv.line, LN_TEXT_CUT(path), LN_TEXT_CUT(word), LN_TEXT_CUT(own));
    return ln_fail(LINNET_ERR_INPUT, "split-class",
                   "%s: line %zu: '%.*s' is not one of the data's %d classes", r->csv.path, r->csv.line,
                   LN_TEXT_CUT(word), r->ds->classes);
}

static int add_row(struct reading *r) {
    enum linnet_part part;
    LN_TRY(ln_columns_check(&r->columns, &r->csv));
    const char *path = ln_columns_field(&r->columns, &r->csv, LN_COLUMN_PATH);
    uint32_t found = *find_slot(&r->names, path);
    if (!found) return fail_path(r, path);
    uint32_t sample = found - 1;
    LN_TRY(check_class(r, sample, path));
    LN_TRY(ln_columns_part(&r->columns, &r->csv, &part));
    if (r->line[sample])
        return ln_fail(LINNET_ERR_INPUT, "split-duplicate", "%s: line %zu: '%.*s' is already on line %zu",
                       r->csv.path, r->csv.line, LN_TEXT_CUT(path), r->line[sample]);
    r->line[sample] = r->csv.line;
    if (part == LINNET_PART_DEFAULT || (r->ds->excluded && r->ds->excluded[sample])) return LINNET_OK;
    struct ln_part *to = &r->ds->parts[part];
    to->index[to->count++] = sample;
    return LINNET_OK;
}

/* A header may name the columns in any order; without one they are path, class, part. */
static int read_rows(struct reading *r) {
    LN_TRY(ln_csv_row(&r->csv));
    if (r->csv.count == 0)
        return ln_fail(LINNET_ERR_INPUT, "list-columns",
                       "%s: the file is empty; expected rows of path,class,part", r->csv.path);
    ln_columns_read(&r->columns, &r->csv);
    if (r->columns.at[LN_COLUMN_PATH] < 0 || r->columns.at[LN_COLUMN_PART] < 0) {
        if (r->csv.count != 3)
            return ln_fail(LINNET_ERR_INPUT, "list-columns",
                           "%s: line %zu: expected the columns path,class,part; found no header with path "
                           "and part, and %d fields",
                           r->csv.path, r->csv.line, r->csv.count);
        r->columns = (struct ln_columns){.at = {0, 1, 2}, .count = 3};
        LN_TRY(add_row(r));
    }
    for (;;) {
        LN_TRY(ln_csv_row(&r->csv));
        if (r->csv.count == 0) return LINNET_OK;
        LN_TRY(add_row(r));
    }
}

static void tell_unnamed(const struct reading *r) {
    size_t unnamed = 0;
    for (size_t i = 0; i < r->ds->count; i++) unnamed += r->line[i] == 0;
    if (unnamed > 0)
        ln_log(LINNET_LOG_WARNING, "%s: %zu of the data's %zu images are not listed; they are in no part",
               r->csv.path, unnamed, r->ds->count);
}

int ln_split_text_read(struct ln_dataset *ds, const char *path, char *text, size_t size) {
    struct reading r = {.ds = ds, .csv.path = path};
    r.csv.at = text;
    r.csv.end = text + size;
    int status = names_init(&r.names, ds);
    if (status == LINNET_OK && !(r.line = ln_calloc(ds->count, sizeof *r.line))) status = LINNET_ERR_LIMIT;
    for (int p = LINNET_TRAIN; status == LINNET_OK && p <= LINNET_TEST; p++)
        if (!(ds->parts[p].index = ln_alloc(ds->count * sizeof *ds->parts[p].index)))
            status = LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = read_rows(&r);
    if (status == LINNET_OK) tell_unnamed(&r);
    ln_free(r.line);
    ln_free(r.names.slots);
    return status;
}

int ln_split_file_read(struct ln_dataset *ds, const char *path) {
    unsigned char *text = NULL;
    size_t size = 0;
    LN_TRY(ln_file_read(path, FILE_MOST, &text, &size));
    int status = ln_split_text_read(ds, path, (char *)text, size);
    ln_free(text);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

int ln_split_file_write(const struct ln_dataset *ds, const char *path) {
    static const char *const names[] = {"", "train", "val", "test"};
    struct ln_text t = {0};
    char name[PATH_MAX], *data = NULL;
    ln_text_add(&t, "path,class,part\n");
    for (int part = LINNET_TRAIN; part <= LINNET_TEST; part++) {
        if (part == LINNET_VAL && ds->val_is_test) continue;
        for (size_t i = 0; i < ds->parts[part].count; i++) {
            uint32_t index = ds->parts[part].index[i];
            ln_text_add_csv(&t, ln_dataset_sample_name(ds, index, name, sizeof name));
            ln_text_add(&t, ",");
            ln_text_add_csv(&t, ds->class_names[ds->labels[index]]);
            ln_text_addf(&t, ",%s\n", names[part]);
        }
    }
    size_t length = t.length;
    int status = ln_text_take(&t, &data);
    if (status == LINNET_OK) status = ln_file_write(path, data, length);
    ln_free(data);
    return status;
}
