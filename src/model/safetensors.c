/* Opens a safetensors file, finds and reads its tensors. safetensors_header.c checks the header; this file
 * checks the two lengths that the header cannot know: its own and the file's. A file of 72 bytes with one
 * tensor of two floats:
 *
 *     byte   0   38 00 00 00 00 00 00 00                                   length of the header: 56
 *     byte   8   {"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}    padded with spaces to byte 64
 *     byte  64   00 00 80 3f 00 00 00 40                                   1.0, 2.0
 *
 * Offsets in the JSON count from byte 64; ln_st_tensor.offset counts from the beginning of the file.
 */
#include "model/safetensors.h"
#include "base/alloc.h"
#include "base/text.h"
#include "model/convert.h"
#include "model/safetensors_header.h"
#include <inttypes.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are read without byte swapping, so the machine must be little-endian");

enum { LENGTH_BYTES = 8, PIECE = 64 << 10 };

/* The length is compared with the file and with a limit before memory of that size is allocated: a file of eight
 * bytes may claim 2^64. The limit is that of the reference implementation (100 MB). */
static int header_length_read(uint64_t *length, const struct ln_file *file) {
    if (file->size < LENGTH_BYTES)
        return ln_fail(LINNET_ERR_INPUT, "st-file-length",
                       "%s: the file has %" PRIu64 " bytes; the header's length alone takes %d", file->path,
                       file->size, LENGTH_BYTES);
    LN_TRY(ln_file_read_at(file, 0, length, LENGTH_BYTES));
    if (*length > file->size - LENGTH_BYTES)
        return ln_fail(LINNET_ERR_INPUT, "st-header-length",
                       "%s: header length %" PRIu64 ", file has %" PRIu64 " bytes", file->path, *length,
                       file->size);
    if (*length > LN_ST_HEADER_MAX)
        return ln_fail(LINNET_ERR_INPUT, "st-header-length",
                       "%s: header length %" PRIu64 "; the limit is %d bytes", file->path, *length,
                       LN_ST_HEADER_MAX);
    return LINNET_OK;
}

static int header_read(struct ln_st_header *header, const struct ln_file *file, uint64_t length) {
    char *text = ln_alloc(length);
    if (!text) return LINNET_ERR_LIMIT;
    int status = ln_file_read_at(file, LENGTH_BYTES, text, length);
    if (status == LINNET_OK) status = ln_st_header_parse(header, file->path, text, length);
    ln_free(text);
    return status;
}

/* The header was checked to have no holes, so its end is the end of the data: a shorter file was cut, a
 * longer one has bytes that nobody described. */
static int file_length_check(const struct ln_file *file, uint64_t end) {
    if (end == file->size) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "st-file-length",
                   "%s: the file has %" PRIu64 " bytes, but its header describes %" PRIu64 "%s", file->path,
                   file->size, end, end > file->size ? "; truncated?" : "");
}

static int contents_read(struct ln_st_file *st) {
    struct ln_st_header header;
    uint64_t length;
    LN_TRY(header_length_read(&length, &st->file));
    LN_TRY(header_read(&header, &st->file, length));
    st->tensors = header.tensors;
    st->count = header.count;
    st->metadata = header.metadata;
    st->metadata_count = header.metadata_count;

    uint64_t start = LENGTH_BYTES + length; /* of the data */
    for (size_t i = 0; i < st->count; i++) st->tensors[i].offset += start;
    return file_length_check(&st->file, start + header.data_bytes); /* cannot overflow: data_bytes < 2^63 */
}

int ln_st_open(struct ln_st_file *st, const char *path) {
    *st = (struct ln_st_file){0};
    LN_TRY(ln_file_open(&st->file, path));
    int status = contents_read(st);
    if (status != LINNET_OK) ln_st_close(st);
    return status;
}

void ln_st_close(struct ln_st_file *st) {
    struct ln_st_header header = {.tensors = st->tensors,
                                  .count = st->count,
                                  .metadata = st->metadata,
                                  .metadata_count = st->metadata_count};
    ln_st_header_fini(&header);
    ln_file_close(&st->file);
    *st = (struct ln_st_file){0};
}

/* Linear: a network has a few hundred tensors, and each is looked up once or twice. */
const struct ln_st_tensor *ln_st_find(const struct ln_st_file *st, const char *name) {
    for (size_t i = 0; i < st->count; i++)
        if (strcmp(st->tensors[i].name, name) == 0) return &st->tensors[i];
    return NULL;
}

const char *ln_st_metadata(const struct ln_st_file *st, const char *key) {
    for (size_t i = 0; i < st->metadata_count; i++)
        if (strcmp(st->metadata[i].key, key) == 0) return st->metadata[i].value;
    return NULL;
}

int ln_st_read(const struct ln_st_file *st, const struct ln_st_tensor *tensor, void *out) {
    return ln_file_read_at(&st->file, tensor->offset, out, tensor->bytes);
}

/* Numbers from `done` bytes on, at most a piece of them. A piece is a multiple of every type's size, so no number is cut. */
static int read_piece(const struct ln_st_file *st, const struct ln_st_tensor *tensor, uint64_t done, size_t n,
                      float *out) {
    unsigned char piece[PIECE];
    const size_t size = ln_dtype_size(tensor->dtype);
    if (tensor->dtype == LN_F32) return ln_file_read_at(&st->file, tensor->offset + done, out, n);
    LN_TRY(ln_file_read_at(&st->file, tensor->offset + done, piece, n));
    ln_convert_to_f32(tensor->dtype, piece, n / size, out);
    return LINNET_OK;
}

/* Converts piece by piece, so that no second buffer of the tensor's size is needed, and checks each while the cache holds it. */
int ln_st_read_finite(const struct ln_st_file *st, const struct ln_st_tensor *tensor, float *out,
                      bool *finite) {
    const size_t size = ln_dtype_size(tensor->dtype);
    *finite = true;
    if (!ln_convert_is_float(tensor->dtype)) {
        char name[128];
        ln_text_printable(tensor->name, strlen(tensor->name), name, sizeof name);
        return ln_fail(LINNET_ERR_INPUT, "st-dtype", "%s: '%s': dtype %s is not a floating-point type",
                       st->file.path, name, ln_dtype_safetensors(tensor->dtype));
    }
    for (uint64_t done = 0; done < tensor->bytes;) {
        const size_t n = tensor->bytes - done < PIECE ? tensor->bytes - done : PIECE;
        LN_TRY(read_piece(st, tensor, done, n, out));
        *finite &= ln_convert_all_finite(out, n / size);
        out += n / size;
        done += n;
    }
    return LINNET_OK;
}

int ln_st_read_f32(const struct ln_st_file *st, const struct ln_st_tensor *tensor, float *out) {
    bool finite;
    return ln_st_read_finite(st, tensor, out, &finite);
}
