/* BMP: the OS/2 header of 12 bytes and the Windows headers of 40, 64, 108 and 124; 1, 4, 8, 16, 24 and 32
 * bits per pixel; bit masks of the usual layouts; run-length encoding; bottom-up and top-down. Headers and
 * layouts that PIL does not read are refused as unsupported. */
#include "base/alloc.h"
#include "base/bytes.h"
#include "image/colour.h"
#include "image/format.h"
#include <string.h>

extern const struct ln_image_format ln_image_format_bmp;
static const struct ln_image_format *const self = &ln_image_format_bmp;

enum { COST = 3 + 1, FILE_HEADER = 14, RAW = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };

struct header {
    uint32_t size;
    int64_t width, height;
    bool top_down;
    int bits, compression;
    uint32_t colours;     /* entries of the palette */
    int palette_entry;    /* bytes per entry: blue, green, red, and usually a fourth */
    uint32_t masks[4];    /* red, green, blue, alpha */
    size_t palette, data; /* offsets */
};

/* Which byte of a 24- or 32-bit pixel is red, green and blue; how many bits of a 16-bit pixel are green. */
struct layout {
    int bits, green_bits, rgb[3];
    uint32_t masks[4]; /* zeros: the file has no masks */
};
static const struct layout layouts[] = {
    {16, 5, {0}, {0}},
    {24, 8, {2, 1, 0}, {0}},
    {32, 8, {2, 1, 0}, {0}},
    {16, 6, {0}, {0xf800, 0x7e0, 0x1f}},
    {16, 5, {0}, {0x7c00, 0x3e0, 0x1f}},
    {24, 8, {2, 1, 0}, {0xff0000, 0xff00, 0xff}},
    {32, 8, {2, 1, 0}, {0xff0000, 0xff00, 0xff, 0}},
    {32, 8, {2, 1, 0}, {0xff0000, 0xff00, 0xff, 0xff000000}},
    {32, 8, {3, 2, 1}, {0xff000000, 0xff0000, 0xff00, 0}},
    {32, 8, {3, 2, 1}, {0xff000000, 0xff0000, 0xff00, 0xff}},
    {32, 8, {0, 1, 2}, {0xff, 0xff00, 0xff0000, 0xff000000}},
};

static bool bmp_sniff(const unsigned char *data, size_t size) {
    return size >= FILE_HEADER + 4 && data[0] == 'B' && data[1] == 'M';
}

/* ---- header -------------------------------------------------------------------------------------------- */

static void read_os2_header(const unsigned char *p, struct header *h) {
    h->width = ln_le16(p + 4);
    h->height = ln_le16(p + 6);
    h->bits = (int)ln_le16(p + 10);
    h->palette_entry = 3;
}

static void read_windows_header(const unsigned char *p, struct header *h) {
    h->top_down = p[11] == 0xff; /* a negative height, stored as two's complement */
    h->width = ln_le32(p + 4);
    h->height = h->top_down ? (INT64_C(1) << 32) - ln_le32(p + 8) : ln_le32(p + 8);
    h->bits = (int)ln_le16(p + 14);
    h->compression = (int)ln_le32(p + 16);
    h->colours = ln_le32(p + 32);
    h->palette_entry = 4;
}

static int read_header(const struct ln_image_input *in, struct header *h) {
    const unsigned char *p = in->data + FILE_HEADER;
    *h = (struct header){.size = ln_le32(p), .data = ln_le32(in->data + 10)};
    if (h->size != 12 && h->size != 40 && h->size != 64 && h->size != 108 && h->size != 124)
        return ln_image_unsupported(in, self, "with a header of unusual size");
    h->palette = FILE_HEADER + h->size;
    if (in->size < h->palette) return ln_image_truncated(in, self, 0, 0);
    (h->size == 12 ? read_os2_header : read_windows_header)(p, h);
    if (h->compression ==
        BITFIELDS) { /* a header of 40 bytes is followed by three masks, longer ones contain four */
        const int count = h->size == 40 ? 3 : 4;
        if (h->size == 40 && in->size < h->palette + 3 * 4) return ln_image_truncated(in, self, 0, 0);
        for (int i = 0; i < count; i++) h->masks[i] = ln_le32(p + 40 + 4 * i);
        if (h->size == 40) h->palette += 3 * 4;
    }
    if (h->bits <= 8) {
        if (h->colours == 0) h->colours = 1u << h->bits;
        /* some writers forget to count the palette */
        if (h->data == FILE_HEADER + h->size) h->data += 4 * (size_t)h->colours;
    }
    if (h->data == 0) h->data = h->palette + (h->bits <= 8 ? (size_t)h->palette_entry * h->colours : 0);
    return LINNET_OK;
}

