/* PNG (ISO/IEC 15948) by libspng, scanline by scanline, so that errors name the row. Samples of 1 to 16 bits become
 * 8 bits as in PIL: 1, 2 and 4 bits are spread over 0..255; 16-bit grey is clipped at 255 (PIL reads it as integers
 * and converts those by clipping); 16-bit colour and grey with alpha keep the high byte. Alpha, tRNS and gamma do
 * not change the colours: PIL's convert("RGB") drops them. */
#include "base/alloc.h"
#include "image/colour.h"
#include "image/format.h"
#include "image/png_chunks.h"
#include "image/png_repack.h"
#include <spng.h>
#include <string.h>
#include <zlib.h>

extern const struct ln_image_format ln_image_format_png;
static const struct ln_image_format *const self = &ln_image_format_png;

enum {
    INDEXED_PLTE = 3 * 256,
    /* Everything before the first IDAT chunk, as libspng gets it: signature, IHDR, and for a picture with a
     * palette PLTE. */
    HEAD = LN_PNG_SIGNATURE + 12 + LN_PNG_IHDR + 12 + INDEXED_PLTE,
};

/* Bytes that libspng reads next. */
struct span {
    const unsigned char *data;
    size_t size;
};

/* libspng reads this instead of the file: a valid PNG that contains the file's image data. */
struct source {
    struct span span;
    enum { IN_HEAD, IN_HEADER, IN_DATA, IN_CRC } part; /* that the span belongs to */
    struct ln_png_chunk chunk;                         /* the current IDAT chunk */
    size_t next;                                       /* where the chunk after it begins */
    bool computes_crc; /* libspng gets computed checksums of the image data, not those in the file */
    unsigned char head[HEAD], header[LN_PNG_CHUNK_HEADER], crc[4];
};

struct decoder {
    const struct ln_image_input *in;
    struct ln_png png;
    struct source source;
    unsigned char *packed; /* [packed_bytes] replaces the image data; NULL: the file's is used */
    size_t packed_bytes;
    struct ln_image *image;
    spng_ctx *spng;
    struct spng_ihdr header;
    struct ln_palette palette;
    unsigned char *samples; /* [length] one scanline as stored, 16-bit samples in the machine's order */
    size_t length;
    unsigned char *rgb; /* one scanline of a pass, [width][3] */
    uint32_t row;       /* the current row */
    bool was_clean;     /* no error was recorded before: a recorded lack of memory comes from libspng */
};

static const int channels[7] = {[0] = 1, [2] = 3, [3] = 1, [4] = 2, [6] = 4}; /* by colour type */

