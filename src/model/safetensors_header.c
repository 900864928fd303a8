/* Parses a safetensors header. First every entry is checked alone (keys, dtype, shape, offsets, size), then
 * all of them together (no holes, no overlaps). What each check refuses:
 *
 *     "dtype": "F8"                           st-dtype      a type that no parameter can have
 *     "shape": [4294967296, 4294967296]       st-shape      the product overflows
 *     "data_offsets": [8, 4]                  st-offsets    ends before it begins
 *     F32 [2,2] with 12 bytes                 st-size       would read beyond its data
 *     [0,8] and [4,12]                        st-overlap    two tensors share bytes
 *     [0,8] and [12,20]                       st-hole       bytes in which anything could hide
 *     "w" twice                               st-duplicate  two readers would see different values
 */
#include "model/safetensors_header.h"
#include "base/alloc.h"
#include "base/text.h"
#include "model/json.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char metadata_key[] = "__metadata__";

/* A header entry, for messages. */
struct entry {
    const char *path, *name;
};

static int LN_PRINTF(3, 4) entry_fail(const struct entry *entry, const char *code, const char *fmt, ...) {
    char name[128], what[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    ln_text_printable(entry->name, strlen(entry->name), name, sizeof name);
    return ln_fail(LINNET_ERR_INPUT, code, "%s: '%s': %s", entry->path, name, what);
}

/* ---- one entry ----------------------------------------------------------------------------------------- */

/* A non-negative JSON integer. 8.0 is refused: it is a double in JSON, and large ones lose digits. */
static bool integer_get(const json_t *json, int64_t *out) {
    if (!json_is_integer(json) || json_integer_value(json) < 0) return false;
    *out = json_integer_value(json);
    return true;
}

static int dtype_parse(enum ln_dtype *dtype, const struct entry *entry, const json_t *json) {
    char name[64];
    if (!json_is_string(json)) return entry_fail(entry, "st-dtype", "dtype is not a string");
    if (ln_dtype_from_safetensors(json_string_value(json), dtype)) return LINNET_OK;
    ln_text_printable(json_string_value(json), json_string_length(json), name, sizeof name);
    return entry_fail(entry, "st-dtype", "dtype '%s' is not one of F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL",
                      name);
}

static int shape_parse(struct ln_shape *shape, const struct entry *entry, const json_t *json) {
    size_t rank = json_array_size(json);
    if (!json_is_array(json)) return entry_fail(entry, "st-shape", "shape is not an array");
    if (rank > LN_RANK_MAX)
        return entry_fail(entry, "st-shape", "%zu dimensions; the limit is %d", rank, LN_RANK_MAX);
    shape->rank = (int)rank;
    for (size_t i = 0; i < rank; i++)
        if (!integer_get(json_array_get(json, i), &shape->dim[i]))
            return entry_fail(entry, "st-shape", "dimension %zu of %zu is not a whole number of at least 0",
                              i + 1, rank);
    return LINNET_OK;
}

static int offsets_parse(struct ln_st_tensor *tensor, const struct entry *entry, const json_t *json) {
    int64_t begin, end;
    if (json_array_size(json) != 2 || !integer_get(json_array_get(json, 0), &begin) ||
        !integer_get(json_array_get(json, 1), &end))
        return entry_fail(entry, "st-offsets", "data_offsets is not a pair of whole numbers of at least 0");
    if (begin > end)
        return entry_fail(entry, "st-offsets",
                          "its data begins at byte %" PRId64 " but ends at byte %" PRId64, begin, end);
    tensor->offset = (uint64_t)begin;
    tensor->bytes = (uint64_t)(end - begin);
    return LINNET_OK;
}

static int size_check(const struct ln_st_tensor *tensor, const struct entry *entry) {
    char shape[192];
    size_t count, bytes;
    ln_shape_text(&tensor->shape, shape, sizeof shape);
    if (!ln_shape_count(&tensor->shape, &count) || !ln_size_mul(count, ln_dtype_size(tensor->dtype), &bytes))
        return entry_fail(entry, "st-shape", "shape %s does not fit into memory", shape);
    if (bytes != tensor->bytes)
        return entry_fail(entry, "st-size", "%" PRIu64 " bytes of data, %s%s needs %zu", tensor->bytes,
                          ln_dtype_safetensors(tensor->dtype), shape, bytes);
    return LINNET_OK;
}

/* Requires exactly the three known keys. An unknown key could change the meaning of the data, so it is an
 * error. */
static int keys_check(const json_t *json, const struct entry *entry) {
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    if (!json_is_object(json)) return entry_fail(entry, "st-entry", "the entry is not an object");
    for (size_t i = 0; i < 3; i++)
        if (!json_object_get(json, keys[i]))
            return entry_fail(entry, "st-entry", "the entry has no %s", keys[i]);
    if (json_object_size(json) > 3)
        return entry_fail(entry, "st-entry",
                          "the entry has %zu keys; only dtype, shape and data_offsets are allowed",
                          json_object_size(json));
    return LINNET_OK;
}

static int tensor_parse(struct ln_st_tensor *tensor, const struct entry *entry, const json_t *json) {
    LN_TRY(keys_check(json, entry));
    LN_TRY(dtype_parse(&tensor->dtype, entry, json_object_get(json, "dtype")));
    LN_TRY(shape_parse(&tensor->shape, entry, json_object_get(json, "shape")));
    LN_TRY(offsets_parse(tensor, entry, json_object_get(json, "data_offsets")));
    LN_TRY(size_check(tensor, entry));
    tensor->name = ln_strdup(entry->name);
    return tensor->name ? LINNET_OK : LINNET_ERR_LIMIT;
}

static int metadata_parse(struct ln_st_header *header, const char *path, json_t *json) {
    const char *key;
    json_t *value;
    if (!json) return LINNET_OK;
    if (!json_is_object(json))
        return ln_fail(LINNET_ERR_INPUT, "st-metadata", "%s: %s is not an object", path, metadata_key);
    header->metadata = ln_calloc(json_object_size(json), sizeof *header->metadata);
    if (!header->metadata) return LINNET_ERR_LIMIT;
    json_object_foreach(json, key, value) {
        struct ln_st_pair *pair = &header->metadata[header->metadata_count];
        if (!json_is_string(value))
            return entry_fail(&(struct entry){path, key}, "st-metadata", "its value in %s is not a string",
                              metadata_key);
        header->metadata_count++;
        pair->key = ln_strdup(key);
        pair->value = ln_strdup(json_string_value(value));
        if (!pair->key || !pair->value) return LINNET_ERR_LIMIT;
    }
    return LINNET_OK;
}

/* ---- all entries ------------------------------------------------------------------------------------- */

/* Sorts by offset. Empty tensors share their offset with the next tensor, so the size comes second and the
 * name third. */
static int tensor_order(const void *left, const void *right) {
    const struct ln_st_tensor *a = left, *b = right;
    if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
    if (a->bytes != b->bytes) return a->bytes < b->bytes ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Checks that the tensors, in order, fill the data from byte 0 without holes or overlaps. */
static int layout_check(struct ln_st_header *header, const char *path) {
    uint64_t end = 0;
    for (size_t i = 0; i < header->count; i++) {
        const struct ln_st_tensor *tensor = &header->tensors[i];
        bool hole = tensor->offset > end;
        if (tensor->offset != end)
            return entry_fail(&(struct entry){path, tensor->name}, hole ? "st-hole" : "st-overlap",
                              "its data begins at byte %" PRIu64 " but the previous tensor ends at %" PRIu64,
                              tensor->offset, end);
        end += tensor->bytes; /* no overflow: equals the end offset, at most INT64_MAX */
    }
    header->data_bytes = end;
    return LINNET_OK;
}

static int tensors_parse(struct ln_st_header *header, const char *path, json_t *json) {
    const char *name;
    json_t *value;
    header->tensors = ln_calloc(json_object_size(json), sizeof *header->tensors);
    if (!header->tensors) return LINNET_ERR_LIMIT;
    json_object_foreach(json, name, value) {
        if (strcmp(name, metadata_key) == 0) continue;
        LN_TRY(tensor_parse(&header->tensors[header->count], &(struct entry){path, name}, value));
        header->count++;
    }
    qsort(header->tensors, header->count, sizeof *header->tensors, tensor_order);
    return layout_check(header, path);
}

static int json_read(json_t **json, const char *path, const char *text, size_t size) {
    char place[300];
    snprintf(place, sizeof place, "%s: header", path);
    if (size == 0 || text[0] != '{')
        return ln_fail(LINNET_ERR_INPUT, "st-header-json", "%s does not begin with '{'", place);
    return ln_json_parse(json, text, size,
                         &(struct ln_json_opts){.place = place,
                                                .code = "st-header-json",
                                                .duplicate = "st-duplicate",
                                                .depth = 3}); /* header, entry, shape */
}

int ln_st_header_parse(struct ln_st_header *header, const char *path, const char *text, size_t size) {
    json_t *json;
    *header = (struct ln_st_header){0};
    LN_TRY(json_read(&json, path, text, size));
    int status = metadata_parse(header, path, json_object_get(json, metadata_key));
    if (status == LINNET_OK) status = tensors_parse(header, path, json);
    if (status != LINNET_OK) ln_st_header_fini(header);
    json_decref(json);
    return status;
}

void ln_st_header_fini(struct ln_st_header *header) {
    for (size_t i = 0; i < header->count; i++) ln_free((void *)header->tensors[i].name);
    for (size_t i = 0; i < header->metadata_count; i++) {
        ln_free((void *)header->metadata[i].key);
        ln_free((void *)header->metadata[i].value);
    }
    ln_free(header->tensors);
    ln_free(header->metadata);
    *header = (struct ln_st_header){0};
}
