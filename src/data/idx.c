/* The MNIST family as a source: a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and the two
 * t10k-... files, each plain or gzip. MNIST, Fashion-MNIST and KMNIST; also EMNIST, with a prefix in the
 * names and "test" instead of "t10k".
 *
 * The images stay in memory as they are stored, 8-bit grey [n][rows][columns]; reading a sample borrows its
 * pixels.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "data/classes.h"
#include "data/idx_file.h"
#include "data/source.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TRAIN, TEST, PARTS };
enum { IMAGES, LABELS, ROLES };

struct idx_part {
    char *path[ROLES]; /* NULL if the folder has no such file */
    struct ln_idx_file images, labels;
};

struct idx {
    struct idx_part part[PARTS];
};

/* ---- recognising the files ---------------------------------------------------------------------------- */

/* A file name, parsed: [PREFIX-](train|t10k|test)-(images-idx3|labels-idx1)-ubyte[.gz], with "-" or "."
 * before "idx". */
struct idx_name {
    int prefix; /* bytes before train, t10k or test */
    int part, role;
};

static const struct {
    const char *text;
    int part, role;
} stems[] = {
    {"train-images", TRAIN, IMAGES}, {"t10k-images", TEST, IMAGES}, {"test-images", TEST, IMAGES},
    {"train-labels", TRAIN, LABELS}, {"t10k-labels", TEST, LABELS}, {"test-labels", TEST, LABELS},
};
static const char *const endings[ROLES][4] = {
    [IMAGES] = {"-idx3-ubyte", ".idx3-ubyte", "-idx3-ubyte.gz", ".idx3-ubyte.gz"},
    [LABELS] = {"-idx1-ubyte", ".idx1-ubyte", "-idx1-ubyte.gz", ".idx1-ubyte.gz"},
};

static bool parse_name(const char *name, struct idx_name *out) {
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        const char *at = strstr(name, stems[i].text);
        if (!at || (at > name && at[-1] != '-')) continue;
        const char *rest = at + strlen(stems[i].text);
        for (int e = 0; e < 4; e++) {
            if (strcmp(rest, endings[stems[i].role][e]) != 0) continue;
            *out = (struct idx_name){(int)(at - name), stems[i].part, stems[i].role};
            return true;
        }
    }
    return false;
}

static bool idx_probe(const char *path, const struct ln_file_list *entries) {
    struct idx_name name;
    for (size_t i = 0; entries && i < entries->count; i++)
        if (!entries->entries[i].is_folder && parse_name(entries->entries[i].name, &name)) return true;
    return false;
}

/* Fills in the paths. If a file exists both plain and as .gz, the first in byte order is used, the plain one.
 */
static int find_files(struct idx *idx, const char *folder, const struct ln_file_list *list) {
    const char *first = NULL;
    int prefix = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct idx_name name;
        const char *entry = list->entries[i].name;
        if (list->entries[i].is_folder || !parse_name(entry, &name)) continue;
        if (!first) {
            first = entry;
            prefix = name.prefix;
        }
        if (name.prefix != prefix || strncmp(entry, first, (size_t)prefix) != 0)
            return ln_fail(
                LINNET_ERR_INPUT, "idx-sets",
                "%s: '%.*s' and '%.*s' belong to different data sets; put each into a folder of its own",
                folder, LN_TEXT_CUT(first), LN_TEXT_CUT(entry));
        char **path = &idx->part[name.part].path[name.role];
        if (!*path && !(*path = ln_file_join(folder, entry))) return LINNET_ERR_LIMIT;
    }
    return LINNET_OK;
}

/* ---- reading a part ----------------------------------------------------------------------------------- */

static int read_part(struct idx_part *part) {
    const char *images = part->path[IMAGES], *labels = part->path[LABELS];
    if (!images && !labels) return LINNET_OK;
    if (!images || !labels)
        return ln_fail(LINNET_ERR_INPUT, "idx-missing", "%s: the file with its %s is missing",
                       images ? images : labels, images ? "labels" : "images");
    LN_TRY(ln_idx_file_read(&part->labels, labels, LN_IDX_LABELS, 0)); /* the smaller file first */
    LN_TRY(ln_idx_file_read(&part->images, images, LN_IDX_IMAGES, part->labels.dim[0]));
    if (part->images.dim[0] != part->labels.dim[0])
        return ln_fail(LINNET_ERR_INPUT, "idx-count", "%s: %u images, but '%s' has %u labels", images,
                       part->images.dim[0], ln_file_name(labels), part->labels.dim[0]);
    return LINNET_OK;
}

static int check_same_size(const struct idx *idx) {
    const struct ln_idx_file *a = &idx->part[TRAIN].images, *b = &idx->part[TEST].images;
    if (!a->data || !b->data || (a->dim[1] == b->dim[1] && a->dim[2] == b->dim[2])) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "idx-shape",
                   "%s: images of %u x %u pixels, but those of '%s' have %u x %u",
                   idx->part[TEST].path[IMAGES], b->dim[1], b->dim[2],
                   ln_file_name(idx->part[TRAIN].path[IMAGES]), a->dim[1], a->dim[2]);
}

/* ---- classes and labels ------------------------------------------------------------------------------- */

