/* PNG (ISO/IEC 15948) by libspng, scanline by scanline, so that what is cut or rotten is told with its row.
 * Samples of 1 to 16 bits become 8 as PIL makes them: 1, 2 and 4 bits are spread over 0..255; of 16 bits grey
 * is clipped at 255 (PIL reads it as integers and converts those by clipping), colour and grey with alpha
 * keep the high byte. Alpha, tRNS and gamma do not touch the colours: PIL's convert("RGB") drops them. */
#include "base/alloc.h"
#include "image/colour.h"
#include "image/exif.h"
#include "image/format.h"
#include <ctype.h>
#include <spng.h>
#include <string.h>

extern const struct ln_image_format ln_image_format_png;
static const struct ln_image_format *const self = &ln_image_format_png;

enum {
    SIGNATURE = 8,          /* bytes */
    CHUNK_OVERHEAD = 12,    /* length, name, checksum */
    CHUNK_BYTES = 16 << 20, /* of one text, profile or EXIF chunk, unpacked */
    CACHE_BYTES = 64 << 20, /* of all of them */
};

struct decoder {
    const struct ln_image_input *in;
    size_t at;      /* in the input */
    uint64_t chunk; /* where the chunk after the one being read begins */
    struct ln_image *image;
    spng_ctx *spng;
    struct spng_ihdr header;
    struct ln_palette palette;
    unsigned char *samples; /* one scanline as stored, 16-bit samples in the machine's order */
    unsigned char *rgb;     /* one scanline of a pass, [width][3] */
    uint32_t row;           /* at work on */
    bool was_clean;         /* no failure was on record: then one of memory, inside libspng, is ours */
};

