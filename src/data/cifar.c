/* The binary version of CIFAR-10 and CIFAR-100 as a source (A. Krizhevsky, "Learning multiple layers of
 * features from tiny images", 2009; the data's web page documents the records). A folder with
 *
 *     CIFAR-10    data_batch_1.bin ... data_batch_5.bin, test_batch.bin, batches.meta.txt
 *     CIFAR-100   train.bin, test.bin, fine_label_names.txt
 *
 * A record is one label byte (CIFAR-100: a coarse, then a fine label; the fine one is used), then 32 x 32
 * red, green and blue values, plane by plane. In memory an image is [32][32][3] like every other image.
 */
#include "base/alloc.h"
#include "data/classes.h"
#include "data/source.h"
#include <stdio.h>
#include <string.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, IMAGE = 3 * PLANE, FILES_MOST = 6 };

struct variety {
    const char *files[FILES_MOST]; /* the last one holds the test part */
    int file_count, classes;
    int label_bytes; /* bytes before the pixels; the last is the label */
    const char *names_file;
    const char *const *names; /* [classes] used if names_file is missing; NULL: numbers */
};

static const char *const cifar10_names[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                            "dog",      "frog",       "horse", "ship", "truck"};
static const struct variety varieties[] = {
    {
        .files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                  "data_batch_5.bin", "test_batch.bin"},
        .file_count = 6,
        .classes = 10,
        .label_bytes = 1,
        .names_file = "batches.meta.txt",
        .names = cifar10_names,
    },
    {
        .files = {"train.bin", "test.bin"},
        .file_count = 2,
        .classes = 100,
        .label_bytes = 2,
        .names_file = "fine_label_names.txt",
    },
};

struct cifar {
    const struct variety *variety;
    unsigned char *pixels;    /* [count][SIDE][SIDE][3] */
    size_t first[FILES_MOST]; /* the first sample of each file */
};

/* ---- which files -------------------------------------------------------------------------------------- */

static bool has_file(const struct ln_file_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (!list->entries[i].is_folder && strcmp(list->entries[i].name, name) == 0) return true;
    return false;
}

static const struct variety *find_variety(const struct ln_file_list *list) {
    for (size_t v = 0; v < sizeof varieties / sizeof *varieties; v++)
        for (int i = 0; i < varieties[v].file_count; i++)
            if (has_file(list, varieties[v].files[i])) return &varieties[v];
    return NULL;
}

/* The same data as Python pickles, which people download just as often. */
static bool is_python_version(const struct ln_file_list *list) {
    return has_file(list, "batches.meta") || (has_file(list, "meta") && has_file(list, "train"));
}

