/* Reading an image: recognise the format, decode, rotate. Also the limits and messages shared by all formats.
 */
#include "image/image.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/size.h"
#include "base/text.h"
#include "image/foreign.h"
#include "image/format.h"
#include "image/orient.h"

#include <string.h>

enum {
    DEFAULT_SCANS = 100,
    SIDE_MAX = 1 << 18, /* pixels; bounds the memory for a row or column even of an empty image */
    /* Decoding a file may take this much memory, plus 64 bytes for each of its bytes: 224 MiB for a file of 1 MiB.
     * Photos stay far below (24 megapixels take 96 MB, or 144 to 216 MB as a progressive JPEG); a file that claims
     * more is a decompression bomb. */
    FREE_BYTES = 160 << 20,
    BYTES_A_BYTE = 64,
    TURN_COST = 6, /* bytes per pixel while transposing: the old and the new image */
};
static const int64_t default_pixels = 100 * 1000 * 1000;

#define LN_FORMAT(name) extern const struct ln_image_format ln_image_format_##name;
#include "image/format_list.h"
#undef LN_FORMAT

static const struct ln_image_format *const formats[] = {
#define LN_FORMAT(name) &ln_image_format_##name,
#include "image/format_list.h"
#undef LN_FORMAT
};

static const struct ln_image_format *sniff(const unsigned char *data, size_t size) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i]->sniff(data, size)) return formats[i];
    return NULL;
}

const char *ln_image_format_name(const unsigned char *data, size_t size) {
    const struct ln_image_format *format = sniff(data, size);
    return format ? format->name : NULL;
}

const char *ln_image_format_known(const char *name) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i]->name, name) == 0) return formats[i]->name;
    return NULL;
}

static int fail_unknown(const struct ln_image_input *in) {
    char start[64];
    const char *foreign = ln_foreign_name(in->data, in->size);
    if (foreign)
        return ln_fail(
            LINNET_ERR_INPUT, "img-format",
            "%s: is %s, which Linnet does not read; JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF and "
            "PNM are read",
            in->name, foreign);
    ln_text_printable((const char *)in->data, in->size < 8 ? in->size : 8, start, sizeof start);
    return ln_fail(LINNET_ERR_INPUT, "img-format",
                   "%s: not an image of a format that Linnet reads; it begins with '%s'", in->name, start);
}

static struct ln_image_limits fill_limits(struct ln_image_limits limits) {
    if (!limits.pixels) limits.pixels = default_pixels;
    if (!limits.scans) limits.scans = DEFAULT_SCANS;
    if (!limits.bytes) limits.bytes = LN_IMAGE_BYTES;
    return limits;
}

/* The memory that a file of this size may use at once. */
static int64_t affordable_bytes(const struct ln_image_input *in) {
    return FREE_BYTES + BYTES_A_BYTE * (int64_t)in->size;
}

static int fail_bomb(const struct ln_image_input *in, const struct ln_image_format *format, int64_t width,
                     int64_t height, int cost) {
    return ln_fail(LINNET_ERR_INPUT, "img-bomb",
                   "%s: %s of %zu bytes claims %lld x %lld pixels; the limit for a file of this size is %lld "
                   "pixels in total",
                   in->name, format->name, in->size, (long long)width, (long long)height,
                   (long long)(affordable_bytes(in) / cost));
}

static int turn_upright(const struct ln_image_input *in, const struct ln_image_format *format,
                        int orientation, struct ln_image *image) {
    const int64_t pixels = (int64_t)image->width * image->height;
    if (ln_orientation_swaps(orientation) && TURN_COST * pixels > affordable_bytes(in))
        return fail_bomb(in, format, image->width, image->height, TURN_COST);
    return ln_image_orient(image, orientation);
}

int ln_image_decode_with(const unsigned char *data, size_t size, const char *name,
                         const struct ln_decode_opts *opts, struct ln_image *image) {
    struct ln_image_input in = {.data = data, .size = size, .name = name};
    if (opts) in.opts = *opts;
    in.opts.limits = fill_limits(in.opts.limits);
    *image = (struct ln_image){0};
    if (in.opts.damage) in.opts.damage->status = LINNET_OK;
    if (size == 0) return ln_fail(LINNET_ERR_INPUT, "img-empty", "%s: the file is empty", name);
    if ((uint64_t)size > (uint64_t)in.opts.limits.bytes)
        return ln_fail(LINNET_ERR_INPUT, "img-bytes", "%s: %zu bytes, the limit is %lld", name, size,
                       (long long)in.opts.limits.bytes);
    const struct ln_image_format *format = sniff(data, size);
    if (!format) return fail_unknown(&in);
    int orientation = 1;
    int status = format->decode(&in, image, &orientation);
    if (status == LINNET_OK) status = turn_upright(&in, format, orientation, image);
    if (status != LINNET_OK) ln_image_fini(image);
    return status;
}

int ln_image_decode(const unsigned char *data, size_t size, const char *name,
                    const struct ln_image_limits *limits, struct ln_image *image) {
    struct ln_decode_opts opts = {0};
    if (limits) opts.limits = *limits;
    return ln_image_decode_with(data, size, name, &opts, image);
}