static bool png_sniff(const unsigned char *data, size_t size) {
    return size >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static void *png_realloc(void *block, size_t size) {
    return ln_realloc_array(block, 1, size);
}

static int fail(const struct decoder *d, int error) {
    const bool in_rows = d->image->pixels != NULL;
    if (d->was_clean && ln_error_get()->status == LINNET_ERR_LIMIT) return LINNET_ERR_LIMIT;
    if (error == SPNG_EMEM) return ln_fail_memory(d->in->size);
    if (error == SPNG_IO_EOF || error == SPNG_EOF)
        return ln_image_truncated(d->in, self, d->row, d->header.height);
    if (in_rows) return ln_image_damaged(d->in, self, d->row, d->header.height, spng_strerror(error));
    return ln_image_malformed(d->in, self, spng_strerror(error));
}

/* At the start of a chunk: settles where the next one begins. An EXIF chunk without a byte in it is passed
 * over: that is a file without EXIF, but libspng would refuse it. */
static void begin_chunk(struct decoder *d) {
    while (d->at == d->chunk && d->in->size - d->at >= CHUNK_OVERHEAD) {
        const unsigned char *p = d->in->data + d->at;
        const uint64_t length = (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
        const bool pass = length == 0 && memcmp(p + 4, "eXIf", 4) == 0;
        d->chunk += CHUNK_OVERHEAD + length;
        if (pass) d->at += CHUNK_OVERHEAD;
    }
}

/* A reader rather than the buffer: libspng then asks for pieces, and rows before a cut are known. A piece may
 * reach from one chunk into the next. */
static int read_input(spng_ctx *spng, void *user, void *out, size_t n) {
    struct decoder *d = user;
    for (size_t done = 0; done < n;) {
        begin_chunk(d);
        const uint64_t left = d->chunk > d->at ? d->chunk - d->at : n;
        const size_t part = left < n - done ? (size_t)left : n - done;
        if (part > d->in->size - d->at) return SPNG_IO_EOF;
        memcpy((unsigned char *)out + done, d->in->data + d->at, part);
        d->at += part;
        done += part;
    }
    return 0;
}

/* ---- samples to RGB ------------------------------------------------------------------------------------ */

/* Grey of up to 8 bits is a palette too. Entries that the file leaves out are greys, as in PIL. */
static void read_palette(struct decoder *d) {
    struct spng_plte plte;
    const bool indexed = d->header.color_type == SPNG_COLOR_TYPE_INDEXED;
    ln_palette_init(&d->palette, indexed || d->header.bit_depth > 8 ? 8 : d->header.bit_depth, false);
    if (!indexed || spng_get_plte(d->spng, &plte) != 0) return;
    for (uint32_t i = 0; i < plte.n_entries; i++) memcpy(d->palette.rgb[i], &plte.entries[i].red, 3);
}

static void convert_grey_16(const unsigned char *in, uint32_t width, unsigned char *rgb) {
    for (uint32_t x = 0; x < width; x++, in += 2, rgb += 3) memset(rgb, in[0] ? 255 : in[1], 3);
}

static void convert_scanline(const struct decoder *d, uint32_t width, unsigned char *rgb) {
    const unsigned depth = d->header.bit_depth, bytes = depth / 8;
    const unsigned char *in = d->samples;
    switch (d->header.color_type) {
    case SPNG_COLOR_TYPE_INDEXED:
    case SPNG_COLOR_TYPE_GRAYSCALE:
        if (depth == 16)
            convert_grey_16(in, width, rgb);
        else
            ln_palette_apply(&d->palette, in, (int)depth, width, rgb);
        break;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA: /* here and below, the first byte of a sample is its high one */
        for (uint32_t x = 0; x < width; x++, in += 2 * bytes, rgb += 3) memset(rgb, in[0], 3);
        break;
    default: {
        const unsigned channels = d->header.color_type == SPNG_COLOR_TYPE_TRUECOLOR ? 3 : 4;
        for (uint32_t x = 0; x < width; x++, in += channels * bytes, rgb += 3) {
            rgb[0] = in[0];
            rgb[1] = in[bytes];
            rgb[2] = in[2 * bytes];
        }
    }
    }
}

/* ---- orientation --------------------------------------------------------------------------------------- */

static unsigned hex_value(unsigned char digit) {
    return digit <= '9' ? digit - (unsigned)'0' : (digit | 0x20u) - 'a' + 10;
}

/* ImageMagick's form from before there was eXIf: a line feed, the profile's name, its length, then
 * hexadecimal. */
static int raw_profile_orientation(const struct spng_text *text) {
    unsigned char *block = ln_calloc(text->length / 2 + 1, 1);
    size_t digits = 0;
    int lines = 0;
    if (!block) return LINNET_ERR_LIMIT;
    for (const char *s = text->text, *end = s + text->length; s < end; s++) {
        if (*s == '\n') lines++;
        if (lines < 3 || !isxdigit((unsigned char)*s)) continue;
        const unsigned value = hex_value((unsigned char)*s);
        block[digits / 2] |= (unsigned char)(digits % 2 ? value : value << 4);
        digits++;
    }
    int orientation = ln_exif_orientation(block, digits / 2);
    ln_free(block);
    return orientation;
}

/* PIL's order: eXIf, else the raw profile, and XMP where that says nothing. A negative status without memory.
 */
static int read_orientation(spng_ctx *spng) {
    static const char raw_profile[] = "Raw profile type exif", xmp[] = "XML:com.adobe.xmp";
    struct spng_exif exif;
    struct spng_text *texts = NULL;
    uint32_t count = 0;
    int orientation = 0;
    const bool has_exif = spng_get_exif(spng, &exif) == 0;
    if (has_exif) orientation = ln_exif_orientation((const unsigned char *)exif.data, exif.length);
    if (orientation || spng_get_text(spng, NULL, &count) != 0) return orientation;
    if (!(texts = ln_calloc(count, sizeof *texts))) return LINNET_ERR_LIMIT;
    if (spng_get_text(spng, texts, &count) != 0) count = 0;
    for (uint32_t i = 0; i < count && !has_exif && !orientation; i++)
        if (strcmp(texts[i].keyword, raw_profile) == 0) orientation = raw_profile_orientation(&texts[i]);
    for (uint32_t i = 0; i < count && !orientation; i++)
        if (strcmp(texts[i].keyword, xmp) == 0)
            orientation = ln_xmp_orientation(texts[i].text, texts[i].length);
    ln_free(texts);
    return orientation;
}

/* Adam7 (section 8.2): where a pass begins and how far apart its columns are. */
static void scatter_scanline(const struct decoder *d, unsigned pass, uint32_t width, unsigned char *out) {
    static const unsigned char start[7] = {0, 4, 0, 2, 0, 1, 0}, step[7] = {8, 8, 4, 4, 2, 2, 1};
    for (uint32_t x = start[pass], i = 0; x < width; x += step[pass], i++)
        memcpy(out + 3 * (size_t)x, d->rgb + 3 * (size_t)i, 3);
}

/* ---- decoding ------------------------------------------------------------------------------------------ */

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

/* A pixel's share of memory is its RGB; but wide samples take time to unpack, and deflate makes a thousand
 * bytes of one. */
static int cost(const struct spng_ihdr *header) {
    static const int channels[7] = {[0] = 1, [2] = 3, [3] = 1, [4] = 2, [6] = 4};
    return 3 + channels[header->color_type] * header->bit_depth / 16;
}

/* Apple's variety for phones, which is no PNG: it begins with a chunk of its own. */
static bool is_cgbi(const struct ln_image_input *in) {
    return in->size >= SIGNATURE + CHUNK_OVERHEAD && memcmp(in->data + SIGNATURE + 4, "CgBI", 4) == 0;
}

static int decode(struct decoder *d, int *orientation) {
    if (is_cgbi(d->in)) return ln_image_unsupported(d->in, self, "of Apple's own variety (CgBI)");
    spng_set_crc_action(d->spng, SPNG_CRC_ERROR, SPNG_CRC_ERROR);
    spng_set_chunk_limits(d->spng, CHUNK_BYTES, CACHE_BYTES);
    int error = spng_set_png_stream(d->spng, read_input, d);
    if (!error) error = spng_get_ihdr(d->spng, &d->header);
    if (error) return fail(d, error);
    LN_TRY(ln_image_create(d->in, self, d->header.width, d->header.height, cost(&d->header), d->image));
    LN_TRY(decode_rows(d));
    error = spng_decode_chunks(d->spng); /* up to the end, which may be missing, and may hold the EXIF */
    if (error) return fail(d, error);
    *orientation = read_orientation(d->spng);
    return *orientation < 0 ? *orientation : LINNET_OK;
}

static int png_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct spng_alloc memory = {ln_alloc, png_realloc, ln_calloc, ln_free};
    struct decoder d = {.in = in, .chunk = SIGNATURE, .image = image, .spng = spng_ctx_new2(&memory, 0)};
    d.was_clean = ln_error_get()->status == LINNET_OK;
    if (!d.spng) return ln_fail_memory(in->size);
    int status = decode(&d, orientation);
    spng_ctx_free(d.spng);
    ln_free(d.samples);
    ln_free(d.rgb);
    return status;
}

const struct ln_image_format ln_image_format_png = {.name = "PNG", .sniff = png_sniff, .decode = png_decode};
