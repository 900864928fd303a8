/* The oldest form of a .pth (before PyTorch 0.1.10, early 2017): a tar archive of four files. See
 * torch/serialization.py, legacy_load(), and for tar POSIX.1-2001, pax, "ustar Interchange Format".
 *
 *   sys_info   a pickle
 *   storages   pickle of their number; for each a pickle (key, place, type), 8 bytes of element count, and the
 *              data; then a pickle of views [(key, key of the whole, first, count), ...]
 *   tensors    pickle of their number; for each a pickle (key, storage's key, type), rank (4 bytes and 4 of
 *              padding), and shape, strides and first element, 8 bytes each
 *   pickle     the object, in which a tensor is represented by its key
 *
 * Keys are numbers: addresses in the process that wrote the file.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "model/torch_objects.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BLOCK: tar's unit. MEMBERS_MAX: PyTorch writes four; a few more may come from repacking. KEY_TEXT: digits
 * of a 64-bit number with its sign. */
enum { BLOCK = 512, MEMBERS_MAX = 64, KEY_TEXT = 24 };
enum { SYS_INFO, STORAGES, TENSORS, OBJECT, FILES };
static const char *const names[FILES] = {"sys_info", "storages", "tensors", "pickle"};

struct place {
    uint64_t begin, end; /* begin 0: missing, because a header comes first */
};

/* The tensors of the archive, sorted by key. The key is kept in `name` until the object supplies the real
 * name. */
struct table {
    struct ln_pth_tensor *items;
    size_t count, capacity;
};

static int tar_fail(const struct ln_pth *pth, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "pth-tar", "%s: tar: %s", pth->file.path, what);
}

/* ---- the archive -------------------------------------------------------------------------------------- */

/* Octal digits, possibly surrounded by blanks; of at most 12 bytes, so that 64 bits hold the number. */
static bool octal(const unsigned char *text, size_t size, uint64_t *number) {
    size_t i = 0;
    *number = 0;
    while (i < size && text[i] == ' ') i++;
    size_t begin = i;
    for (; i < size && text[i] >= '0' && text[i] <= '7'; i++) *number = *number << 3 | (text[i] - '0');
    return i > begin && (i == size || text[i] == ' ' || text[i] == '\0');
}

/* Checks the sum of the header's bytes, computed with blanks in place of the sum. The sum is ustar's only
 * protection, and distinguishes a header from data. */
static bool sum_holds(const unsigned char *header) {
    uint64_t sum, found = 0;
    for (int i = 0; i < BLOCK; i++) found += i >= 148 && i < 156 ? ' ' : header[i];
    return octal(header + 148, 8, &sum) && sum == found;
}

static bool is_empty(const unsigned char *header) {
    for (int i = 0; i < BLOCK; i++)
        if (header[i]) return false;
    return true;
}

/* Notes the member if it is one of the four, and advances *at to the next header. */
static int member_read(const struct ln_pth *pth, const unsigned char *header, uint64_t *at,
                       struct place places[FILES]) {
    uint64_t size, begin = *at + BLOCK;
    if (!sum_holds(header) || !octal(header + 124, 12, &size)) return tar_fail(pth, "a header is damaged");
    if (!ln_size_slice(pth->file.size, begin, size))
        return tar_fail(pth, "a member extends beyond the end of the file; truncated?");
    bool plain = header[156] == '0' || header[156] == '\0';
    for (int i = 0; i < FILES && plain; i++) {
        if (strncmp((const char *)header, names[i], 100) != 0) continue;
        if (places[i].begin) return tar_fail(pth, "two members have the same name");
        places[i] = (struct place){begin, begin + size};
    }
    *at = begin + ln_size_align((size_t)size, BLOCK);
    return LINNET_OK;
}

