/* Inflates the image data, and packs the rows again in stored blocks. */
#include "image/png_repack.h"
#include "base/alloc.h"
#include <string.h>
#include <zlib.h>

extern const struct ln_image_format ln_image_format_png;

enum { PASSES = 7, PIECE = 1 << 30 };

/* Rows of the passes, in the order of the file: one pass, or seven (section 8.2). */
struct layout {
    size_t row[PASSES]; /* bytes, including the filter byte */
    uint32_t rows[PASSES];
    size_t bytes; /* in all */
};

static struct layout layout_of(const struct ln_png *png) {
    static const uint32_t x[PASSES] = {0, 4, 0, 2, 0, 1, 0}, dx[PASSES] = {8, 8, 4, 4, 2, 2, 1},
                          y[PASSES] = {0, 0, 4, 0, 2, 0, 1}, dy[PASSES] = {8, 8, 8, 4, 4, 2, 2};
    static const unsigned channels[8] = {1, 0, 3, 1, 2, 0, 4, 0};
    const uint32_t width = ln_png_number(png->header), height = ln_png_number(png->header + 4);
    const unsigned bits = png->header[8] * channels[png->header[9] & 7];
    const bool interlaced = png->header[12];
    struct layout layout = {0};
    for (int p = 0; p < (interlaced ? PASSES : 1); p++) {
        const uint32_t left = interlaced ? x[p] : 0, top = interlaced ? y[p] : 0;
        const uint32_t columns = width > left ? (width - left - 1) / (interlaced ? dx[p] : 1) + 1 : 0;
        layout.rows[p] = columns && height > top ? (height - top - 1) / (interlaced ? dy[p] : 1) + 1 : 0;
        layout.row[p] = ((size_t)columns * bits + 7) / 8 + 1;
        layout.bytes += layout.row[p] * layout.rows[p];
    }
    return layout;
}

/* True if n bytes end after a row. */
static bool is_row_end(const struct layout *layout, size_t n) {
    for (int p = 0; p < PASSES; p++) {
        const size_t bytes = layout->row[p] * layout->rows[p];
        if (n <= bytes) return n > 0 && n % layout->row[p] == 0;
        n -= bytes;
    }
    return false;
}

static void *zlib_alloc(void *user, unsigned n, unsigned size) {
    return ln_calloc(n, size);
}

static void zlib_free(void *user, void *block) {
    ln_free(block);
}

/* Inflates all image data into out[layout->bytes]. Returns the number of bytes, 0 if the stream does not
 * end. */
static size_t inflate_all(const struct ln_image_input *in, const struct ln_png *png,
                          const struct layout *layout, unsigned char *out) {
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    struct ln_png_chunk chunk;
    z.next_out = out;
    int result = inflateInit(&z);
    if (result != Z_OK) return 0;
    for (size_t at = png->image; result == Z_OK || result == Z_BUF_ERROR; at = chunk.next) {
        const enum ln_png_step step = ln_png_chunk_at(in, at, &chunk);
        if (step == LN_PNG_END || step == LN_PNG_NAMELESS || !ln_png_chunk_is(&chunk, "IDAT")) break;
        z.next_in = (Bytef *)(uintptr_t)chunk.data;
        z.avail_in = chunk.bytes < PIECE ? (uInt)chunk.bytes : PIECE;
        z.avail_out = layout->bytes - z.total_out < PIECE ? (uInt)(layout->bytes - z.total_out) : PIECE;
        result = inflate(&z, Z_NO_FLUSH);
    }
    const size_t n = result == Z_STREAM_END ? z.total_out : 0;
    inflateEnd(&z);
    return n;
}

static int pack(const unsigned char *rows, size_t n, unsigned char **packed, size_t *size) {
    uLongf length = compressBound(n) + n / 1000 + 1024; /* of stored blocks */
    if (!(*packed = ln_alloc(length))) return LINNET_ERR_LIMIT;
    if (compress2(*packed, &length, rows, n, Z_NO_COMPRESSION) != Z_OK) {
        ln_free(*packed);
        *packed = NULL;
        return ln_fail_memory(length);
    }
    *size = length;
    return LINNET_OK;
}

int ln_png_repack(const struct ln_image_input *in, const struct ln_png *png, unsigned char **packed,
                  size_t *size) {
    const struct layout layout = layout_of(png);
    const uint32_t width = ln_png_number(png->header), height = ln_png_number(png->header + 4);
    *packed = NULL;
    /* The rows twice, and the image. */
    const int cost = 3 + (int)(2 * (layout.bytes / ((size_t)width * height) + 1));
    LN_TRY(ln_image_check(in, &ln_image_format_png, width, height, cost));
    unsigned char *rows = ln_calloc(layout.bytes, 1);
    if (!rows) return LINNET_ERR_LIMIT;
    const size_t n = inflate_all(in, png, &layout, rows);
    const int status = is_row_end(&layout, n) ? pack(rows, layout.bytes, packed, size) : LINNET_OK;
    ln_free(rows);
    return status;
}
