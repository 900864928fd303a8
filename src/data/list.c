/* A CSV file as a source. Each row has a path, a label, and optionally a part (train, val, test).
 *
 * With a header, columns are found by name, in any order, and unknown columns are ignored. Without one, the
 * first column is the path and the second the label. Paths are relative to the CSV's folder and may not leave
 * it. Labels that are all whole numbers are ordered by value, others in byte order. Samples keep the order of
 * the rows.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "data/columns.h"
#include "data/listing.h"
#include "data/source.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_MOST = 1 << 30, CLASSES_MOST = 10000 };

/* ---- rows --------------------------------------------------------------------------------------------- */

struct rows {
    struct ln_csv csv;
    struct ln_columns columns;
    struct ln_listing *listing; /* paths and parts of the rows; labels are resolved after the last row */
    struct ln_word *labels;     /* [listing->count], pointing into the text */
    size_t capacity;
};

/* True if the path stays inside the CSV's folder: relative, with no ".." component. */
static bool path_stays(const char *path) {
    if (*path == '\0' || *path == '/') return false;
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == '\0')) return false;
    }
    return true;
}

static int add_row(struct rows *rows) {
    const struct ln_csv *csv = &rows->csv;
    LN_TRY(ln_columns_check(&rows->columns, csv));
    if (csv->count < 2)
        return ln_fail(LINNET_ERR_INPUT, "list-columns",
                       "%s: line %zu: only one field; expected a path and a label, separated by a comma",
                       csv->path, csv->line);
    const char *path = ln_columns_field(&rows->columns, csv, LN_COLUMN_PATH);
    const char *label = ln_columns_field(&rows->columns, csv, LN_COLUMN_LABEL);
    enum linnet_part part;
    if (!path_stays(path))
        return ln_fail(LINNET_ERR_INPUT, "list-path",
                       "%s: line %zu: '%.*s' is outside the CSV's folder; paths must be relative to that "
                       "folder and stay in it",
                       csv->path, csv->line, LN_TEXT_CUT(path));
    if (*label == '\0')
        return ln_fail(LINNET_ERR_INPUT, "list-label", "%s: line %zu: '%.*s' has no label", csv->path,
                       csv->line, LN_TEXT_CUT(path));
    LN_TRY(ln_columns_part(&rows->columns, csv, &part));
    struct ln_word *labels = ln_grow(rows->labels, rows->listing->count, &rows->capacity, sizeof *labels);
    if (!labels) return LINNET_ERR_LIMIT;
    rows->labels = labels;
    labels[rows->listing->count] = (struct ln_word){label, strlen(label)};
    return ln_listing_add(rows->listing, "", path, -1, part);
}

static int read_rows(struct rows *rows) {
    LN_TRY(ln_csv_row(&rows->csv));
    ln_columns_read(&rows->columns, &rows->csv);
    if (rows->columns.at[LN_COLUMN_PATH] < 0 || rows->columns.at[LN_COLUMN_LABEL] < 0) { /* no header */
        rows->columns = (struct ln_columns){.at = {0, 1, -1}, .count = rows->csv.count};
        if (rows->csv.count > 0) LN_TRY(add_row(rows));
    }
    for (;;) {
        LN_TRY(ln_csv_row(&rows->csv));
        if (rows->csv.count == 0) return LINNET_OK;
        LN_TRY(add_row(rows));
    }
}

/* ---- labels ------------------------------------------------------------------------------------------- */

struct numeral {
    int64_t value;
    int label; /* index in byte order */
};

static int numeral_order(const void *a_, const void *b_) {
    const struct numeral *a = a_, *b = b_;
    if (a->value != b->value) return a->value < b->value ? -1 : 1;
    return a->label - b->label;
}

