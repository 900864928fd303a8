/* Class weights: from the sizes of the classes, a list, or a file. For 900 cats and 100 dogs, "auto" gives
 * 0.56 and 5: both classes then have the same share of the loss, and its mean over the images stays what it
 * would be without weights, so that the learning rate suits as before. */
#include "train/class_weights.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "data/classes.h"
#include "data/csv.h"

#include <string.h>

/* Beyond these limits a class counts for nothing, or is the only one that counts; either is a mistake. */
static const double least = 1e-6, most = 1e6;
enum { FILE_MOST = 1 << 24 };

/* N / (K n) for a class of n images; K: the number of classes that have images, N: all their images. */
static int from_sizes(const struct ln_dataset *ds, float *weights) {
    const struct ln_part *train = &ds->parts[LINNET_TRAIN];
    size_t *sizes = ln_calloc((size_t)ds->classes, sizeof *sizes);
    int present = 0;
    if (!sizes) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < train->count; i++) present += sizes[ds->labels[train->index[i]]]++ == 0;
    for (int k = 0; k < ds->classes; k++)
        weights[k] = sizes[k] ? (float)((double)train->count / ((double)present * (double)sizes[k])) : 1.0F;
    ln_free(sizes);
    return LINNET_OK;
}

/* ---- a list ----------------------------------------------------------------------------------------------- */

static int fail_list(const char *list, const struct ln_dataset *ds) {
    char shown[128];
    return ln_fail(
        LINNET_ERR_USAGE, "class-weights",
        "class weights '%s': must be %d numbers from %g to %g, as in 1,2.5, in the order of the classes",
        ln_text_printable(list, strlen(list), shown, sizeof shown), ds->classes, least, most);
}

static int from_list(const char *list, const struct ln_dataset *ds, float *weights) {
    const char *at = list;
    for (int k = 0; k < ds->classes; k++) {
        char number[64];
        double value;
        const size_t length = strcspn(at, ",");
        const bool last = at[length] == '\0';
        if (length >= sizeof number || last != (k == ds->classes - 1)) return fail_list(list, ds);
        memcpy(number, at, length);
        number[length] = '\0';
        if (!ln_text_to_double(number, least, most, &value)) return fail_list(list, ds);
        weights[k] = (float)value;
        at += length + 1;
    }
    return LINNET_OK;
}

/* ---- a file ----------------------------------------------------------------------------------------------- */

static int find_class(const struct ln_dataset *ds, const char *name) {
    for (int k = 0; k < ds->classes; k++)
        if (ln_class_is(ds->class_names[k], name)) return k;
    return -1;
}

static int take_row(const struct ln_csv *csv, const struct ln_dataset *ds, float *weights) {
    double value;
    const int k = find_class(ds, csv->fields[0]);
    const bool heading = csv->line == 1 && k < 0 && csv->count == 2 && strcmp(csv->fields[1], "weight") == 0;
    if (heading) return LINNET_OK;
    if (k < 0)
        return ln_fail(LINNET_ERR_INPUT, "class-weights",
                       "%s: line %zu: there is no class '%.*s' in the data", csv->path, csv->line,
                       LN_TEXT_CUT(csv->fields[0]));
    if (csv->count != 2 || !ln_text_to_double(csv->fields[1], least, most, &value) || weights[k] > 0)
        return ln_fail(LINNET_ERR_INPUT, "class-weights",
                       "%s: line %zu: must be class,weight with a weight from %g to %g, each class once",
                       csv->path, csv->line, least, most);
    weights[k] = (float)value;
    return LINNET_OK;
}

static int from_file(const char *path, const struct ln_dataset *ds, float *weights) {
    unsigned char *text;
    size_t size;
    LN_TRY(ln_file_read(path, FILE_MOST, &text, &size));
    struct ln_csv csv = {.path = path, .at = (char *)text, .end = (char *)text + size};
    int status;
    while ((status = ln_csv_row(&csv)) == LINNET_OK && csv.count > 0)
        if ((status = take_row(&csv, ds, weights)) != LINNET_OK) break;
    for (int k = 0; k < ds->classes && status == LINNET_OK; k++)
        if (weights[k] == 0)
            status = ln_fail(LINNET_ERR_INPUT, "class-weights", "%s: class '%.*s' has no weight", path,
                             LN_TEXT_CUT(ds->class_names[k]));
    ln_free(text);
    return status;
}

static bool is_auto(const char *what) {
    return strcmp(what, "auto") == 0;
}

static bool is_list(const char *what) {
    return what[strspn(what, "0123456789.,eE+-")] == '\0';
}

int ln_class_weights(const char *what, const struct ln_dataset *ds, float **weights) {
    *weights = NULL;
    if (!what) return LINNET_OK;
    float *own = ln_calloc((size_t)ds->classes, sizeof *own);
    if (!own) return LINNET_ERR_LIMIT;
    int status = is_auto(what)   ? from_sizes(ds, own)
                 : is_list(what) ? from_list(what, ds, own)
                                 : from_file(what, ds, own);
    if (status == LINNET_OK)
        *weights = own;
    else
        ln_free(own);
    return status;
}

int ln_class_weights_spell(const char *what, const struct ln_dataset *ds, char **spelt) {
    struct ln_text text = {0};
    float *weights;
    *spelt = NULL;
    if (!what) return LINNET_OK;
    LN_TRY(ln_class_weights(what, ds, &weights));
    if (is_auto(what) || is_list(what))
        ln_text_add(&text, what);
    else
        for (int k = 0; k < ds->classes; k++) ln_text_addf(&text, "%s%.9g", k ? "," : "", (double)weights[k]);
    ln_free(weights);
    return ln_text_take(&text, spelt);
}
