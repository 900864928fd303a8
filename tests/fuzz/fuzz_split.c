/* Reads the input as the split file of a small data set: each sample must be in at most one part, every index
 * must be valid, and an error must have a message. */
#include "base/alloc.h"
#include "data/source.h"
#include "data/split.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAMPLES = 6 };

static void check(int ok) {
    if (!ok) abort();
}

static const char *name_of(const struct ln_dataset *ds, uint32_t index, char *out, size_t size) {
    static const char *const names[SAMPLES] = {"a/1", "a/2", "a/3, \"x\"", "b/1", "b/2\n", "b/3"};
    check(index < SAMPLES);
    return strncpy(out, names[index], size);
}

static void check_parts(const struct ln_dataset *ds) {
    int seen[SAMPLES] = {0};
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        check(ds->parts[p].count <= SAMPLES);
        for (size_t i = 0; i < ds->parts[p].count; i++) {
            check(ds->parts[p].index[i] < SAMPLES);
            check(seen[ds->parts[p].index[i]]++ == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct ln_source source = {.sample_name = name_of};
    char *classes[] = {(char[]){"a"}, (char[]){"b"}}, *text = malloc(size + 1);
    int32_t labels[SAMPLES] = {0, 0, 0, 1, 1, 1};
    struct ln_dataset ds = {
        .classes = 2, .class_names = classes, .count = SAMPLES, .labels = labels, .source = &source};
    check(text != NULL);
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    ln_error_clear();
    if (ln_split_text_read(&ds, "input", text, size) == LINNET_OK)
        check_parts(&ds);
    else
        check(ln_error_get()->status == LINNET_ERR_INPUT && ln_error_get()->text[0]);
    ln_dataset_clear_parts(&ds);
    free(text);
    return 0;
}
