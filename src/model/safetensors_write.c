/* Writes safetensors files. Equal tensors and metadata give equal bytes. The header is padded with spaces, as
 * the format allows, so that the data of a mapped file begins on a cache line. */
#include "base/alloc.h"
#include "base/text.h"
#include "model/safetensors.h"
#include "model/safetensors_header.h"
#include <assert.h>
#include <inttypes.h>

enum { LENGTH_BYTES = 8, DATA_ALIGN = 64 };

static void metadata_add(struct ln_text *text, const struct ln_st_pair *metadata, size_t count) {
    ln_text_add(text, "\"__metadata__\":{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) ln_text_add(text, ",");
        ln_text_add_json(text, metadata[i].key);
        ln_text_add(text, ":");
        ln_text_add_json(text, metadata[i].value);
    }
    ln_text_add(text, "}");
}

static void tensor_add(struct ln_text *text, const struct ln_st_tensor *tensor) {
    ln_text_add_json(text, tensor->name);
    ln_text_addf(text, ":{\"dtype\":\"%s\",\"shape\":[", ln_dtype_safetensors(tensor->dtype));
    for (int i = 0; i < tensor->shape.rank; i++)
        ln_text_addf(text, i > 0 ? ",%" PRId64 : "%" PRId64, tensor->shape.dim[i]);
    ln_text_addf(text, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", tensor->offset,
                 tensor->offset + tensor->bytes);
}

/* Assigns offsets one after another, from the start of the data. */
static int tensors_place(struct ln_st_tensor *tensors, size_t count, const char *path, size_t *data_bytes) {
    *data_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        struct ln_st_tensor *tensor = &tensors[i];
        size_t elements, bytes;
        tensor->offset = *data_bytes;
        if (!ln_shape_count(&tensor->shape, &elements) ||
            !ln_size_mul(elements, ln_dtype_size(tensor->dtype), &bytes) ||
            !ln_size_add(*data_bytes, bytes, data_bytes))
            return ln_fail(LINNET_ERR_LIMIT, "st-shape", "%s: '%s': its shape does not fit into a file", path,
                           tensor->name);
        tensor->bytes = bytes;
    }
    return LINNET_OK;
}

/* The complete header; the caller frees it. */
static int header_make(char **header, size_t *length, const struct ln_st_tensor *tensors, size_t count,
                       const struct ln_st_pair *metadata, size_t metadata_count) {
    struct ln_text text = {0};
    ln_text_add(&text, "{");
    if (metadata_count > 0) metadata_add(&text, metadata, metadata_count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 || metadata_count > 0) ln_text_add(&text, ",");
        tensor_add(&text, &tensors[i]);
    }
    ln_text_add(&text, "}");
    while (!text.failed && (LENGTH_BYTES + text.length) % DATA_ALIGN != 0) ln_text_add(&text, " ");
    *length = text.length;
    return ln_text_take(&text, header);
}

/* Parses the header that is about to be written. Duplicate or reserved names, impossible shapes and too long
 * a header are found before an existing file is replaced. */
static int header_check(const char *path, const char *text, size_t length) {
    struct ln_st_header header;
    if (length > LN_ST_HEADER_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "st-header-length", "%s: the header has %zu bytes; the limit is %d",
                       path, length, LN_ST_HEADER_MAX);
    LN_TRY(ln_st_header_parse(&header, path, text, length));
    ln_st_header_fini(&header);
    return LINNET_OK;
}

static int header_write(struct ln_file_writer *out, const char *text, uint64_t length) {
    LN_TRY(ln_file_writer_write(out, &length, LENGTH_BYTES)); /* little-endian, asserted in safetensors.c */
    return ln_file_writer_write(out, text, length);
}

int ln_st_writer_begin(struct ln_st_writer *w, const char *path, struct ln_st_tensor *tensors, size_t count,
                       const struct ln_st_pair *metadata, size_t metadata_count) {
    char *header;
    size_t length, data_bytes;
    *w = (struct ln_st_writer){0};
    LN_TRY(tensors_place(tensors, count, path, &data_bytes));
    LN_TRY(header_make(&header, &length, tensors, count, metadata, metadata_count));
    int status = header_check(path, header, length);
    if (status == LINNET_OK)
        status = ln_file_writer_begin(&w->out, path, LENGTH_BYTES + (uint64_t)length + data_bytes);
    if (status == LINNET_OK) status = header_write(&w->out, header, length);
    ln_free(header);
    if (status != LINNET_OK) {
        ln_st_writer_abort(w);
        return status;
    }
    for (size_t i = 0; i < count; i++) tensors[i].offset += LENGTH_BYTES + length;
    w->tensors = tensors;
    w->count = count;
    return LINNET_OK;
}

int ln_st_writer_tensor(struct ln_st_writer *w, const void *data) {
    assert(w->next < w->count);
    return ln_file_writer_write(&w->out, data, w->tensors[w->next++].bytes);
}

int ln_st_writer_commit(struct ln_st_writer *w) {
    assert(w->next == w->count);
    return ln_file_writer_commit(&w->out);
}

void ln_st_writer_abort(struct ln_st_writer *w) {
    ln_file_writer_abort(&w->out);
    *w = (struct ln_st_writer){0};
}
