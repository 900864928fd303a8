/* The stream form of a .pth (torch.save before 1.6): five pickles, then the storages. See
 * torch/serialization.py, _legacy_load().
 *
 *     pickle   0x1950a86a20f9469cfc6c, the magic number
 *     pickle   1001, the version
 *     pickle   {"little_endian": True, ...}, the system
 *     pickle   the object
 *     pickle   ["94210", "94211", ...], the keys of the storages in their order
 *     for each key: 8 bytes of element count, then the elements
 *
 * A storage's element count is stored with it, but its type only where a pickle mentions it. The mentions are
 * therefore collected first; a storage that no tensor mentions has no known size, and all after it would be
 * misread.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "model/torch_objects.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PROTOCOL = 1001 };
static const unsigned char magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

/* The storages that the object mentions, one entry per key. */
struct mentions {
    struct mention {
        struct ln_torch_storage storage;
        bool read; /* its data was found in the file */
    } * items;
    size_t count, capacity;
};

/* Reads the pickle at *at and advances *at beyond it. */
static int read_next(struct ln_pickle *pickle, const struct ln_pth *pth, uint64_t *at) {
    struct ln_pickle_opts opts = {
        .place = "", .begin = *at, .end = pth->file.size, .globals = ln_torch_globals()};
    LN_TRY(ln_pickle_read(pickle, &pth->file, &opts));
    *at = pickle->end;
    return LINNET_OK;
}

static int magic_check(const struct ln_pth *pth, const struct ln_pickle *pickle) {
    const struct ln_pickle_value *v = ln_pickle_value(pickle, pickle->top);
    if (v->kind == LN_PICKLE_LONG && v->text.size == sizeof magic &&
        memcmp(ln_pickle_text(pickle, v), magic, sizeof magic) == 0)
        return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "pth-form", "%s: PyTorch's magic number is missing", pth->file.path);
}

static int version_check(const struct ln_pth *pth, const struct ln_pickle *pickle) {
    const struct ln_pickle_value *v = ln_pickle_value(pickle, pickle->top);
    if (v->kind == LN_PICKLE_INT && v->integer == PROTOCOL) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "pth-form", "%s: not protocol %d of PyTorch", pth->file.path, PROTOCOL);
}

static int head_read(const struct ln_pth *pth, uint64_t *at) {
    static int (*const checks[])(const struct ln_pth *, const struct ln_pickle *) = {
        magic_check, version_check, ln_torch_system_check};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        struct ln_pickle pickle;
        LN_TRY(read_next(&pickle, pth, at));
        int status = checks[i](pth, &pickle);
        ln_pickle_fini(&pickle);
        LN_TRY(status);
    }
    return LINNET_OK;
}

/* ---- storages ----------------------------------------------------------------------------------------- */

static int key_order(const struct ln_torch_storage *a, const struct ln_torch_storage *b) {
    int order = memcmp(a->key, b->key, a->key_size < b->key_size ? a->key_size : b->key_size);
    if (order) return order;
    return a->key_size < b->key_size ? -1 : a->key_size > b->key_size;
}

static int by_key(const void *left, const void *right) {
    const struct mention *a = left, *b = right;
    return key_order(&a->storage, &b->storage);
}

static int key_of(const void *key, const void *mention) {
    return key_order(key, &((const struct mention *)mention)->storage);
}

static int storage_fail(const struct ln_pth *pth, const struct ln_torch_storage *s, const char *code,
                        const char *what) {
    char key[LN_TORCH_SHOWN];
    return ln_fail(LINNET_ERR_INPUT, code, "%s: storage '%s' %s", pth->file.path,
                   ln_text_printable(s->key, s->key_size, key, sizeof key), what);
}

static int mention_add(const struct ln_torch_reader *r, uint32_t name, struct mentions *m) {
    struct ln_torch_storage s;
    if (!ln_torch_storage(&r->pickle, ln_pickle_value(&r->pickle, name), &s))
        return ln_fail(LINNET_ERR_INPUT, "pth-storage",
                       "%s: the pickle refers to an outside object that is not a storage", r->pth->file.path);
    LN_TRY(ln_torch_key_check(r->pth, s.key, s.key_size));
    struct mention *grown = ln_grow(m->items, m->count, &m->capacity, sizeof *m->items);
    if (!grown) return LINNET_ERR_LIMIT;
    m->items = grown;
    m->items[m->count++] = (struct mention){.storage = s};
    return LINNET_OK;
}

