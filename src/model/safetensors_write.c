/* Writes safetensors files. Equal tensors and metadata give equal bytes. The header is padded with spaces, as
 * the format allows, so that the data of a mapped file begins on a cache line. */
#include "base/alloc.h"
#include "base/text.h"
#include "model/safetensors.h"
#include "model/safetensors_header.h"
#include "model/safetensors_sum.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <zlib.h>

enum { LENGTH_BYTES = 8, DATA_ALIGN = 64 };

/* With a checksum, its zeros are written first; ln_st_writer_commit replaces them. */
static void metadata_add(struct ln_text *text, const struct ln_st_save *save) {
    const char *comma = save->summed ? "," : "";
    ln_text_add(text, save->summed ? LN_ST_SUM_BEFORE LN_ST_SUM_ZEROS "\"" : "{\"__metadata__\":{");
    for (size_t i = 0; i < save->metadata_count; i++) {
        ln_text_add(text, comma);
        ln_text_add_json(text, save->metadata[i].key);
        ln_text_add(text, ":");
        ln_text_add_json(text, save->metadata[i].value);
        comma = ",";
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

/* Assigns offsets one after another, from the start of the data. Names are checked by header_check(), with the reader's
 * own code. */
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
static int header_make(char **header, size_t *length, const struct ln_st_save *save) {
    struct ln_text text = {0};
    const bool metadata = save->metadata_count > 0 || save->summed;
    if (metadata)
        metadata_add(&text, save);
    else
        ln_text_add(&text, "{");
    for (size_t i = 0; i < save->count; i++) {
        if (i > 0 || metadata) ln_text_add(&text, ",");
        tensor_add(&text, &save->tensors[i]);
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

static int put(struct ln_st_writer *w, const void *data, size_t n) {
    if (w->summed && n > 0) w->sum = (uint32_t)crc32_z(w->sum, data, n);
    return ln_file_writer_write(&w->out, data, n);
}

static int header_write(struct ln_st_writer *w, const char *text, uint64_t length) {
    LN_TRY(put(w, &length, LENGTH_BYTES)); /* little-endian, asserted in safetensors.c */
    return put(w, text, length);
}

int ln_st_writer_begin_save(struct ln_st_writer *w, const struct ln_st_save *save) {
    char *header;
    size_t length, data_bytes;
    *w = (struct ln_st_writer){.tensors = save->tensors, .count = save->count, .summed = save->summed};
    LN_TRY(tensors_place(save->tensors, save->count, save->path, &data_bytes));
    LN_TRY(header_make(&header, &length, save));
    int status = header_check(save->path, header, length);
    if (status == LINNET_OK)
        status = ln_file_writer_begin_over(&w->out, save->path, LENGTH_BYTES + (uint64_t)length + data_bytes,
                                           &save->replaced);
    if (status == LINNET_OK) status = header_write(w, header, length);
    ln_free(header);
    if (status != LINNET_OK) {
        ln_st_writer_abort(w);
        return status;
    }
    for (size_t i = 0; i < save->count; i++) save->tensors[i].offset += LENGTH_BYTES + length;
    return LINNET_OK;
}

int ln_st_writer_begin(struct ln_st_writer *w, const char *path, struct ln_st_tensor *tensors, size_t count,
                       const struct ln_st_pair *metadata, size_t metadata_count) {
    return ln_st_writer_begin_save(w, &(struct ln_st_save){.path = path,
                                                           .tensors = tensors,
                                                           .count = count,
                                                           .metadata = metadata,
                                                           .metadata_count = metadata_count});
}

int ln_st_writer_tensor(struct ln_st_writer *w, const void *data) {
    /* The order of the data is that of the declarations: a caller that mixes them up is a bug, not bad
     * input. */
    assert(w->next < w->count);
    return put(w, data, w->tensors[w->next++].bytes);
}

/* The checksum covers the whole file, so it is known only now; its digits have a fixed place, which is
 * overwritten before the file gets its name. */
int ln_st_writer_commit(struct ln_st_writer *w) {
    char digits[LN_ST_SUM_DIGITS + 1];
    assert(w->next == w->count);
    snprintf(digits, sizeof digits, "%08x", (unsigned)w->sum);
    if (w->summed) LN_TRY(ln_file_writer_patch(&w->out, LN_ST_SUM_AT, digits, LN_ST_SUM_DIGITS));
    return ln_file_writer_commit(&w->out);
}

void ln_st_writer_abort(struct ln_st_writer *w) {
    ln_file_writer_abort(&w->out);
    *w = (struct ln_st_writer){0};
}
