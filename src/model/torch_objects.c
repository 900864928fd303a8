/* Interprets the values of a pickle: storages, tensors, and which dict is the state_dict.
 *
 * A tensor is a call (torch/_utils.py):
 *
 *     _rebuild_tensor_v2(storage, first, shape, strides, requires_grad, hooks[, metadata])
 *     _rebuild_tensor(storage, first, shape, strides)
 *     _rebuild_parameter(tensor, requires_grad, hooks)
 *
 * and a file is what a training script chose to save:
 *
 *     OrderedDict(conv1.weight=..., ...)                       torch.save(model.state_dict())
 *     {"epoch": 90, "state_dict": {...}, "optimizer": {...}}   a checkpoint, as in PyTorch's ImageNet example
 *     {"model": {...}, "model_ema": {...}, "args": ...}        a checkpoint of torchvision's references or timm
 */
#include "model/torch_objects.h"
#include "base/alloc.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A view with a stride of 0 repeats elements, so a few bytes can describe a huge tensor. Views that repeat elements
 * are accepted up to EXPANDED_MAX elements, 64 MB as floats. NESTED_MAX: depth of parameters of tensors, and of
 * dicts in dicts; a value may contain itself, so each search needs a limit. */
enum { EXPANDED_MAX = 1 << 24, NESTED_MAX = 3 };

/* ---- storages ----------------------------------------------------------------------------------------- */

static bool natural(const struct ln_pickle_value *value, uint64_t *out) {
    if (!value || value->kind != LN_PICKLE_INT || value->integer < 0) return false;
    *out = (uint64_t)value->integer;
    return true;
}

/* The sixth element of a storage in the stream form: (key of the view, first element, count), or None. */
static bool storage_view(const struct ln_pickle *p, const struct ln_pickle_value *view,
                         struct ln_torch_storage *s) {
    uint64_t count;
    s->limit = s->count;
    if (!view || view->kind == LN_PICKLE_NONE) return true;
    if (!natural(ln_pickle_item(p, view, 1), &s->base) || !natural(ln_pickle_item(p, view, 2), &count))
        return false;
    if (!ln_size_slice(s->count, s->base, count)) return false;
    s->limit = count;
    return true;
}

bool ln_torch_storage(const struct ln_pickle *p, const struct ln_pickle_value *name,
                      struct ln_torch_storage *s) {
    const struct ln_pickle_value *word = ln_pickle_item(p, name, 0), *type = ln_pickle_item(p, name, 1);
    const struct ln_pickle_value *key = ln_pickle_item(p, name, 2), *count = ln_pickle_item(p, name, 4);
    *s = (struct ln_torch_storage){0};
    if (!count || !ln_pickle_text_is(p, word, "storage") || !ln_torch_dtype(type, &s->dtype)) return false;
    if (key->kind != LN_PICKLE_TEXT || !natural(count, &s->count)) return false;
    s->key = ln_pickle_text(p, key);
    s->key_size = key->text.size;
    return storage_view(p, ln_pickle_item(p, name, 5), s);
}

/* ---- tensors ------------------------------------------------------------------------------------------ */