static bool png_sniff(const unsigned char *data, size_t size) {
    return size >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static void *png_realloc(void *block, size_t size) {
    return ln_realloc_array(block, 1, size);
}

/* Apple's variant for phones is not a PNG: it begins with a chunk of its own, and its data has no zlib header. */
static bool is_cgbi(const struct ln_image_input *in) {
    return in->size >= LN_PNG_SIGNATURE + LN_PNG_CHUNK_HEADER &&
           memcmp(in->data + LN_PNG_SIGNATURE + 4, "CgBI", 4) == 0;
}

static int fail(const struct decoder *d, int error) {
    const bool in_rows = d->image->pixels != NULL;
    if (d->was_clean && ln_error_get()->status == LINNET_ERR_LIMIT) return LINNET_ERR_LIMIT;
    if (is_cgbi(d->in)) return ln_image_unsupported(d->in, self, "of Apple's own variety (CgBI)");
    if (error == SPNG_EMEM) return ln_fail_memory(d->in->size);
    if (error == SPNG_IO_EOF || error == SPNG_EOF || error == SPNG_EIDAT_TOO_SHORT)
        return ln_image_truncated(d->in, self, d->row, d->header.height);
    if (in_rows) return ln_image_damaged(d->in, self, d->row, d->header.height, spng_strerror(error));
    return ln_image_malformed(d->in, self, spng_strerror(error));
}

/* ---- what libspng reads -------------------------------------------------------------------------------- */

static void put_number(unsigned char *out, uint64_t value) {
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Completes a chunk at `out`, whose `length` bytes of data are already in place; returns the byte after the chunk. */
static unsigned char *put_chunk(unsigned char *out, const char *name, size_t length) {
    put_number(out, length);
    memcpy(out + 4, name, 4);
    put_number(out + LN_PNG_CHUNK_HEADER + length, crc32_z(0, out + 4, 4 + length));
    return out + LN_PNG_CHUNK_HEADER + length + 4;
}

/* Pillow ignores the compression method, and treats every interlace method but 0 as Adam7. read_palette() reads the
 * colours of the palette: libspng only checks that there are enough. */
static void source_init(struct source *s, const struct ln_png *png) {
    unsigned char *out = s->head, *ihdr = out + LN_PNG_SIGNATURE + LN_PNG_CHUNK_HEADER;
    *s = (struct source){.computes_crc = s->computes_crc, .next = png->image};
    memcpy(out, "\x89PNG\r\n\x1a\n", LN_PNG_SIGNATURE);
    memcpy(ihdr, png->header, LN_PNG_IHDR);
    ihdr[10] = 0;
    ihdr[12] = ihdr[12] != 0;
    out = put_chunk(out + LN_PNG_SIGNATURE, "IHDR", LN_PNG_IHDR);
    if (ihdr[9] == SPNG_COLOR_TYPE_INDEXED)
        out = put_chunk(out, "PLTE", (size_t)3 << (ihdr[8] & 8 ? 8 : ihdr[8] & 7));
    s->span = (struct span){s->head, (size_t)(out - s->head)};
}

/* Packed data is one chunk, which begins where the file's image data begins. */
static bool find_packed(const struct decoder *d, struct ln_png_chunk *chunk) {
    *chunk = (struct ln_png_chunk){.data = d->packed, .bytes = d->packed_bytes, .next = d->in->size};
    return d->source.next == d->png.image;
}

/* The next IDAT chunk, possibly cut at the end of the file; false if another chunk follows, or nothing. */
static bool find_idat(const struct decoder *d, struct ln_png_chunk *chunk) {
    if (d->packed) return find_packed(d, chunk);
    const enum ln_png_step step = ln_png_chunk_at(d->in, d->source.next, chunk);
    return (step == LN_PNG_WHOLE || step == LN_PNG_CUT) && ln_png_chunk_is(chunk, "IDAT");
}

static bool source_next_chunk(struct decoder *d) {
    struct source *s = &d->source;
    if (!find_idat(d, &s->chunk)) return false;
    s->next = s->chunk.next;
    put_number(s->header, s->chunk.bytes);
    memcpy(s->header + 4, "IDAT", 4);
    s->span = (struct span){s->header, sizeof s->header};
    s->part = IN_HEADER;
    return true;
}

static uint32_t data_crc(const struct ln_png_chunk *chunk) {
    return (uint32_t)crc32_z(crc32_z(0, (const unsigned char *)"IDAT", 4), chunk->data, chunk->bytes);
}

/* Moves on to the span after the current one; false at the end. */
static bool source_next(struct decoder *d) {
    struct source *s = &d->source;
    switch (s->part) {
    case IN_HEADER:
        s->span = (struct span){s->chunk.data, s->chunk.bytes};
        s->part = IN_DATA;
        return true;
    case IN_DATA:
        if (!s->chunk.has_crc && !s->computes_crc) return false;
        put_number(s->crc, s->computes_crc ? data_crc(&s->chunk) : s->chunk.crc);
        s->span = (struct span){s->crc, sizeof s->crc};
        s->part = IN_CRC;
        return true;
    default: return source_next_chunk(d);
    }
}

/* A reader rather than a buffer: libspng then asks for pieces, so that the rows before a cut are known. */
static int read_input(spng_ctx *spng, void *user, void *out, size_t n) {
    struct decoder *d = user;
    struct span *span = &d->source.span;
    for (size_t done = 0; done < n;) {
        while (span->size == 0)
            if (!source_next(d)) return SPNG_IO_EOF;
        const size_t part = span->size < n - done ? span->size : n - done;
        memcpy((unsigned char *)out + done, span->data, part);
        span->data += part;
        span->size -= part;
        done += part;
    }
    return 0;
}

/* ---- samples to RGB ------------------------------------------------------------------------------------ */

/* Grey of up to 8 bits is a palette too. Entries that the file leaves out are greys, as in PIL. */
static int read_palette(struct decoder *d) {
    const bool indexed = d->header.color_type == SPNG_COLOR_TYPE_INDEXED;
    const size_t entries = d->png.palette_bytes / 3;
    ln_palette_init(&d->palette, indexed || d->header.bit_depth > 8 ? 8 : d->header.bit_depth, false);
    if (!indexed) return LINNET_OK;
    if (entries > 256) return ln_image_malformed(d->in, self, "its palette has more than 256 colours");
    if (d->png.palette)
        memcpy(d->palette.rgb, d->png.palette, 3 * entries);
    else
        ln_image_note(d->in, self, 0, 0, "its palette is missing");
    return LINNET_OK;
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
        const unsigned step = d->header.color_type == SPNG_COLOR_TYPE_TRUECOLOR ? 3 : 4;
        for (uint32_t x = 0; x < width; x++, in += step * bytes, rgb += 3) {
            rgb[0] = in[0];
            rgb[1] = in[bytes];
            rgb[2] = in[2 * bytes];
        }
    }
    }
}

/* Adam7 (section 8.2): where a pass begins and how far apart its columns are. */
static void scatter_scanline(const struct decoder *d, unsigned pass, uint32_t width, unsigned char *out) {
    static const unsigned char start[7] = {0, 4, 0, 2, 0, 1, 0}, step[7] = {8, 8, 4, 4, 2, 2, 1};
    for (uint32_t x = start[pass], i = 0; x < width; x += step[pass], i++)
        memcpy(out + 3 * (size_t)x, d->rgb + 3 * (size_t)i, 3);
}