static bool cifar_probe(const char *path, const struct ln_file_list *entries) {
    return entries && (find_variety(entries) || is_python_version(entries));
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static void interleave(const unsigned char *planes, unsigned char *pixels) {
    for (int i = 0; i < PLANE; i++)
        for (int c = 0; c < 3; c++) pixels[3 * i + c] = planes[c * PLANE + i];
}

/* Makes room for `n` more samples. */
static int grow(struct ln_dataset *ds, struct cifar *cifar, size_t n) {
    size_t count = ds->count + n;
    unsigned char *pixels = ln_realloc_array(cifar->pixels, count, IMAGE);
    if (!pixels) return LINNET_ERR_LIMIT;
    cifar->pixels = pixels;
    int32_t *labels = ln_realloc_array(ds->labels, count, sizeof *labels);
    if (!labels) return LINNET_ERR_LIMIT;
    ds->labels = labels;
    uint8_t *parts = ln_realloc_array(ds->source_part, count, sizeof *parts);
    if (!parts) return LINNET_ERR_LIMIT;
    ds->source_part = parts;
    return LINNET_OK;
}

static int read_record(struct ln_dataset *ds, const struct cifar *cifar, const struct ln_file *file,
                       size_t record) {
    const struct variety *v = cifar->variety;
    unsigned char bytes[2 + IMAGE];
    size_t size = (size_t)v->label_bytes + IMAGE;
    LN_TRY(ln_file_read_at(file, record * size, bytes, size));
    int label = bytes[v->label_bytes - 1];
    if (label >= v->classes)
        return ln_fail(LINNET_ERR_INPUT, "cifar-label",
                       "%s: record %zu: label %d, but there are only %d classes (0 to %d)", file->path,
                       record, label, v->classes, v->classes - 1);
    ds->labels[ds->count] = label;
    interleave(bytes + v->label_bytes, cifar->pixels + ds->count * IMAGE);
    ds->count++;
    return LINNET_OK;
}

static int read_records(struct ln_dataset *ds, struct cifar *cifar, const struct ln_file *file,
                        enum linnet_part part) {
    size_t size = (size_t)cifar->variety->label_bytes + IMAGE, n = (size_t)(file->size / size);
    if (n == 0 || file->size % size != 0)
        return ln_fail(LINNET_ERR_INPUT, "cifar-size",
                       "%s: %llu bytes is not a whole number of %zu-byte records", file->path,
                       (unsigned long long)file->size, size);
    LN_TRY(grow(ds, cifar, n));
    memset(ds->source_part + ds->count, part, n);
    for (size_t i = 0; i < n; i++) LN_TRY(read_record(ds, cifar, file, i));
    return LINNET_OK;
}

/* Reads file number i of the variety, if it exists. */
static int read_file(struct ln_dataset *ds, struct cifar *cifar, const struct ln_file_list *list, int i) {
    const struct variety *v = cifar->variety;
    cifar->first[i] = ds->count;
    if (!has_file(list, v->files[i])) return LINNET_OK;
    char *path = ln_file_join(ds->path, v->files[i]);
    if (!path) return LINNET_ERR_LIMIT;
    struct ln_file file;
    int status = ln_file_open(&file, path);
    ln_free(path);
    LN_TRY(status);
    status = read_records(ds, cifar, &file, i == v->file_count - 1 ? LINNET_TEST : LINNET_TRAIN);
    ln_file_close(&file);
    return status;
}

static int name_classes(const struct ln_dataset *ds, const struct variety *v, const struct ln_file_list *list,
                        struct ln_classes *classes) {
    size_t wanted = (size_t)v->classes;
    if (!has_file(list, v->names_file))
        return v->names ? ln_classes_copy(classes, v->names, wanted) : ln_classes_number(classes, wanted);
    char *path = ln_file_join(ds->path, v->names_file);
    int status = path ? ln_classes_read(classes, path, wanted) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK && classes->count < wanted)
        status = ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: has %zu names for %zu classes", path,
                         classes->count, wanted);
    ln_free(path);
    return status;
}

/* ---- the source --------------------------------------------------------------------------------------- */

static int cifar_open(struct ln_dataset *ds, const struct ln_file_list *entries) {
    struct cifar *cifar = ds->source_data = ln_calloc(1, sizeof *cifar);
    if (!cifar) return LINNET_ERR_LIMIT;
    const struct variety *v = cifar->variety = find_variety(entries);
    if (!v)
        return ln_fail(LINNET_ERR_INPUT, "cifar-python",
                       "%s: this is the Python version of CIFAR; download the binary version "
                       "(cifar-10-binary.tar.gz, cifar-100-binary.tar.gz)",
                       ds->path);
    for (int i = 0; i < v->file_count; i++) LN_TRY(read_file(ds, cifar, entries, i));
    ds->channels = 3;
    ds->width = ds->height = SIDE;
    struct ln_classes classes = {0};
    int status = name_classes(ds, v, entries, &classes);
    if (status != LINNET_OK) {
        ln_classes_fini(&classes);
        return status;
    }
    ds->class_names = classes.names;
    ds->classes = (int)classes.count;
    return LINNET_OK;
}

static void cifar_close(struct ln_dataset *ds) {
    struct cifar *cifar = ds->source_data;
    if (cifar) ln_free(cifar->pixels);
    ln_free(cifar);
}

static int cifar_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample) {
    const struct cifar *cifar = ds->source_data;
    *sample = (struct ln_sample){
        .image = {.width = SIDE,
                  .height = SIDE,
                  .channels = 3,
                  .pixels = cifar->pixels + (size_t)index * IMAGE},
        .borrowed = true,
    };
    return LINNET_OK;
}

static const char *cifar_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size) {
    const struct cifar *cifar = ds->source_data;
    int i = cifar->variety->file_count - 1;
    while (index < cifar->first[i]) i--;
    snprintf(out, size, "%s[%zu]", cifar->variety->files[i], index - cifar->first[i]);
    return out;
}

const struct ln_source ln_source_cifar = {
    .name = "cifar",
    .what = "the binary version of CIFAR-10 or CIFAR-100 (data_batch_1.bin, ...; train.bin, test.bin)",
    .in_memory = true,
    .probe = cifar_probe,
    .open = cifar_open,
    .close = cifar_close,
    .read = cifar_read,
    .sample_name = cifar_sample_name,
};