static int LN_PRINTF(4, 5) tensor_fail(const struct ln_pth *pth, const struct ln_pth_tensor *t,
                                       const char *code, const char *fmt, ...) {
    char name[LN_TORCH_SHOWN], what[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return ln_fail(LINNET_ERR_INPUT, code, "%s: '%s': %s", pth->file.path,
                   ln_text_printable(t->name, strlen(t->name), name, sizeof name), what);
}

/* "float32[64,3,7,7]" */
static const char *type_text(const struct ln_pth_tensor *t, char *out, size_t size) {
    int at = snprintf(out, size, "%s[", ln_torch_dtype_name(t->dtype));
    for (int i = 0; i < t->shape.rank; i++)
        at += snprintf(out + at, size - (size_t)at, "%s%" PRId64, i ? "," : "", t->shape.dim[i]);
    snprintf(out + at, size - (size_t)at, "]");
    return out;
}

bool ln_torch_is_contiguous(const struct ln_pth_tensor *t) {
    int64_t expected = 1;
    for (int i = t->shape.rank; i-- > 0;) {
        if (t->shape.dim[i] == 1) continue;
        if (t->stride[i] != expected) return false;
        /* Only an empty tensor can overflow here: 0 x 2^62 x 2^62. */
        if (__builtin_mul_overflow(expected, t->shape.dim[i], &expected)) return false;
    }
    return true;
}

/* The end of the last element that the view uses, in elements of the storage; false on overflow. This one
 * number decides whether reading stays inside: strides are not negative, so no element lies before
 * t->first. */
static bool view_reach(const struct ln_pth_tensor *t, uint64_t *reach) {
    *reach = t->first;
    for (int i = 0; i < t->shape.rank; i++) {
        uint64_t step;
        if (t->shape.dim[i] == 0) {
            *reach = t->first;
            return true;
        }
        if (__builtin_mul_overflow((uint64_t)(t->shape.dim[i] - 1), (uint64_t)t->stride[i], &step))
            return false;
        if (__builtin_add_overflow(*reach, step, reach)) return false;
    }
    return !__builtin_add_overflow(*reach, 1, reach);
}

int ln_torch_view_check(const struct ln_pth *pth, struct ln_pth_tensor *t, uint64_t base, uint64_t limit) {
    const struct ln_pth_record *record = &pth->records[t->record];
    char type[256], key[LN_TORCH_SHOWN];
    size_t count, item = ln_dtype_size(t->dtype);
    uint64_t reach;
    type_text(t, type, sizeof type);
    ln_text_printable(record->key, strlen(record->key), key, sizeof key);
    if (!ln_shape_count(&t->shape, &count) || count > SIZE_MAX / 8)
        return tensor_fail(pth, t, "pth-shape", "%s does not fit into memory", type);
    for (int i = 0; i < t->shape.rank; i++)
        if (t->shape.dim[i] == 1) t->stride[i] = 0;
    if (!view_reach(t, &reach)) return tensor_fail(pth, t, "pth-stride", "its strides exceed any storage");
    if (reach > limit && t->first == 0 && ln_torch_is_contiguous(t))
        return tensor_fail(pth, t, "pth-storage-size", "storage '%s' has %" PRIu64 " bytes, %s needs %zu",
                           key, limit * item, type, count * item);
    if (reach > limit)
        return tensor_fail(pth, t, "pth-stride",
                           "%s uses element %" PRIu64 " of storage '%s', which has %" PRIu64, type, reach,
                           key, limit);
    if (count > limit && count > EXPANDED_MAX)
        return tensor_fail(pth, t, "pth-stride", "%s repeats the %" PRIu64 " elements of storage '%s'", type,
                           limit, key);
    return ln_size_slice(record->bytes / item, base, limit)
               ? LINNET_OK
               : tensor_fail(pth, t, "pth-storage-size", "storage '%s' has %" PRIu64 " bytes, not %" PRIu64,
                             key, record->bytes, (base + limit) * item);
}

/* Reads a tuple of whole numbers of at least 0; returns their count, -1 if the value is anything else. `tuple`
 * is not NULL: has_arguments() has counted the arguments. */
static int naturals(const struct ln_pickle *p, const struct ln_pickle_value *tuple,
                    int64_t out[LN_RANK_MAX]) {
    if (tuple->kind != LN_PICKLE_TUPLE || tuple->items.count > LN_RANK_MAX) return -1;
    for (uint32_t i = 0; i < tuple->items.count; i++) {
        uint64_t number;
        if (!natural(ln_pickle_item(p, tuple, i), &number)) return -1;
        out[i] = (int64_t)number;
    }
    return (int)tuple->items.count;
}

/* Finds the storage's record and checks that its size is the one in the pickle. The two are written in
 * different places of the file; where they disagree, one of them was changed. */
static int record_take(const struct ln_pth *pth, struct ln_pth_tensor *t, const struct ln_torch_storage *s) {
    char key[LN_TORCH_SHOWN];
    size_t bytes;
    LN_TRY(ln_torch_key_check(pth, s->key, s->key_size));
    const struct ln_pth_record *record = ln_torch_record_find(pth, s->key, s->key_size);
    ln_text_printable(s->key, s->key_size, key, sizeof key);
    if (!record) return tensor_fail(pth, t, "pth-storage", "storage '%s' is not in the file", key);
    t->dtype = s->dtype;
    t->record = (size_t)(record - pth->records);
    if (!ln_size_mul(s->count, ln_dtype_size(s->dtype), &bytes) || bytes != record->bytes)
        return tensor_fail(pth, t, "pth-storage-size",
                           "storage '%s' has %" PRIu64 " bytes, its %" PRIu64 " elements of %s do not fit",
                           key, record->bytes, s->count, ln_torch_dtype_name(s->dtype));
    return LINNET_OK;
}

/* (storage, offset, shape, strides); the second version adds requires_grad, hooks and perhaps metadata. */
static bool has_arguments(const struct ln_pickle *p, const struct ln_pickle_value *call) {
    const uint32_t count = ln_pickle_value(p, call->call.arguments)->items.count;
    const bool second = ln_pickle_value(p, call->call.function)->global->number == LN_TORCH_TENSOR_V2;
    if (!second) return count == 4;
    const struct ln_pickle_value *trained = ln_pickle_item(p, ln_pickle_value(p, call->call.arguments), 4);
    return (count == 6 || count == 7) && trained->kind == LN_PICKLE_BOOL;
}

static int tensor_take(const struct ln_torch_reader *r, const struct ln_pickle_value *call,
                       struct ln_pth_tensor *t) {
    const struct ln_pickle *p = &r->pickle;
    const struct ln_pickle_value *args = ln_pickle_value(p, call->call.arguments);
    const struct ln_pickle_value *storage = ln_pickle_item(p, args, 0);
    struct ln_torch_storage s;
    if (!has_arguments(p, call))
        return tensor_fail(r->pth, t, "pth-tensor",
                           "its call has %u arguments, or not those of PyTorch's function",
                           args->items.count);
    if (storage->kind != LN_PICKLE_PERSISTENT ||
        !ln_torch_storage(p, ln_pickle_value(p, storage->persistent), &s))
        return tensor_fail(r->pth, t, "pth-tensor", "the tensor has no storage");
    int rank = naturals(p, ln_pickle_item(p, args, 2), t->shape.dim);
    if (!natural(ln_pickle_item(p, args, 1), &t->first) || rank < 0 ||
        naturals(p, ln_pickle_item(p, args, 3), t->stride) != rank)
        return tensor_fail(
            r->pth, t, "pth-tensor",
            "its offset, shape or strides are not whole numbers of at least 0 (at most %d of each)",
            LN_RANK_MAX);
    t->shape.rank = rank;
    LN_TRY(record_take(r->pth, t, &s));
    LN_TRY(ln_torch_view_check(r->pth, t, s.base, s.limit));
    t->first += s.base;
    return LINNET_OK;
}

/* ---- the state_dict ----------------------------------------------------------------------------------- */

/* The tensor inside a parameter, or the tensor itself; NULL if the value is neither. */
static const struct ln_pickle_value *as_tensor(const struct ln_torch_reader *r,
                                               const struct ln_pickle_value *value) {
    for (int i = 0; i < NESTED_MAX && value && value->kind == LN_PICKLE_CALL; i++) {
        const struct ln_pickle_value *function = ln_pickle_value(&r->pickle, value->call.function);
        const int number = function->global->number;
        if (number == LN_TORCH_TENSOR || number == LN_TORCH_TENSOR_V2) return value;
        if (number != LN_TORCH_PARAMETER) return NULL;
        value = ln_pickle_item(&r->pickle, ln_pickle_value(&r->pickle, value->call.arguments), 0);
    }
    return value && r->persistent && value->kind == LN_PICKLE_PERSISTENT ? value : NULL;
}

/* Gets a key and its value and advances *at. */
static bool pair_next(const struct ln_pickle *p, int32_t *at, const struct ln_pickle_value **key,
                      const struct ln_pickle_value **value) {
    if (*at < 0) return false;
    int32_t second = p->items[*at].next;
    *key = ln_pickle_value(p, p->items[*at].value);
    *value = ln_pickle_value(p, p->items[second].value);
    *at = p->items[second].next;
    return true;
}

static bool has_tensor(const struct ln_torch_reader *r, const struct ln_pickle_value *dict) {
    const struct ln_pickle_value *key, *value;
    for (int32_t at = dict->items.first; pair_next(&r->pickle, &at, &key, &value);)
        if (as_tensor(r, value)) return true;
    return false;
}

/* The dict under that key; the last one, as in Python, if there are several; NULL if none. */
static const struct ln_pickle_value *dict_named(const struct ln_torch_reader *r,
                                                const struct ln_pickle_value *dict, const char *name) {
    const struct ln_pickle_value *key, *value, *found = NULL;
    for (int32_t at = dict->items.first; pair_next(&r->pickle, &at, &key, &value);)
        if (value->kind == LN_PICKLE_DICT && ln_pickle_text_is(&r->pickle, key, name)) found = value;
    return found;
}

/* Looks under the keys that checkpoints use for weights. Averaged weights come first because they perform
 * better. */
static const struct ln_pickle_value *nested_dict(const struct ln_torch_reader *r,
                                                 const struct ln_pickle_value *dict, bool of_tensors) {
    static const char *const names[] = {"state_dict_ema",   "model_ema", "state_dict",
                                        "model_state_dict", "model",     "net"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct ln_pickle_value *found = dict_named(r, dict, names[i]);
        if (found && (!of_tensors || has_tensor(r, found))) return found;
    }
    return NULL;
}

/* Tries the known keys first: a checkpoint may also have tensors that are not weights, such as the state of a
 * random generator. */
static const struct ln_pickle_value *state_dict(const struct ln_torch_reader *r) {
    const struct ln_pickle_value *dict = ln_pickle_value(&r->pickle, r->pickle.top), *nested;
    for (int i = 0; i < NESTED_MAX && dict && dict->kind == LN_PICKLE_DICT; i++) {
        nested = nested_dict(r, dict, true);
        if (nested) return nested;
        if (has_tensor(r, dict)) return dict;
        dict = nested_dict(r, dict, false);
    }
    return NULL;
}

/* ---- collecting ---------------------------------------------------------------------------------------- */

/* Copies a tensor's name out of the pickle. */
static int name_copy(const struct ln_torch_reader *r, const struct ln_pickle_value *key, char **name) {
    bool text = key->kind == LN_PICKLE_TEXT;
    const char *s = text ? ln_pickle_text(&r->pickle, key) : "";
    char shown[LN_TORCH_SHOWN];
    if (text && key->text.size > LN_PTH_NAME_MAX)
        return ln_fail(LINNET_ERR_INPUT, "pth-name",
                       "%s: '%s': a tensor's name has %u bytes; the limit is %d", r->pth->file.path,
                       ln_text_printable(s, key->text.size, shown, sizeof shown), key->text.size,
                       LN_PTH_NAME_MAX);
    if (!text || memchr(s, '\0', key->text.size))
        return ln_fail(LINNET_ERR_INPUT, "pth-name", "%s: a tensor's name %s", r->pth->file.path,
                       text ? "contains a NUL byte" : "is not text");
    *name = ln_alloc(key->text.size + 1);
    if (!*name) return LINNET_ERR_LIMIT;
    memcpy(*name, s, key->text.size);
    (*name)[key->text.size] = '\0';
    return LINNET_OK;
}

static int tensor_add(struct ln_torch_reader *r, const struct ln_pickle_value *key,
                      const struct ln_pickle_value *value) {
    struct ln_pth *pth = r->pth;
    if (pth->count == LN_PTH_TENSORS_MAX)
        return ln_fail(LINNET_ERR_INPUT, "pth-limit", "%s: more than %d tensors", pth->file.path,
                       LN_PTH_TENSORS_MAX);
    struct ln_pth_tensor *grown = ln_grow(pth->tensors, pth->count, &pth->capacity, sizeof *pth->tensors);
    if (!grown) return LINNET_ERR_LIMIT;
    pth->tensors = grown;
    struct ln_pth_tensor *t = &pth->tensors[pth->count];
    *t = (struct ln_pth_tensor){0};
    LN_TRY(name_copy(r, key, &t->name));
    pth->count++;
    if (value->kind == LN_PICKLE_CALL) return tensor_take(r, value, t);
    return r->persistent(r, ln_pickle_value(&r->pickle, value->persistent), t);
}

static int duplicate_fail(const struct ln_pth *pth, const struct ln_pth_tensor *t) {
    return tensor_fail(pth, t, "pth-duplicate", "two tensors have this name");
}

/* used[i]: value i of the pickle already names a tensor. A name that the pickle fetches from its memo a
 * second time is refused before it is copied, so all copies together are no longer than the pickle. */
static int tensors_add(struct ln_torch_reader *r, const struct ln_pickle_value *dict, bool *used) {
    const struct ln_pickle_value *key, *value, *tensor;
    for (int32_t at = dict->items.first; pair_next(&r->pickle, &at, &key, &value);) {
        if (!(tensor = as_tensor(r, value))) continue;
        LN_TRY(tensor_add(r, key, tensor));
        bool *twice = &used[key - r->pickle.values];
        if (*twice) return duplicate_fail(r->pth, &r->pth->tensors[r->pth->count - 1]);
        *twice = true;
    }
    return LINNET_OK;
}

static int by_name(const void *left, const void *right) {
    const struct ln_pth_tensor *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* Every persistent object must be a storage, even if no tensor uses it. */
static int check_storages(const struct ln_torch_reader *r) {
    struct ln_torch_storage s;
    for (size_t i = 0; i < r->pickle.value_count; i++) {
        const struct ln_pickle_value *value = &r->pickle.values[i];
        if (value->kind == LN_PICKLE_PERSISTENT &&
            !ln_torch_storage(&r->pickle, ln_pickle_value(&r->pickle, value->persistent), &s))
            return ln_fail(LINNET_ERR_INPUT, "pth-storage",
                           "%s: a persistent object is not ('storage', type, key, place, count)",
                           r->pth->file.path);
    }
    return LINNET_OK;
}

int ln_torch_collect(struct ln_torch_reader *r) {
    struct ln_pth *pth = r->pth;
    const struct ln_pickle_value *dict = state_dict(r);
    if (!dict)
        return ln_fail(LINNET_ERR_INPUT, "pth-empty", "%s: contains no dict of tensors", pth->file.path);
    bool *used = ln_calloc(r->pickle.value_count, sizeof *used);
    int status = used ? tensors_add(r, dict, used) : LINNET_ERR_LIMIT;
    ln_free(used);
    LN_TRY(status);
    qsort(pth->tensors, pth->count, sizeof *pth->tensors, by_name);
    for (size_t i = 0; i + 1 < pth->count; i++)
        if (by_name(&pth->tensors[i], &pth->tensors[i + 1]) == 0)
            return duplicate_fail(pth, &pth->tensors[i]);
    return r->persistent ? LINNET_OK : check_storages(r);
}