/* ---- decoding ------------------------------------------------------------------------------------------ */

/* Buffers of a scanline. */
static int take_rows(struct decoder *d) {
    const size_t width = d->header.width, bits = (size_t)d->header.bit_depth * channels[d->header.color_type];
    d->length = (width * bits + 7) / 8;
    d->samples = ln_alloc(d->length);
    d->rgb = ln_alloc(3 * width);
    return d->samples && d->rgb ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* Returns libspng's error, 0 for none. */
static int decode_rows(struct decoder *d) {
    const uint32_t width = d->header.width;
    const bool interlaced = d->header.interlace_method != SPNG_INTERLACE_NONE;
    const bool as_is =
        !interlaced && d->header.color_type == SPNG_COLOR_TYPE_TRUECOLOR && d->header.bit_depth == 8;
    int error = spng_decode_image(d->spng, NULL, 0, SPNG_FMT_RAW, SPNG_DECODE_PROGRESSIVE);
    if (error) return error;
    while (error != SPNG_EOI) {
        struct spng_row_info info;
        (void)spng_get_row_info(d->spng, &info);
        d->row = info.row_num;
        unsigned char *out = d->image->pixels + 3 * (size_t)width * info.row_num;
        error = spng_decode_scanline(d->spng, as_is ? out : d->samples, d->length);
        if (error && error != SPNG_EOI) return error;
        if (as_is) continue;
        convert_scanline(d, width, interlaced ? d->rgb : out);
        if (interlaced) scatter_scanline(d, (unsigned)info.pass, width, out);
    }
    d->row = d->header.height;
    return 0;
}

/* A pixel needs memory only for its RGB. Wide samples count more, because they take time to unpack, and deflate can
 * turn one byte into a thousand. */
static int cost(const struct spng_ihdr *header) {
    return 3 + channels[header->color_type] * header->bit_depth / 16;
}

static int open_spng(struct decoder *d) {
    struct spng_alloc memory = {ln_alloc, png_realloc, ln_calloc, ln_free};
    spng_ctx_free(d->spng);
    source_init(&d->source, &d->png);
    if (!(d->spng = spng_ctx_new2(&memory, 0))) return ln_fail_memory(d->in->size);
    int error = spng_set_png_stream(d->spng, read_input, d);
    if (!error) error = spng_get_ihdr(d->spng, &d->header);
    return error ? fail(d, error) : LINNET_OK;
}

static void note_checksum(const struct decoder *d) {
    ln_image_note(d->in, self, d->row, d->header.height, "the checksum of an IDAT chunk is wrong");
}

/* Reads the image data once more. */
static int decode_again(struct decoder *d, int *error) {
    d->source.computes_crc = true;
    LN_TRY(open_spng(d));
    *error = decode_rows(d);
    return LINNET_OK;
}

/* The image data may end early, but after a whole row. */
static int decode_short(struct decoder *d, int *error) {
    LN_TRY(ln_png_repack(d->in, &d->png, &d->packed, &d->packed_bytes));
    if (!d->packed) return LINNET_OK;
    ln_image_note(d->in, self, d->row, d->header.height, "the image data end");
    return decode_again(d, error);
}

/* libspng checks a checksum when it comes to the next chunk. After a wrong one, the image data is read
 * once more with corrected checksums, because deflate has its own checksum, which decides. */
static int decode_image(struct decoder *d, size_t *tail) {
    int error = decode_rows(d);
    if (error == SPNG_ECHUNK_CRC) {
        note_checksum(d);
        LN_TRY(decode_again(d, &error));
    }
    *tail = d->source.next;
    if (error == SPNG_EIDAT_TOO_SHORT) LN_TRY(decode_short(d, &error));
    if (error) return fail(d, error);
    if (spng_decode_chunks(d->spng) == SPNG_ECHUNK_CRC) note_checksum(d); /* the last one's */
    return LINNET_OK;
}

static int decode(struct decoder *d, int *orientation) {
    size_t tail;
    LN_TRY(ln_png_read_head(d->in, &d->png));
    LN_TRY(open_spng(d));
    LN_TRY(ln_image_create(d->in, self, d->header.width, d->header.height, cost(&d->header), d->image));
    LN_TRY(read_palette(d));
    LN_TRY(take_rows(d));
    LN_TRY(decode_image(d, &tail));
    LN_TRY(ln_png_read_tail(d->in, tail, &d->png));
    *orientation = ln_png_orientation(&d->png);
    return *orientation < 0 ? *orientation : LINNET_OK;
}

static int png_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct decoder d = {.in = in, .image = image};
    d.was_clean = ln_error_get()->status == LINNET_OK;
    int status = decode(&d, orientation);
    spng_ctx_free(d.spng);
    ln_free(d.packed);
    ln_free(d.samples);
    ln_free(d.rgb);
    return status;
}

const struct ln_image_format ln_image_format_png = {.name = "PNG", .sniff = png_sniff, .decode = png_decode};
