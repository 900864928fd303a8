/* PNG (ISO/IEC 15948) by libspng, scanline by scanline, so that what is cut or rotten is told with its row.
 * Samples of 1 to 16 bits become 8 as PIL makes them: 1, 2 and 4 bits are spread over 0..255; of 16 bits grey
 * is clipped at 255 (PIL reads it as integers and converts those by clipping), colour and grey with alpha
 * keep the high byte. Alpha, tRNS and gamma do not touch the colours: PIL's convert("RGB") drops them. */
#include "base/alloc.h"
#include "image/colour.h"
#include "image/exif.h"
#include "image/format.h"
#include <spng.h>
#include <string.h>

extern const struct ln_image_format ln_image_format_png;
static const struct ln_image_format *const self = &ln_image_format_png;

enum {
    COST = 3,
    CHUNK_BYTES = 16 << 20, /* of one text, profile or EXIF chunk, unpacked */
    CACHE_BYTES = 64 << 20, /* of all of them */
};

struct decoder {
    const struct ln_image_input *in;
    struct ln_image *image;
    spng_ctx *spng;
    struct spng_ihdr header;
    struct spng_plte palette;
    unsigned char *samples; /* one scanline as stored, 16-bit samples in the machine's order */
    unsigned char *rgb;     /* one scanline of a pass, [width][3] */
    uint32_t row;           /* at work on */
};