int ln_image_read(const char *path, const struct ln_image_limits *limits, struct ln_image *image) {
    int64_t bytes = limits && limits->bytes ? limits->bytes : LN_IMAGE_BYTES;
    unsigned char *data = NULL;
    size_t size = 0;
    *image = (struct ln_image){0};
    LN_TRY(ln_file_read(path, (size_t)bytes, &data, &size));
    int status = ln_image_decode(data, size, path, limits, image);
    ln_free(data);
    return status;
}

/* The peak according to the first `size` bytes of a file; zeros if they do not suffice. A limit of one pixel ends
 * decoding once the header has been read. */
static struct ln_image_peak peak_by(const struct ln_file *file, size_t size) {
    struct ln_image_peak peak = {0};
    const struct ln_decode_opts opts = {.limits.pixels = 1, .peak = &peak};
    unsigned char *data = ln_alloc(size);
    struct ln_image image = {0};
    if (data && ln_file_read_at(file, 0, data, size) == LINNET_OK)
        (void)!ln_image_decode_with(data, size, file->path, &opts, &image);
    ln_error_clear();
    ln_image_fini(&image);
    ln_free(data);
    return peak;
}

/* Nearly every header lies in the first piece. A TIFF file may have its description at the end. */
struct ln_image_peak ln_image_read_peak(const char *path) {
    enum { PIECE = 64 << 10 };
    struct ln_file file;
    struct ln_image_peak peak = {0};
    if (ln_file_open(&file, path) != LINNET_OK) {
        ln_error_clear();
        return peak;
    }
    const uint64_t size = file.size;
    if (size <= LN_IMAGE_BYTES) peak = peak_by(&file, size < PIECE ? (size_t)size : PIECE);
    if (!peak.bytes && size > PIECE && size <= LN_IMAGE_BYTES) peak = peak_by(&file, (size_t)size);
    ln_file_close(&file);
    if (peak.bytes) peak.bytes += (int64_t)size;
    return peak;
}

void ln_image_fini(struct ln_image *image) {
    ln_free(image->pixels);
    *image = (struct ln_image){0};
}

/* ---- for the formats ----------------------------------------------------------------------------------- */

int ln_image_check(const struct ln_image_input *in, const struct ln_image_format *format, int64_t width,
                   int64_t height, int cost) {
    const int64_t limit = in->opts.limits.pixels;
    if (width <= 0 || height <= 0)
        return ln_fail(LINNET_ERR_INPUT, "img-size", "%s: %s with a width or height of 0: %lld x %lld pixels",
                       in->name, format->name, (long long)width, (long long)height);
    if (width > SIDE_MAX || height > SIDE_MAX)
        return ln_fail(LINNET_ERR_INPUT, "img-pixels", "%s: %s of %lld x %lld pixels, the limit is %d a side",
                       in->name, format->name, (long long)width, (long long)height, SIDE_MAX);
    struct ln_image_peak *peak = in->opts.peak;
    if (peak && width * height * cost > peak->bytes)
        *peak = (struct ln_image_peak){width * height * cost, width * height};
    if (width * height > limit)
        return ln_fail(LINNET_ERR_INPUT, "img-pixels",
                       "%s: %s of %lld x %lld pixels, the limit is %lld in all", in->name, format->name,
                       (long long)width, (long long)height, (long long)limit);
    if (width * height > affordable_bytes(in) / cost) return fail_bomb(in, format, width, height, cost);
    return LINNET_OK;
}

int ln_image_create(const struct ln_image_input *in, const struct ln_image_format *format, int64_t width,
                    int64_t height, int cost, struct ln_image *image) {
    LN_TRY(ln_image_check(in, format, width, height, cost));
    unsigned char *pixels = ln_alloc(3 * (size_t)(width * height));
    if (!pixels) return LINNET_ERR_LIMIT;
    *image = (struct ln_image){.width = (int)width, .height = (int)height, .channels = 3, .pixels = pixels};
    return LINNET_OK;
}

int ln_image_truncated(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                       int64_t height) {
    if (height <= 0)
        return ln_fail(LINNET_ERR_INPUT, "img-truncated", "%s: %s ends in its header", in->name,
                       format->name);
    return ln_fail(LINNET_ERR_INPUT, "img-truncated", "%s: %s ends at row %lld of %lld", in->name,
                   format->name, (long long)row, (long long)height);
}

int ln_image_damaged(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                     int64_t height, const char *what) {
    if (height <= 0) return ln_image_malformed(in, format, what);
    return ln_fail(LINNET_ERR_INPUT, "img-damaged", "%s: %s is damaged at row %lld of %lld: %s", in->name,
                   format->name, (long long)row, (long long)height, what);
}

int ln_image_malformed(const struct ln_image_input *in, const struct ln_image_format *format,
                       const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "img-damaged", "%s: %s is damaged: %s", in->name, format->name, what);
}

void ln_image_note(const struct ln_image_input *in, const struct ln_image_format *format, int64_t row,
                   int64_t height, const char *what) {
    if (!in->opts.damage || in->opts.damage->status != LINNET_OK) return;
    const struct ln_error before = *ln_error_get(); /* the record belongs to failures */
    ln_error_clear();
    (void)ln_image_damaged(in, format, row, height, what);
    *in->opts.damage = *ln_error_get();
    ln_error_set(&before);
}

int ln_image_unsupported(const struct ln_image_input *in, const struct ln_image_format *format,
                         const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "img-unsupported", "%s: %s %s: not supported", in->name, format->name,
                   what);
}