/* False if any class name is not a whole number. */
static bool read_numerals(const struct ln_classes *classes, struct numeral *numerals) {
    for (size_t i = 0; i < classes->count; i++) {
        numerals[i].label = (int)i;
        if (!ln_text_to_i64(classes->names[i], INT64_MIN, INT64_MAX, &numerals[i].value)) return false;
    }
    return true;
}

/* Reorders classes with numeric names by value: 2 comes before 10. */
static void order_by_value(struct ln_listing *l, struct numeral *numerals, char **names, int *place) {
    size_t n = l->classes.count;
    qsort(numerals, n, sizeof *numerals, numeral_order);
    for (size_t i = 0; i < n; i++) {
        names[i] = l->classes.names[numerals[i].label];
        place[numerals[i].label] = (int)i;
    }
    memcpy(l->classes.names, names, n * sizeof *names);
    for (size_t i = 0; i < l->count; i++) l->files[i].label = place[l->files[i].label];
}

static int order_classes(struct ln_listing *l) {
    size_t n = l->classes.count;
    if (n == 0) return LINNET_OK;
    struct numeral *numerals = ln_calloc(n, sizeof *numerals);
    char **names = ln_calloc(n, sizeof *names);
    int *place = ln_calloc(n, sizeof *place), status = LINNET_ERR_LIMIT;
    if (numerals && names && place) {
        if (read_numerals(&l->classes, numerals)) order_by_value(l, numerals, names, place);
        status = LINNET_OK;
    }
    ln_free(place);
    ln_free(names);
    ln_free(numerals);
    return status;
}

/* The distinct labels become the classes. */
static int resolve_labels(const struct rows *rows) {
    struct ln_listing *l = rows->listing;
    struct ln_word *sorted = ln_alloc(l->count * sizeof *sorted);
    if (!sorted) return LINNET_ERR_LIMIT;
    if (l->count > 0) memcpy(sorted, rows->labels, l->count * sizeof *sorted);
    int status = ln_classes_add_distinct(&l->classes, rows->csv.path, sorted, l->count, CLASSES_MOST);
    ln_free(sorted);
    LN_TRY(status);
    for (size_t i = 0; i < l->count; i++) l->files[i].label = ln_classes_find(&l->classes, rows->labels[i]);
    return order_classes(l);
}

/* ---- the source --------------------------------------------------------------------------------------- */

static bool list_probe(const char *path, const struct ln_file_list *entries) {
    const char *dot = strrchr(ln_file_name(path), '.');
    return !entries && dot && strcasecmp(dot, ".csv") == 0;
}

/* The folder that contains the file, newly allocated. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return ln_strdup(".");
    char *folder = ln_strdup(path);
    if (folder) folder[slash == path ? 1 : slash - path] = '\0'; /* keep the "/" of a file in the root */
    return folder;
}

static int list_open(struct ln_dataset *ds, const struct ln_file_list *entries) {
    char *folder = folder_of(ds->path);
    if (!folder) return LINNET_ERR_LIMIT;
    struct rows rows = {.listing = ln_listing_begin(ds, folder), .csv.path = ds->path};
    ln_free(folder);
    if (!rows.listing) return LINNET_ERR_LIMIT;
    unsigned char *text;
    size_t size;
    LN_TRY(ln_file_read(ds->path, FILE_MOST, &text, &size));
    rows.csv.at = (char *)text;
    rows.csv.end = rows.csv.at + size;
    int status = read_rows(&rows);
    if (status == LINNET_OK) status = resolve_labels(&rows);
    if (status == LINNET_OK) status = ln_listing_end(ds);
    ln_free(rows.labels);
    ln_free(text);
    return status;
}

const struct ln_source ln_source_list = {
    .name = "list",
    .what = "a CSV with a path and a label in each row",
    .probe = list_probe,
    .open = list_open,
    .close = ln_listing_close,
    .read = ln_listing_read,
    .bytes = ln_listing_bytes,
    .stamp = ln_listing_stamp,
    .sample_name = ln_listing_sample_name,
};
