/* Reads one IDX file: checks the header against the size of the file, then reads the elements and checks that
 * nothing follows. */
#include "data/idx_file.h"
#include "base/alloc.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/stream.h"

enum {
    SIDE_MOST = 4096,
    /* A gzip file may unpack to this much, plus 64 bytes for each of its own: 224 MiB from 1 MiB, as for images
     * (src/image/image.c). MNIST's files unpack to four to five times their size. */
    FREE_BYTES = 160 << 20,
    BYTES_A_BYTE = 64,
};

static uint32_t big_endian(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int read_header(struct ln_stream *stream, struct ln_idx_file *idx, const char *path, int dimensions) {
    unsigned char header[16];
    size_t size = 4 + 4 * (size_t)dimensions, got;
    LN_TRY(ln_stream_read(stream, header, size, &got));
    if (got < size)
        return ln_fail(LINNET_ERR_INPUT, "idx-size",
                       "%s: header: %zu bytes; an IDX header of %d dimension%s has %zu", path, got,
                       dimensions, dimensions == 1 ? "" : "s", size);
    uint32_t magic = big_endian(header), expected = 0x800 + (uint32_t)dimensions;
    if (magic != expected)
        return ln_fail(LINNET_ERR_INPUT, "idx-magic",
                       "%s: byte 0: magic number 0x%08x; IDX %s begin with 0x%08x", path, magic,
                       dimensions == LN_IDX_LABELS ? "labels" : "images", expected);
    for (int i = 0; i < 3; i++) idx->dim[i] = i < dimensions ? big_endian(header + 4 + 4 * i) : 1;
    return LINNET_OK;
}

static int check_header(const struct ln_stream *stream, const struct ln_idx_file *idx, const char *path,
                        size_t *size) {
    uint32_t n = idx->dim[0], h = idx->dim[1], w = idx->dim[2];
    if (h == 0 || w == 0 || h > SIDE_MOST || w > SIDE_MOST)
        return ln_fail(LINNET_ERR_INPUT, "idx-shape",
                       "%s: images of %u x %u pixels; the limits are 1 x 1 to %d x %d", path, h, w, SIDE_MOST,
                       SIDE_MOST);
    if (n == 0) return ln_fail(LINNET_ERR_INPUT, "idx-count", "%s: its header says 0 items", path);
    uint64_t most = ln_stream_most(stream);
    if (!ln_size_mul((size_t)h * w, n, size) || *size > most)
        return ln_fail(LINNET_ERR_INPUT, "idx-size",
                       "%s: the header claims %u items of %u x %u byte%s, but at most %llu bytes follow it",
                       path, n, h, w, h * w == 1 ? "" : "s", (unsigned long long)most);
    return LINNET_OK;
}

/* Checks the size of the elements before memory is allocated. */
static int check_cost(const struct ln_stream *stream, size_t size, const char *path) {
    const uint64_t limit = FREE_BYTES + BYTES_A_BYTE * stream->file.size;
    const size_t available = ln_memory_available();
    if (stream->gzip && size > limit)
        return ln_fail(
            LINNET_ERR_INPUT, "idx-bomb",
            "%s: the gzip file of %llu bytes claims %zu bytes of data; the limit for a file of this "
            "size is %llu",
            path, (unsigned long long)stream->file.size, size, (unsigned long long)limit);
    if (size > available)
        return ln_fail(LINNET_ERR_LIMIT, "idx-memory", "%s: needs %zu bytes of memory, %zu are available",
                       path, size, available);
    return LINNET_OK;
}

static int read_elements(struct ln_stream *stream, unsigned char *data, size_t size, const char *path) {
    size_t got, more;
    LN_TRY(ln_stream_read(stream, data, size, &got));
    if (got < size)
        return ln_fail(LINNET_ERR_INPUT, "idx-size",
                       "%s: ends after %zu of the %zu bytes that its header claims", path, got, size);
    unsigned char extra;
    LN_TRY(ln_stream_read(stream, &extra, 1, &more)); /* also verifies gzip's checksum */
    if (more > 0)
        return ln_fail(LINNET_ERR_INPUT, "idx-size",
                       "%s: continues after the %zu bytes that its header claims", path, size);
    return LINNET_OK;
}

int ln_idx_file_read(struct ln_idx_file *idx, const char *path, int dimensions, uint32_t count) {
    struct ln_stream stream = {.code = "idx-gzip"};
    *idx = (struct ln_idx_file){0};
    size_t size = 0;
    int status = ln_stream_open(&stream, path);
    if (status == LINNET_OK) status = read_header(&stream, idx, path, dimensions);
    if (status == LINNET_OK) status = check_header(&stream, idx, path, &size);
    const bool wanted = !count || idx->dim[0] == count;
    if (status == LINNET_OK && wanted) status = check_cost(&stream, size, path);
    if (status == LINNET_OK && wanted) {
        idx->data = ln_alloc(size);
        status = idx->data ? read_elements(&stream, idx->data, size, path) : LINNET_ERR_LIMIT;
    }
    ln_stream_close(&stream);
    if (status != LINNET_OK) ln_idx_file_fini(idx);
    return status;
}

void ln_idx_file_fini(struct ln_idx_file *idx) {
    ln_free(idx->data);
    *idx = (struct ln_idx_file){0};
}
