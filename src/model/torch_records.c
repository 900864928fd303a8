/* Storage records, found by key; and checks that the forms share. A record is where the bytes of a storage
 * are in the file; keys are "0", "1" ... in new files and addresses of memory in old ones. */
#include "base/alloc.h"
#include "base/text.h"
#include "model/torch_objects.h"
#include <stdlib.h>
#include <string.h>

int ln_torch_key_check(const struct ln_pth *pth, const char *key, size_t key_size) {
    char shown[LN_TORCH_SHOWN];
    if (key_size <= LN_PTH_KEY_MAX) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "pth-limit", "%s: storage '%s': its key has %zu bytes; the limit is %d",
                   pth->file.path, ln_text_printable(key, key_size, shown, sizeof shown), key_size,
                   LN_PTH_KEY_MAX);
}

int ln_torch_record_add(struct ln_pth *pth, const char *key, size_t key_size,
                        const struct ln_pth_record *record) {
    struct ln_pth_record *grown =
        ln_grow(pth->records, pth->record_count, &pth->record_capacity, sizeof *pth->records);
    if (!grown) return LINNET_ERR_LIMIT;
    pth->records = grown;
    LN_TRY(ln_torch_key_check(pth, key, key_size));
    if (memchr(key, '\0', key_size))
        return ln_fail(LINNET_ERR_INPUT, "pth-storage", "%s: the key of a storage contains a NUL byte",
                       pth->file.path);
    char *copy = ln_alloc(key_size + 1);
    if (!copy) return LINNET_ERR_LIMIT;
    memcpy(copy, key, key_size);
    copy[key_size] = '\0';
    pth->records[pth->record_count] = *record;
    pth->records[pth->record_count++].key = copy;
    return LINNET_OK;
}

static int by_key(const void *left, const void *right) {
    const struct ln_pth_record *a = left, *b = right;
    return strcmp(a->key, b->key);
}

int ln_torch_records_sort(struct ln_pth *pth) {
    char shown[LN_TORCH_SHOWN];
    if (pth->record_count == 0) return LINNET_OK;
    qsort(pth->records, pth->record_count, sizeof *pth->records, by_key);
    for (size_t i = 0; i + 1 < pth->record_count; i++)
        if (by_key(&pth->records[i], &pth->records[i + 1]) == 0)
            return ln_fail(
                LINNET_ERR_INPUT, "pth-duplicate", "%s: two storages have the key '%s'", pth->file.path,
                ln_text_printable(pth->records[i].key, strlen(pth->records[i].key), shown, sizeof shown));
    return LINNET_OK;
}

/* Text that is not NUL-terminated. */
struct slice {
    const char *text;
    size_t size;
};

/* strncmp ends at a NUL of the record's key; -1 if the record's key is longer, so that "1" does not find
 * "10". */
static int slice_order(const void *slice, const void *record) {
    const struct slice *s = slice;
    const char *key = ((const struct ln_pth_record *)record)->key;
    int order = strncmp(s->text, key, s->size);
    return order ? order : -(int)(key[s->size] != '\0');
}

const struct ln_pth_record *ln_torch_record_find(const struct ln_pth *pth, const char *key, size_t key_size) {
    if (pth->record_count == 0 || memchr(key, '\0', key_size)) return NULL;
    return bsearch(&(struct slice){key, key_size}, pth->records, pth->record_count, sizeof *pth->records,
                   slice_order);
}

int ln_torch_system_check(const struct ln_pth *pth, const struct ln_pickle *pickle) {
    const struct ln_pickle_value *system = ln_pickle_value(pickle, pickle->top);
    if (system->kind != LN_PICKLE_DICT)
        return ln_fail(LINNET_ERR_INPUT, "pth-form", "%s: the description of the writing system is missing",
                       pth->file.path);
    for (int32_t i = system->items.first; i >= 0;) {
        int32_t second = pickle->items[i].next;
        const struct ln_pickle_value *value = ln_pickle_value(pickle, pickle->items[second].value);
        if (ln_pickle_text_is(pickle, ln_pickle_value(pickle, pickle->items[i].value), "little_endian") &&
            (value->kind != LN_PICKLE_BOOL || !value->integer))
            return ln_fail(LINNET_ERR_INPUT, "pth-endian",
                           "%s: written on a big-endian machine; only little-endian data is supported",
                           pth->file.path);
        i = pickle->items[second].next;
    }
    return LINNET_OK;
}