static int members_find(const struct ln_pth *pth, struct place places[FILES]) {
    uint64_t at = 0;
    for (int i = 0; ln_size_slice(pth->file.size, at, BLOCK); i++) {
        unsigned char header[BLOCK];
        LN_TRY(ln_file_read_at(&pth->file, at, header, sizeof header));
        if (is_empty(header)) break;
        if (i == MEMBERS_MAX) return tar_fail(pth, "too many members; PyTorch writes four");
        LN_TRY(member_read(pth, header, &at, places));
    }
    for (int i = 0; i < FILES; i++)
        if (!places[i].begin)
            return ln_fail(LINNET_ERR_INPUT, "pth-tar", "%s: tar: member '%s' is missing; truncated?",
                           pth->file.path, names[i]);
    return LINNET_OK;
}

/* ---- reading a member --------------------------------------------------------------------------------- */

/* Reads the next pickle of a member and advances its begin. */
static int read_pickle(const struct ln_pth *pth, struct place *place, struct ln_pickle *pickle) {
    struct ln_pickle_opts opts = {
        .place = "", .begin = place->begin, .end = place->end, .globals = ln_torch_globals()};
    LN_TRY(ln_pickle_read(pickle, &pth->file, &opts));
    place->begin = pickle->end;
    return LINNET_OK;
}

static int read_bytes(const struct ln_pth *pth, struct place *place, void *out, size_t size) {
    if (size > place->end - place->begin) return tar_fail(pth, "a member ends too early");
    LN_TRY(ln_file_read_at(&pth->file, place->begin, out, size));
    place->begin += size;
    return LINNET_OK;
}

/* Reads how many elements follow. Each takes at least a byte, which bounds the number. */
static int read_count(const struct ln_pth *pth, struct place *place, int64_t *count) {
    struct ln_pickle pickle;
    LN_TRY(read_pickle(pth, place, &pickle));
    const struct ln_pickle_value *v = ln_pickle_value(&pickle, pickle.top);
    *count = v->kind == LN_PICKLE_INT ? v->integer : -1;
    ln_pickle_fini(&pickle);
    if (*count < 0 || (uint64_t)*count > place->end - place->begin)
        return tar_fail(pth, "the number of storages or tensors is impossible");
    return LINNET_OK;
}

/* Converts a key, which may be a number or its digits, to text. */
static bool key_text(const struct ln_pickle *p, const struct ln_pickle_value *v, char out[KEY_TEXT]) {
    if (!v) return false;
    if (v->kind == LN_PICKLE_INT) {
        snprintf(out, KEY_TEXT, "%" PRId64, v->integer);
        return true;
    }
    if (v->kind != LN_PICKLE_TEXT || v->text.size >= KEY_TEXT) return false;
    memcpy(out, ln_pickle_text(p, v), v->text.size);
    out[v->text.size] = '\0';
    return strspn(out, "-0123456789") == v->text.size && v->text.size > 0;
}

/* ---- storages ----------------------------------------------------------------------------------------- */

static int storage_read(struct ln_pth *pth, struct place *place) {
    struct ln_pickle pickle;
    struct ln_pth_record record = {0};
    char key[KEY_TEXT] = "";
    uint64_t count;
    size_t bytes;
    LN_TRY(read_pickle(pth, place, &pickle));
    const struct ln_pickle_value *v = ln_pickle_value(&pickle, pickle.top),
                                 *type = ln_pickle_item(&pickle, v, 2);
    bool good =
        type && ln_torch_dtype(type, &record.dtype) && key_text(&pickle, ln_pickle_item(&pickle, v, 0), key);
    ln_pickle_fini(&pickle);
    if (!good) return tar_fail(pth, "a storage has no key or no type");
    LN_TRY(read_bytes(pth, place, &count, sizeof count));
    if (!ln_size_mul(count, ln_dtype_size(record.dtype), &bytes) || bytes > place->end - place->begin)
        return ln_fail(LINNET_ERR_INPUT, "pth-storage-size",
                       "%s: storage '%s' has %" PRIu64 " elements of %s, but only %" PRIu64 " bytes are left",
                       pth->file.path, key, count, ln_torch_dtype_name(record.dtype),
                       place->end - place->begin);
    record.offset = place->begin;
    record.bytes = bytes;
    place->begin += bytes;
    return ln_torch_record_add(pth, key, strlen(key), &record);
}