/* Sorts the mentions and keeps one per key; mentions of one key must agree. */
static int mentions_merge(const struct ln_pth *pth, struct mentions *m) {
    size_t kept = 0;
    if (m->count) qsort(m->items, m->count, sizeof *m->items, by_key);
    for (size_t i = 0; i < m->count; i++) {
        const struct ln_torch_storage *s = &m->items[i].storage,
                                      *last = kept ? &m->items[kept - 1].storage : NULL;
        if (!last || key_order(last, s) != 0)
            m->items[kept++] = m->items[i];
        else if (last->dtype != s->dtype || last->count != s->count)
            return storage_fail(pth, s, "pth-storage", "is mentioned with different types or sizes");
    }
    m->count = kept;
    return LINNET_OK;
}

static int mentions_read(const struct ln_torch_reader *r, struct mentions *m) {
    const struct ln_pickle *p = &r->pickle;
    for (uint32_t i = 0; i < p->value_count; i++)
        if (p->values[i].kind == LN_PICKLE_PERSISTENT) LN_TRY(mention_add(r, p->values[i].persistent, m));
    return mentions_merge(r->pth, m);
}

/* Reads the storage at *at: eight bytes of element count, then the data. */
static int storage_read(struct ln_pth *pth, const struct mentions *m, const struct ln_torch_storage *key,
                        uint64_t *at) {
    LN_TRY(ln_torch_key_check(pth, key->key, key->key_size));
    struct mention *found = m->count ? bsearch(key, m->items, m->count, sizeof *m->items, key_of) : NULL;
    uint64_t count;
    size_t bytes;
    if (!found) return storage_fail(pth, key, "pth-storage", "belongs to no tensor, so its size is unknown");
    if (found->read) return storage_fail(pth, key, "pth-duplicate", "is listed twice");
    const struct ln_torch_storage *s = &found->storage;
    found->read = true;
    if (!ln_size_slice(pth->file.size, *at, sizeof count))
        return storage_fail(pth, key, "pth-truncated", "begins after the end of the file");
    LN_TRY(ln_file_read_at(&pth->file, *at, &count, sizeof count));
    *at += sizeof count;
    if (count != s->count)
        return storage_fail(pth, key, "pth-storage-size", "has a different size than its tensors expect");
    if (!ln_size_mul(count, ln_dtype_size(s->dtype), &bytes) || !ln_size_slice(pth->file.size, *at, bytes))
        return storage_fail(pth, key, "pth-truncated", "extends beyond the end of the file");
    struct ln_pth_record record = {.offset = *at, .bytes = bytes};
    *at += bytes;
    return ln_torch_record_add(pth, s->key, s->key_size, &record);
}

static int storages_read(struct ln_torch_reader *r, const struct mentions *m, uint64_t at) {
    struct ln_pth *pth = r->pth;
    struct ln_pickle keys;
    LN_TRY(read_next(&keys, pth, &at));
    const struct ln_pickle_value *list = ln_pickle_value(&keys, keys.top);
    int status =
        list->kind == LN_PICKLE_LIST
            ? LINNET_OK
            : ln_fail(LINNET_ERR_INPUT, "pth-form", "%s: the list of storages is missing", pth->file.path);
    for (int32_t i = status == LINNET_OK ? list->items.first : -1; i >= 0 && status == LINNET_OK;
         i = keys.items[i].next) {
        const struct ln_pickle_value *key = ln_pickle_value(&keys, keys.items[i].value);
        if (key->kind != LN_PICKLE_TEXT)
            status = ln_fail(LINNET_ERR_INPUT, "pth-storage", "%s: the key of a storage is not text",
                             pth->file.path);
        else
            status = storage_read(
                pth, m,
                &(struct ln_torch_storage){.key = ln_pickle_text(&keys, key), .key_size = key->text.size},
                &at);
    }
    ln_pickle_fini(&keys);
    LN_TRY(status);
    if (at != pth->file.size)
        return ln_fail(LINNET_ERR_INPUT, "pth-trailing",
                       "%s: the storages end at byte %" PRIu64 " of %" PRIu64, pth->file.path, at,
                       pth->file.size);
    return ln_torch_records_sort(pth);
}

static int object_read(struct ln_torch_reader *r, struct mentions *m, uint64_t at) {
    LN_TRY(read_next(&r->pickle, r->pth, &at));
    LN_TRY(mentions_read(r, m));
    LN_TRY(storages_read(r, m, at));
    return ln_torch_collect(r);
}

int ln_torch_stream_read(struct ln_pth *pth) {
    struct ln_torch_reader r = {.pth = pth};
    struct mentions m = {0};
    uint64_t at = 0;
    int status = head_read(pth, &at);
    if (status == LINNET_OK) status = object_read(&r, &m, at);
    ln_pickle_fini(&r.pickle);
    ln_free(m.items);
    return status;
}