static void read_palette(const struct ln_image_input *in, const struct header *h,
                         struct ln_palette *palette) {
    const size_t entry = (size_t)h->palette_entry;
    ln_palette_init(palette, 8, false);
    for (size_t i = 0; i < 256 && i < h->colours && h->palette + (i + 1) * entry <= in->size; i++)
        for (int c = 0; c < 3; c++) palette->rgb[i][c] = in->data[h->palette + i * entry + 2 - c];
}

static const struct layout *find_layout(const struct header *h) {
    const size_t masks = h->bits == 32 ? 4 : 3;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].bits == h->bits && memcmp(layouts[i].masks, h->masks, masks * sizeof *h->masks) == 0)
            return &layouts[i];
    return NULL;
}

/* ---- pixels -------------------------------------------------------------------------------------------- */

static void convert_16(const unsigned char *row, int green_bits, int width, unsigned char *rgb) {
    const unsigned green = (1u << green_bits) - 1;
    for (int x = 0; x < width; x++, row += 2, rgb += 3) {
        const uint32_t v = ln_le16(row);
        rgb[0] = (unsigned char)((v >> (5 + green_bits) & 31) * 255 / 31);
        rgb[1] = (unsigned char)((v >> 5 & green) * 255 / green);
        rgb[2] = (unsigned char)((v & 31) * 255 / 31);
    }
}

static void convert_bytes(const unsigned char *row, const struct layout *layout, int width,
                          unsigned char *rgb) {
    const int pixel = layout->bits / 8;
    for (int x = 0; x < width; x++, row += pixel, rgb += 3) {
        rgb[0] = row[layout->rgb[0]];
        rgb[1] = row[layout->rgb[1]];
        rgb[2] = row[layout->rgb[2]];
    }
}

/* Where row i of the file goes in the image. */
static unsigned char *row_target(const struct header *h, const struct ln_image *image, int i) {
    const int y = h->top_down ? i : image->height - 1 - i;
    return image->pixels + 3 * (size_t)image->width * y;
}

static int decode_raw(const struct ln_image_input *in, const struct header *h, struct ln_image *image) {
    const size_t row_bits = (size_t)image->width * h->bits, bytes = (row_bits + 7) / 8,
                 stride = (row_bits + 31) / 32 * 4;
    const struct layout *layout = find_layout(h);
    struct ln_palette palette;
    read_palette(in, h, &palette);
    size_t at = h->data;
    for (int i = 0; i < image->height; i++, at += stride) {
        unsigned char *rgb = row_target(h, image, i);
        const unsigned char *row = in->data + at;
        if (at > in->size || bytes > in->size - at) return ln_image_truncated(in, self, i, image->height);
        if (h->bits <= 8)
            ln_palette_apply(&palette, row, h->bits, (size_t)image->width, rgb);
        else if (h->bits == 16)
            convert_16(row, layout->green_bits, image->width, rgb);
        else
            convert_bytes(row, layout, image->width, rgb);
    }
    return LINNET_OK;
}

/* ---- run-length encoding ------------------------------------------------------------------------------- */

/* The drawing position. PIL counts pixels in one line through the whole picture and tracks the column
 * separately; so do we. */
struct pen {
    unsigned char *indices; /* [size] zero-initialised */
    size_t at, size;
    size_t x, width;
    bool nibbles; /* RLE4 */
};

static void put(struct pen *pen, unsigned index) {
    if (pen->at < pen->size) pen->indices[pen->at] = (unsigned char)index;
    pen->at++;
}

/* Draws `count` pixels of one byte: one index, or two that alternate. Pixels beyond the end of the row are
 * dropped. */
static void put_run(struct pen *pen, size_t count, unsigned byte) {
    const size_t room = pen->x < pen->width ? pen->width - pen->x : 0;
    if (count > room) count = room;
    for (size_t i = 0; i < count; i++) put(pen, !pen->nibbles ? byte : i % 2 ? byte & 15 : byte >> 4);
    pen->x += count;
}