/* (key, key of the whole, first, count): a record inside another record. */
static int view_add(struct ln_pth *pth, const struct ln_pickle *p, const struct ln_pickle_value *view,
                    size_t wholes) {
    char key[KEY_TEXT], whole_key[KEY_TEXT];
    const struct ln_pickle_value *first = ln_pickle_item(p, view, 2), *count = ln_pickle_item(p, view, 3);
    if (!count || first->kind != LN_PICKLE_INT || count->kind != LN_PICKLE_INT || first->integer < 0 ||
        count->integer < 0 || !key_text(p, ln_pickle_item(p, view, 0), key) ||
        !key_text(p, ln_pickle_item(p, view, 1), whole_key))
        return tar_fail(pth, "a view of a storage has no key, offset and count");
    size_t all = pth->record_count;
    pth->record_count = wholes; /* search only the sorted ones */
    const struct ln_pth_record *whole = ln_torch_record_find(pth, whole_key, strlen(whole_key));
    pth->record_count = all;
    if (!whole) return tar_fail(pth, "a view refers to a missing storage");
    size_t item = ln_dtype_size(whole->dtype);
    if (!ln_size_slice(whole->bytes / item, (size_t)first->integer, (size_t)count->integer))
        return tar_fail(pth, "a view extends beyond its storage");
    struct ln_pth_record record = {.dtype = whole->dtype,
                                   .offset = whole->offset + (uint64_t)first->integer * item,
                                   .bytes = (uint64_t)count->integer * item};
    return ln_torch_record_add(pth, key, strlen(key), &record);
}

static int views_read(struct ln_pth *pth, struct place *place) {
    struct ln_pickle pickle;
    size_t wholes = pth->record_count;
    LN_TRY(ln_torch_records_sort(pth));
    LN_TRY(read_pickle(pth, place, &pickle));
    const struct ln_pickle_value *list = ln_pickle_value(&pickle, pickle.top);
    int status = list->kind == LN_PICKLE_LIST ? LINNET_OK : tar_fail(pth, "the list of views is missing");
    for (int32_t i = status == LINNET_OK ? list->items.first : -1; i >= 0 && status == LINNET_OK;
         i = pickle.items[i].next)
        status = view_add(pth, &pickle, ln_pickle_value(&pickle, pickle.items[i].value), wholes);
    ln_pickle_fini(&pickle);
    LN_TRY(status);
    return ln_torch_records_sort(pth);
}

static int storages_read(struct ln_pth *pth, struct place place) {
    int64_t count;
    LN_TRY(read_count(pth, &place, &count));
    while (count-- > 0) LN_TRY(storage_read(pth, &place));
    return views_read(pth, &place);
}

/* ---- tensors ------------------------------------------------------------------------------------------ */