/* H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST" (2017), table 2; the names as its README spells them. */
static const char *const fashion_names[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
enum { FASHION_CLASSES = sizeof fashion_names / sizeof *fashion_names };

static bool path_says_fashion(const char *path) {
    char real[PATH_MAX]; /* "." may be a folder with a meaningful name */
    return strcasestr(path, "fashion") || (realpath(path, real) && strcasestr(real, "fashion"));
}

static unsigned largest_label(const struct ln_idx_file *labels) {
    unsigned largest = 0;
    for (uint32_t i = 0; i < labels->dim[0]; i++)
        if (labels->data[i] > largest) largest = labels->data[i];
    return largest;
}

/* The class names: from classes.txt in the folder, or else Fashion-MNIST's if the path contains its name, or
 * else numbers, as many as the training labels (without those, the test labels) need. *from: the source of
 * the number, for messages. */
static int name_classes(const struct idx *idx, const char *folder, const struct ln_file_list *list,
                        struct ln_classes *classes, const char **from) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].is_folder || strcmp(list->entries[i].name, "classes.txt") != 0) continue;
        char *path = ln_file_join(folder, "classes.txt");
        if (!path) return LINNET_ERR_LIMIT;
        int status = ln_classes_read(classes, path, UCHAR_MAX + 1);
        ln_free(path);
        *from = "classes.txt names";
        return status;
    }
    if (path_says_fashion(folder)) {
        *from = "Fashion-MNIST has";
        return ln_classes_copy(classes, fashion_names, FASHION_CLASSES);
    }
    const struct ln_idx_file *labels = &idx->part[idx->part[TRAIN].labels.data ? TRAIN : TEST].labels;
    *from = "the training labels have";
    return ln_classes_number(classes, largest_label(labels) + 1);
}

/* Copies the labels of one part to the samples from `first` on. */
static int take_labels(struct ln_dataset *ds, const struct idx_part *part, size_t first, enum linnet_part own,
                       const char *from) {
    for (uint32_t i = 0; i < part->labels.dim[0]; i++) {
        unsigned label = part->labels.data[i];
        if (label >= (unsigned)ds->classes)
            return ln_fail(LINNET_ERR_INPUT, "idx-label",
                           "%s: item %u: label %u, but %s %d classes (0 to %d); a classes.txt in the "
                           "folder can name more",
                           part->path[LABELS], i, label, from, ds->classes, ds->classes - 1);
        ds->labels[first + i] = (int32_t)label;
        ds->source_part[first + i] = (uint8_t)own;
    }
    return LINNET_OK;
}

/* ---- the source --------------------------------------------------------------------------------------- */

static int idx_open(struct ln_dataset *ds, const struct ln_file_list *entries) {
    struct idx *idx = ds->source_data = ln_calloc(1, sizeof *idx);
    if (!idx) return LINNET_ERR_LIMIT;
    LN_TRY(find_files(idx, ds->path, entries));
    for (int p = 0; p < PARTS; p++) LN_TRY(read_part(&idx->part[p]));
    LN_TRY(check_same_size(idx));

    struct ln_classes classes = {0};
    const char *from;
    int status = name_classes(idx, ds->path, entries, &classes, &from);
    if (status != LINNET_OK) {
        ln_classes_fini(&classes);
        return status;
    }
    ds->class_names = classes.names;
    ds->classes = (int)classes.count;

    const struct ln_idx_file *any = &idx->part[idx->part[TRAIN].images.data ? TRAIN : TEST].images;
    size_t train = idx->part[TRAIN].images.dim[0], test = idx->part[TEST].images.dim[0];
    ds->count = train + test;
    ds->channels = 1;
    ds->height = (int)any->dim[1];
    ds->width = (int)any->dim[2];
    ds->labels = ln_calloc(ds->count, sizeof *ds->labels);
    ds->source_part = ln_calloc(ds->count, sizeof *ds->source_part);
    if (!ds->labels || !ds->source_part) return LINNET_ERR_LIMIT;
    LN_TRY(take_labels(ds, &idx->part[TRAIN], 0, LINNET_TRAIN, from));
    return take_labels(ds, &idx->part[TEST], train, LINNET_TEST, from);
}

static void idx_close(struct ln_dataset *ds) {
    struct idx *idx = ds->source_data;
    for (int p = 0; idx && p < PARTS; p++) {
        ln_idx_file_fini(&idx->part[p].images);
        ln_idx_file_fini(&idx->part[p].labels);
        for (int r = 0; r < ROLES; r++) ln_free(idx->part[p].path[r]);
    }
    ln_free(idx);
}

/* The part that contains sample `*index`; changes *index to the item's number in that part. */
static const struct idx_part *part_of(const struct ln_dataset *ds, uint32_t *index) {
    const struct idx *idx = ds->source_data;
    uint32_t train = idx->part[TRAIN].images.dim[0];
    if (*index < train) return &idx->part[TRAIN];
    *index -= train;
    return &idx->part[TEST];
}

static int idx_read(const struct ln_dataset *ds, uint32_t index, struct ln_sample *sample) {
    const struct idx_part *part = part_of(ds, &index);
    size_t pixels = (size_t)ds->height * (size_t)ds->width;
    *sample = (struct ln_sample){
        .image = {.width = ds->width,
                  .height = ds->height,
                  .channels = 1,
                  .pixels = part->images.data + index * pixels},
        .borrowed = true,
    };
    return LINNET_OK;
}

static const char *idx_sample_name(const struct ln_dataset *ds, uint32_t index, char *out, size_t size) {
    const struct idx_part *part = part_of(ds, &index);
    snprintf(out, size, "%s[%u]", ln_file_name(part->path[IMAGES]), index);
    return out;
}

const struct ln_source ln_source_idx = {
    .name = "idx",
    .what = "IDX files of the MNIST family (train-images-idx3-ubyte, ...)",
    .in_memory = true,
    .probe = idx_probe,
    .open = idx_open,
    .close = idx_close,
    .read = idx_read,
    .sample_name = idx_sample_name,
};
