/* Reads the input as the split file of a small data set: each sample must be in at most one part, every index must be
 * valid, and the parts must survive being written and read back; an error must have a message; nothing may leak. */
#include "data/source.h"
#include "data/split.h"
#include "fuzz.h"

enum { SAMPLES = 6 };

static const char *name_of(const struct ln_dataset *ds, uint32_t index, char *out, size_t size) {
    static const char *const names[SAMPLES] = {"a/1", "a/2", "a/3, \"x\"", "b/1", "b/2\n", "b/3"};
    check(index < SAMPLES);
    return strncpy(out, names[index], size);
}

static const struct ln_source source = {.sample_name = name_of};
static char *classes[] = {(char[]){"a"}, (char[]){"b"}};
static int32_t labels[SAMPLES] = {0, 0, 0, 1, 1, 1};
static const struct ln_dataset six = {
    .classes = 2, .class_names = classes, .count = SAMPLES, .labels = labels, .source = &source};

static void parts_check(const struct ln_dataset *ds) {
    int seen[SAMPLES] = {0};
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        check(ds->parts[p].count <= SAMPLES);
        for (size_t i = 0; i < ds->parts[p].count; i++) {
            check(ds->parts[p].index[i] < SAMPLES);
            check(seen[ds->parts[p].index[i]]++ == 0);
        }
    }
}

static void written_check(const struct ln_dataset *ds) {
    struct ln_dataset second = six;
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/linnet-fuzz-%d.csv", (int)getpid());
    check(ln_split_file_write(ds, path) == LINNET_OK);
    check(ln_split_file_read(&second, path) == LINNET_OK);
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        const struct ln_part *a = &ds->parts[p], *b = &second.parts[p];
        check(a->count == b->count &&
              (a->count == 0 || memcmp(a->index, b->index, a->count * sizeof *a->index) == 0));
    }
    ln_dataset_clear_parts(&second);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_dataset ds = six;
    char *text = fuzz_text(data, size);
    int64_t live = ln_alloc_live();
    ln_error_clear();
    if (ln_split_text_read(&ds, "input", text, size) == LINNET_OK) {
        parts_check(&ds);
        written_check(&ds);
    } else {
        check(ln_error_get()->status == LINNET_ERR_INPUT && ln_error_get()->text[0]);
    }
    ln_dataset_clear_parts(&ds);
    check(ln_alloc_live() == live);
    free(text);
    return 0;
}