static int by_key(const void *left, const void *right) {
    const struct ln_pth_tensor *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* Reads the part that PyTorch's C code wrote after the pickle. */
static int geometry_read(const struct ln_pth *pth, struct place *place, struct ln_pth_tensor *t) {
    int32_t rank[2];
    int64_t numbers[2 * LN_RANK_MAX + 1];
    LN_TRY(read_bytes(pth, place, rank, sizeof rank));
    if (rank[0] < 0 || rank[0] > LN_RANK_MAX) return tar_fail(pth, "a tensor has too many dimensions");
    size_t n = (size_t)rank[0];
    LN_TRY(read_bytes(pth, place, numbers, (2 * n + 1) * sizeof *numbers));
    for (size_t i = 0; i < 2 * n + 1; i++)
        if (numbers[i] < 0) return tar_fail(pth, "a tensor has a negative size");
    t->shape.rank = rank[0];
    memcpy(t->shape.dim, numbers, n * sizeof *numbers);
    memcpy(t->stride, numbers + n, n * sizeof *numbers);
    t->first = (uint64_t)numbers[2 * n];
    return LINNET_OK;
}

static int tensor_read(struct ln_pth *pth, struct place *place, struct table *table) {
    struct ln_pickle pickle;
    struct ln_pth_tensor *grown = ln_grow(table->items, table->count, &table->capacity, sizeof *table->items);
    char key[KEY_TEXT], storage[KEY_TEXT];
    if (!grown) return LINNET_ERR_LIMIT;
    table->items = grown;
    LN_TRY(read_pickle(pth, place, &pickle));
    const struct ln_pickle_value *v = ln_pickle_value(&pickle, pickle.top);
    bool good = key_text(&pickle, ln_pickle_item(&pickle, v, 0), key) &&
                key_text(&pickle, ln_pickle_item(&pickle, v, 1), storage);
    ln_pickle_fini(&pickle);
    if (!good) return tar_fail(pth, "a tensor has no key or no storage");
    const struct ln_pth_record *record = ln_torch_record_find(pth, storage, strlen(storage));
    if (!record)
        return ln_fail(LINNET_ERR_INPUT, "pth-storage", "%s: storage '%s' is not in the file", pth->file.path,
                       storage);
    struct ln_pth_tensor *t = &table->items[table->count];
    *t = (struct ln_pth_tensor){.dtype = record->dtype, .record = (size_t)(record - pth->records)};
    LN_TRY(geometry_read(pth, place, t));
    t->name = ln_strdup(key);
    if (!t->name) return LINNET_ERR_LIMIT;
    table->count++;
    return ln_torch_view_check(pth, t, 0, record->bytes / ln_dtype_size(record->dtype));
}

static int tensors_read(struct ln_pth *pth, struct place place, struct table *table) {
    int64_t count;
    LN_TRY(read_count(pth, &place, &count));
    while (count-- > 0) LN_TRY(tensor_read(pth, &place, table));
    if (table->count) qsort(table->items, table->count, sizeof *table->items, by_key);
    for (size_t i = 0; i + 1 < table->count; i++)
        if (by_key(&table->items[i], &table->items[i + 1]) == 0)
            return tar_fail(pth, "two tensors have the same key");
    return LINNET_OK;
}

/* ---- the object --------------------------------------------------------------------------------------- */

static int tensor_find(const struct ln_torch_reader *r, const struct ln_pickle_value *name,
                       struct ln_pth_tensor *tensor) {
    const struct table *table = r->form;
    char key[KEY_TEXT];
    const struct ln_pth_tensor *found = NULL;
    if (key_text(&r->pickle, name, key) && table->count)
        found = bsearch(&(struct ln_pth_tensor){.name = key}, table->items, table->count,
                        sizeof *table->items, by_key);
    if (!found)
        return ln_fail(LINNET_ERR_INPUT, "pth-tensor",
                       "%s: the object mentions a tensor that the archive does not contain",
                       r->pth->file.path);
    char *own = tensor->name;
    *tensor = *found;
    tensor->name = own;
    return LINNET_OK;
}

static int system_read(const struct ln_pth *pth, struct place place) {
    struct ln_pickle pickle;
    LN_TRY(read_pickle(pth, &place, &pickle));
    int status = ln_torch_system_check(pth, &pickle);
    ln_pickle_fini(&pickle);
    return status;
}

int ln_torch_tar_read(struct ln_pth *pth) {
    struct place places[FILES] = {{0}};
    struct table table = {0};
    struct ln_torch_reader r = {.pth = pth, .persistent = tensor_find, .form = &table};
    LN_TRY(members_find(pth, places));
    LN_TRY(system_read(pth, places[SYS_INFO]));
    LN_TRY(storages_read(pth, places[STORAGES]));
    int status = tensors_read(pth, places[TENSORS], &table);
    if (status == LINNET_OK) status = read_pickle(pth, &places[OBJECT], &r.pickle);
    if (status == LINNET_OK) status = ln_torch_collect(&r);
    ln_pickle_fini(&r.pickle);
    for (size_t i = 0; i < table.count; i++) ln_free(table.items[i].name);
    ln_free(table.items);
    return status;
}