/* Draws `count` literal pixels from `bytes`. PIL loses an odd pixel at the end of a run of nibbles, and so do
 * we. */
static void put_literals(struct pen *pen, size_t count, const unsigned char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (pen->nibbles) put(pen, bytes[i] >> 4);
        put(pen, pen->nibbles ? bytes[i] & 15 : bytes[i]);
    }
    pen->x += count;
}

static void end_row(struct pen *pen) {
    pen->at = (pen->at + pen->width - 1) / pen->width * pen->width;
    pen->x = 0;
}

/* Skips so many columns and rows. */
static void jump(struct pen *pen, size_t columns, size_t rows) {
    pen->at += columns + rows * pen->width;
    pen->x = pen->at % pen->width;
}

/* Draws the runs of the file. False if the data ends, or says so, before the picture is full. A jump has two bytes of
 * arguments, but Pillow reads four and takes the last two, and so does this. */
static bool draw_runs(const struct ln_image_input *in, size_t at, struct pen *pen) {
    while (pen->at < pen->size && at <= in->size && in->size - at >= 2) {
        const unsigned char *p = in->data + at;
        const size_t left = in->size - at - 2, literals = pen->nibbles ? p[1] / 2 : p[1];
        at += 2;
        if (p[0] > 0) {
            put_run(pen, p[0], p[1]);
        } else if (p[1] == 0) {
            end_row(pen);
        } else if (p[1] == 1) {
            break;
        } else if (p[1] == 2) {
            if (left < 4) break;
            jump(pen, p[4], p[5]);
            at += 4;
        } else {
            put_literals(pen, p[1], p + 2, left < literals ? left : literals);
            if (left < literals) break;
            at += literals;
            at += at % 2; /* runs are padded to 16-bit words */
        }
    }
    return pen->at >= pen->size;
}

static int decode_rle(const struct ln_image_input *in, const struct header *h, struct ln_image *image) {
    struct ln_palette palette;
    struct pen pen = {.width = (size_t)image->width, .nibbles = h->compression == RLE4};
    pen.size = pen.width * (size_t)image->height;
    pen.indices = ln_calloc(pen.size, 1);
    if (!pen.indices) return LINNET_ERR_LIMIT;
    read_palette(in, h, &palette);
    int status = LINNET_OK;
    if (!draw_runs(in, h->data, &pen))
        status = ln_image_truncated(in, self, (int64_t)(pen.at / pen.width), image->height);
    for (int i = 0; status == LINNET_OK && i < image->height; i++)
        ln_palette_apply(&palette, pen.indices + i * pen.width, 8, pen.width, row_target(h, image, i));
    ln_free(pen.indices);
    return status;
}

/* Called before any memory is allocated: everything below indexes tables by these fields. */
static int check_header(const struct ln_image_input *in, const struct header *h) {
    const bool indexed = h->bits == 1 || h->bits == 4 || h->bits == 8;
    const bool rle = h->compression == RLE8 || h->compression == RLE4;
    if (!indexed && h->bits != 16 && h->bits != 24 && h->bits != 32)
        return ln_image_unsupported(in, self, "with an unusual number of bits per pixel");
    if (indexed && (h->colours > 65536)) return ln_image_malformed(in, self, "the palette's size");
    if (h->compression < RAW || h->compression > BITFIELDS)
        return ln_image_unsupported(in, self, "with another image format inside");
    if (rle && h->bits != (h->compression == RLE8 ? 8 : 4))
        return ln_image_unsupported(in, self,
                                    "with run-length encoding that does not fit its bits per pixel");
    if (h->compression == BITFIELDS && (indexed || !find_layout(h)))
        return ln_image_unsupported(in, self, "with unusual bit masks");
    return LINNET_OK;
}

static int bmp_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct header header;
    LN_TRY(read_header(in, &header));
    LN_TRY(check_header(in, &header));
    LN_TRY(ln_image_create(in, self, header.width, header.height, COST, image));
    return header.compression == RLE8 || header.compression == RLE4 ? decode_rle(in, &header, image)
                                                                    : decode_raw(in, &header, image);
}

const struct ln_image_format ln_image_format_bmp = {.name = "BMP", .sniff = bmp_sniff, .decode = bmp_decode};