static bool png_sniff(const unsigned char *data, size_t size) {
    return size >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static void *png_realloc(void *block, size_t size) {
    return ln_realloc_array(block, 1, size);
}

static int fail(const struct decoder *d, int error) {
    const bool in_rows = d->image->pixels != NULL;
    if (error == SPNG_EMEM) return ln_fail_memory(d->in->size);
    if (error == SPNG_IO_EOF || error == SPNG_EOF)
        return ln_image_truncated(d->in, self, d->row, d->header.height);
    if (in_rows) return ln_image_damaged(d->in, self, d->row, d->header.height, spng_strerror(error));
    return ln_image_malformed(d->in, self, spng_strerror(error));
}

/* ---- samples to RGB
 * ---------------------------------------------------------------------------------------- */

/* Entries that the file leaves out are greys, as in PIL. */
static void read_palette(struct decoder *d) {
    struct spng_plte_entry *entries = d->palette.entries;
    if (spng_get_plte(d->spng, &d->palette) != 0) d->palette.n_entries = 0;
    for (uint32_t i = d->palette.n_entries; i < 256; i++) entries[i] = (struct spng_plte_entry){i, i, i, 255};
}

/* Sample x of a scanline of one channel; of 16 bits, those above 255 become 255. */
static unsigned one_sample(const unsigned char *samples, uint32_t x, unsigned depth) {
    if (depth == 8) return samples[x];
    if (depth == 16) return samples[2 * (size_t)x] ? 255 : samples[2 * (size_t)x + 1];
    const uint64_t bit = (uint64_t)x * depth;
    return samples[bit / 8] >> (8 - depth - bit % 8) & ((1u << depth) - 1);
}

static void convert_scanline(const struct decoder *d, uint32_t width, unsigned char *rgb) {
    const unsigned depth = d->header.bit_depth, bytes = depth / 8;
    const unsigned spread = depth < 8 ? 255 / ((1u << depth) - 1) : 1;
    switch (d->header.color_type) {
    case SPNG_COLOR_TYPE_INDEXED:
        for (uint32_t x = 0; x < width; x++)
            memcpy(rgb + 3 * (size_t)x, &d->palette.entries[one_sample(d->samples, x, depth)], 3);
        break;
    case SPNG_COLOR_TYPE_GRAYSCALE:
        for (uint32_t x = 0; x < width; x++)
            memset(rgb + 3 * (size_t)x, (int)(one_sample(d->samples, x, depth) * spread), 3);
        break;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA:
        for (uint32_t x = 0; x < width; x++)
            memset(rgb + 3 * (size_t)x, d->samples[2 * bytes * (size_t)x], 3);
        break;
    default: { /* colour, with or without alpha: each sample's first, high, byte */
        const unsigned pixel = bytes * (d->header.color_type == SPNG_COLOR_TYPE_TRUECOLOR ? 3 : 4);
        const unsigned char *from = d->samples;
        for (uint32_t x = 0; x < width; x++, from += pixel, rgb += 3) {
            rgb[0] = from[0];
            rgb[1] = from[bytes];
            rgb[2] = from[2 * bytes];
        }
    }
    }
}

/* PIL's order: eXIf, then what ImageMagick wrote before there was eXIf, then XMP. */
static int read_orientation(spng_ctx *spng) {
    struct spng_exif exif;
    if (spng_get_exif(spng, &exif) == 0)
        return ln_exif_orientation((const unsigned char *)exif.data, exif.length);
    return 1;
}

/* Adam7 (section 8.2): where a pass begins and how far apart its columns are. */
static void scatter_scanline(const struct decoder *d, unsigned pass, uint32_t width, unsigned char *out) {
    static const unsigned char start[7] = {0, 4, 0, 2, 0, 1, 0}, step[7] = {8, 8, 4, 4, 2, 2, 1};
    for (uint32_t x = start[pass], i = 0; x < width; x += step[pass], i++)
        memcpy(out + 3 * (size_t)x, d->rgb + 3 * (size_t)i, 3);
}

/* ---- decoding
 * ------------------------------------------------------------------------------------------------ */

static int decode_rows(struct decoder *d) {
    const uint32_t width = d->header.width;
    const bool interlaced = d->header.interlace_method != SPNG_INTERLACE_NONE;
    const bool as_is =
        !interlaced && d->header.color_type == SPNG_COLOR_TYPE_TRUECOLOR && d->header.bit_depth == 8;
    size_t length;
    int error = spng_decoded_image_size(d->spng, SPNG_FMT_RAW, &length);
    if (error) return fail(d, error);
    length /= d->header.height;
    if (!(d->samples = ln_alloc(length)) || !(d->rgb = ln_alloc(3 * (size_t)width))) return LINNET_ERR_LIMIT;
    error = spng_decode_image(d->spng, NULL, 0, SPNG_FMT_RAW, SPNG_DECODE_PROGRESSIVE);
    if (error) return fail(d, error);
    read_palette(d);
    while (error != SPNG_EOI) {
        struct spng_row_info info;
        (void)spng_get_row_info(d->spng, &info);
        d->row = info.row_num;
        unsigned char *out = d->image->pixels + 3 * (size_t)width * info.row_num;
        error = spng_decode_scanline(d->spng, as_is ? out : d->samples, length);
        if (error && error != SPNG_EOI) return fail(d, error);
        if (as_is) continue;
        convert_scanline(d, width, interlaced ? d->rgb : out);
        if (interlaced) scatter_scanline(d, (unsigned)info.pass, width, out);
    }
    d->row = d->header.height;
    return LINNET_OK;
}

static int decode(struct decoder *d, int *orientation) {
    spng_set_crc_action(d->spng, SPNG_CRC_ERROR, SPNG_CRC_ERROR);
    spng_set_chunk_limits(d->spng, CHUNK_BYTES, CACHE_BYTES);
    spng_set_png_buffer(d->spng, d->in->data, d->in->size);
    int error = spng_get_ihdr(d->spng, &d->header);
    if (error) return fail(d, error);
    LN_TRY(ln_image_create(d->in, self, d->header.width, d->header.height, COST, d->image));
    LN_TRY(decode_rows(d));
    error = spng_decode_chunks(
        d->spng); /* up to the end: what follows the pixels may be missing, or hold the EXIF */
    if (error) return fail(d, error);
    *orientation = read_orientation(d->spng);
    return LINNET_OK;
}

static int png_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct spng_alloc memory = {ln_alloc, png_realloc, ln_calloc, ln_free};
    struct decoder d = {.in = in, .image = image, .spng = spng_ctx_new2(&memory, 0)};
    if (!d.spng) return ln_fail_memory(in->size);
    int status = decode(&d, orientation);
    spng_ctx_free(d.spng);
    ln_free(d.samples);
    ln_free(d.rgb);
    return status;
}

const struct ln_image_format ln_image_format_png = {.name = "PNG", .sniff = png_sniff, .decode = png_decode};
