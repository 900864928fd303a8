/* TIFF 6.0 by libtiff, from memory, first picture only: grey of 1 to 32 bits, palettes, RGB, CMYK, YCbCr;
 * strips and tiles; interleaved and separate planes; uncompressed, CCITT, LZW, deflate, packbits, JPEG.
 * Samples become 8 bits as in PIL: wider grey, integer or float, is clipped to 0..255 (and never inverted);
 * 16-bit colour keeps its high byte. Extra samples are dropped, but colours premultiplied by alpha are
 * divided by it. */
#include "base/alloc.h"
#include "image/colour.h"
#include "image/format.h"
#include "image/tiff_names.h"
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

extern const struct ln_image_format ln_image_format_tiff;
static const struct ln_image_format *const self = &ln_image_format_tiff;

enum {
    SAMPLES_MAX = 8,
    TILE_SIDE_MAX = 1 << 16,
    TILE_BYTES_MAX = 32 << 20,
    LIBTIFF_BYTES_MAX = 128 << 20, /* limit for a single allocation in libtiff */
    RGBA_COST = 3 + 4 + 3,         /* RGB, libtiff's RGBA, and the decoded data that libtiff makes it from */
};

struct decoder {
    const struct ln_image_input *in;
    struct ln_image *image;
    TIFF *tiff;
    uint64_t at; /* position of libtiff's reads */
    uint32_t width, height;
    uint16_t compression, photometric, bits, samples, sample_format, planar;
    bool premultiplied; /* the fourth sample is alpha, and colours are multiplied by it */
    struct ln_palette palette;
    bool cut;        /* the data of a tag lies beyond the end of the file */
    bool complained; /* libtiff has reported an error: in the tags, or later in the pixels */
    char what[160];  /* the first error */
};

static bool tiff_sniff(const unsigned char *data, size_t size) {
    static const char magic[4][4] = {
        {'I', 'I', 42, 0}, {'M', 'M', 0, 42}, {'I', 'I', 43, 0}, {'M', 'M', 0, 43}};
    for (int i = 0; i < 4; i++)
        if (size >= 8 && memcmp(data, magic[i], 4) == 0) return true;
    return false;
}

/* ---- callbacks for libtiff ----------------------------------------------------------------------------- */

static tmsize_t on_read(thandle_t handle, void *out, tmsize_t n) {
    struct decoder *d = handle;
    const uint64_t left = d->at < d->in->size ? d->in->size - d->at : 0;
    if ((uint64_t)n > left) n = (tmsize_t)left;
    memcpy(out, d->in->data + d->at, (size_t)n);
    d->at += (uint64_t)n;
    return n;
}

static tmsize_t on_write(thandle_t handle, void *bytes, tmsize_t n) {
    return 0;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
    struct decoder *d = handle;
    const uint64_t from[] = {[SEEK_SET] = 0, [SEEK_CUR] = d->at, [SEEK_END] = d->in->size};
    d->at = from[whence] + offset;
    return d->at;
}

static int on_close(thandle_t handle) {
    return 0;
}

static toff_t on_size(thandle_t handle) {
    return ((struct decoder *)handle)->in->size;
}

static int on_map(thandle_t handle, void **base, toff_t *size) {
    struct decoder *d = handle;
    *base = (void *)(uintptr_t)d->in->data; /* libtiff does not write to it */
    *size = d->in->size;
    return 1;
}

static void on_unmap(thandle_t handle, void *base, toff_t size) {}

/* Keeps the first error. Returns 1: no other handler is called. */
static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
    LN_PRINTF(4, 0);
static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list args) {
    struct decoder *d = user;
    if (!d->complained) vsnprintf(d->what, sizeof d->what, format, args);
    d->complained = true;
    return 1;
}

/* Most warnings are about tags that do not matter. Two kinds do: warnings that come from libjpeg are about
 * missing or corrupt pixels; and a tag with its data beyond the end of the file may be the palette, without
 * which libtiff would continue in grey. */
static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
    LN_PRINTF(4, 0);
static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list args) {
    struct decoder *d = user;
    if (strncmp(format, "IO error during reading of", 26) == 0) d->cut = true;
    return module && strcmp(module, "JPEGLib") == 0 ? on_error(tiff, user, module, format, args) : 1;
}

/* libtiff's first error without the prefix of libjpeg's messages; `without` if there is no error. */
static const char *words(const struct decoder *d, const char *without) {
    static const char prefix[] = "Corrupt JPEG data: ";
    if (!d->complained) return without;
    return d->what + (strncmp(d->what, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0);
}

static int open_tiff(struct decoder *d) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return ln_fail_memory(d->in->size);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, LIBTIFF_BYTES_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, d);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, d);
    /* O: read the strip tables on demand, not all at once. */
    d->tiff = TIFFClientOpenExt("TIFF", "rO", d, on_read, on_write, on_seek, on_close, on_size, on_map,
                                on_unmap, options);
    TIFFOpenOptionsFree(options);
    return d->tiff ? LINNET_OK : ln_image_malformed(d->in, self, words(d, "libtiff cannot open it"));
}

/* ---- what kind of picture ------------------------------------------------------------------------------ */

static bool is_grey(const struct decoder *d) {
    return d->photometric == PHOTOMETRIC_MINISWHITE || d->photometric == PHOTOMETRIC_MINISBLACK;
}

/* The number of samples that make up the colour. */
static int colour_samples(const struct decoder *d) {
    return is_grey(d) || d->photometric == PHOTOMETRIC_PALETTE ? 1
           : d->photometric == PHOTOMETRIC_SEPARATED           ? 4
                                                               : 3;
}

/* The number of samples to read: alpha only if colours are premultiplied by it. */
static int wanted_samples(const struct decoder *d) {
    return d->premultiplied ? 4 : colour_samples(d);
}

static void read_fields(struct decoder *d) {
    uint16_t extras = 0, *extra_kinds = NULL;
    TIFFGetField(d->tiff, TIFFTAG_IMAGEWIDTH, &d->width);
    TIFFGetField(d->tiff, TIFFTAG_IMAGELENGTH, &d->height);
    TIFFGetField(d->tiff, TIFFTAG_PHOTOMETRIC, &d->photometric);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_COMPRESSION, &d->compression);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_BITSPERSAMPLE, &d->bits);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_SAMPLESPERPIXEL, &d->samples);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_SAMPLEFORMAT, &d->sample_format);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_PLANARCONFIG, &d->planar);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_EXTRASAMPLES, &extras, &extra_kinds);
    d->premultiplied = d->photometric == PHOTOMETRIC_RGB && d->samples >= 4 && extras > 0 &&
                       extra_kinds[0] == EXTRASAMPLE_ASSOCALPHA;
}

static bool can_uncompress(uint16_t compression) {
    static const uint16_t known[] = {COMPRESSION_NONE,          COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,
                                     COMPRESSION_CCITTFAX4,     COMPRESSION_LZW,      COMPRESSION_JPEG,
                                     COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS, COMPRESSION_DEFLATE,
                                     COMPRESSION_LZMA,          COMPRESSION_ZSTD,     COMPRESSION_WEBP};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (compression == known[i]) return TIFFIsCODECConfigured(compression);
    return false;
}

static bool can_convert(const struct decoder *d) {
    const bool single = d->samples == 1, integer = d->sample_format == SAMPLEFORMAT_UINT;
    switch (d->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        if (d->bits == 1 || d->bits == 2 || d->bits == 4) return single && integer;
        if (d->bits == 8) return integer;
        if (d->bits == 16) return integer || d->sample_format == SAMPLEFORMAT_INT;
        return d->bits == 32 && d->sample_format <= SAMPLEFORMAT_IEEEFP;
    case PHOTOMETRIC_PALETTE:
        return integer && (d->bits == 8 || (single && (d->bits == 1 || d->bits == 2 || d->bits == 4)));
    case PHOTOMETRIC_RGB: return integer && d->samples >= 3 && (d->bits == 8 || d->bits == 16);
    case PHOTOMETRIC_SEPARATED: return integer && d->samples >= 4 && (d->bits == 8 || d->bits == 16);
    case PHOTOMETRIC_YCBCR: return integer && d->samples == 3 && d->bits == 8;
    }
    return false;
}

static int check_fields(const struct decoder *d) {
    static const char *const formats[] = {"", " signed", " float", " untyped", " complex", " complex"};
    char what[160], name[LN_TIFF_NAME];
    if (!can_uncompress(d->compression)) {
        snprintf(what, sizeof what, "compressed with %s", ln_tiff_compression(d->compression, name));
        return ln_image_unsupported(d->in, self, what);
    }
    if (d->samples >= 1 && d->samples <= SAMPLES_MAX && can_convert(d)) return LINNET_OK;
    const char *format = d->sample_format >= 1 && d->sample_format <= 6 ? formats[d->sample_format - 1] : "";
    snprintf(what, sizeof what, "of %s with %d%s sample%s of %d bits", ln_tiff_colours(d->photometric, name),
             d->samples, format, d->samples == 1 ? "" : "s", d->bits);
    return ln_image_unsupported(d->in, self, what);
}

static int read_palette(struct decoder *d) {
    uint16_t *map[3];
    const int bits = d->bits < 8 ? d->bits : 8;
    ln_palette_init(&d->palette, bits, d->photometric == PHOTOMETRIC_MINISWHITE);
    if (d->photometric != PHOTOMETRIC_PALETTE) return LINNET_OK;
    if (!TIFFGetField(d->tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]))
        return ln_image_malformed(d->in, self, "the palette is missing");
    for (int i = 0; i < 1 << bits; i++)
        for (int c = 0; c < 3; c++) d->palette.rgb[i][c] = (unsigned char)(map[c][i] >> 8);
    return LINNET_OK;
}

/* ---- samples ------------------------------------------------------------------------------------------- */

static unsigned char clip(double value) {
    return (unsigned char)(value >= 255 ? 255 : value > 0 ? value : 0); /* 0 for NaN */
}

/* Sample i of a row of 8-, 16- or 32-bit samples in native byte order. */
static unsigned char one_sample(const struct decoder *d, const unsigned char *row, size_t i) {
    union {
        uint16_t u16;
        int16_t i16;
        int32_t i32;
        float f32;
    } v;
    if (d->bits == 8) return row[i];
    memcpy(&v, row + i * (d->bits / 8), d->bits / 8);
    if (d->bits == 32) return d->sample_format == SAMPLEFORMAT_IEEEFP ? clip((double)v.f32) : clip(v.i32);
    if (d->sample_format == SAMPLEFORMAT_INT) return clip(v.i16);
    return is_grey(d) ? clip(v.u16) : (unsigned char)(v.u16 >> 8);
}

/* Applies the fourth sample of a pixel to its colour: black for CMYK, otherwise the alpha to divide by. */
static void finish_pixel(const struct decoder *d, unsigned char *rgb, unsigned fourth) {
    if (d->photometric == PHOTOMETRIC_SEPARATED) {
        ln_cmy_to_rgb(rgb, fourth);
    } else {
        for (int c = 0; c < 3; c++) {
            const unsigned whole = fourth ? rgb[c] * 255u / fourth : 0;
            rgb[c] = (unsigned char)(whole < 255 ? whole : 255);
        }
    }
}

/* Writes sample `plane` of n pixels into their colours. The samples begin at `at` and are `step` apart. */
static void place_samples(const struct decoder *d, const unsigned char *row, size_t at, size_t step,
                          int plane, size_t n, unsigned char *rgb) {
    const bool one = colour_samples(d) == 1;
    for (size_t x = 0; x < n; x++, at += step, rgb += 3) {
        const unsigned char v = one_sample(d, row, at);
        if (one)
            memcpy(rgb,
                   d->photometric == PHOTOMETRIC_PALETTE || d->bits == 8 ? d->palette.rgb[v]
                                                                         : (unsigned char[]){v, v, v},
                   3);
        else if (plane == 3)
            finish_pixel(d, rgb, v);
        else
            rgb[plane] = v;
    }
}

/* Converts a row of n pixels, or a tile's row: all planes if interleaved, otherwise one. */
static void convert_row(const struct decoder *d, const unsigned char *row, int plane, size_t n,
                        unsigned char *rgb) {
    if (colour_samples(d) == 3 && d->samples == 3 && d->bits == 8 && d->planar == PLANARCONFIG_CONTIG)
        memcpy(rgb, row, 3 * n);
    else if (d->bits < 8)
        ln_palette_apply(&d->palette, row, d->bits, n, rgb);
    else if (d->planar == PLANARCONFIG_SEPARATE)
        place_samples(d, row, 0, 1, plane, n, rgb);
    else
        for (int p = 0; p < wanted_samples(d); p++) place_samples(d, row, (size_t)p, d->samples, p, n, rgb);
}

/* ---- reading strips and tiles -------------------------------------------------------------------------- */

/* How the picture is divided. The last strip and the tiles at the edges may reach beyond it. */
struct blocks {
    bool tiled;
    uint32_t width, height;
    size_t stride, bytes; /* bytes of one row, of all rows */
    unsigned char *data;  /* [2][bytes]; the second half is for reading twice */
};

/* Bytes of n pixels in a row: of all planes if interleaved, otherwise of one. */
static uint64_t row_bytes(const struct decoder *d, uint64_t n) {
    return (n * d->bits * (d->planar == PLANARCONFIG_SEPARATE ? 1 : d->samples) + 7) / 8;
}

/* Every strip or tile must have an entry in the table and bytes of its own: if many shared the same bytes, a
 * small file could keep the decoder busy for a long time. Blocks beyond the end of the file are not counted,
 * because reading stops at the first of them. */
static int check_table(const struct decoder *d, uint32_t count) {
    const size_t size = d->in->size;
    uint64_t bytes = 0;
    if (count > 1 && count > size / 2)
        return ln_image_malformed(d->in, self, "it has fewer strips or tiles than it needs");
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t offset = TIFFGetStrileOffset(d->tiff, i), n = TIFFGetStrileByteCount(d->tiff, i);
        if (offset <= size && n <= size - offset) bytes += n;
    }
    return bytes <= 2 * (uint64_t)size ? LINNET_OK
                                       : ln_image_malformed(d->in, self, "its strips or tiles overlap");
}

static int measure_blocks(const struct decoder *d, struct blocks *b) {
    b->tiled = TIFFIsTiled(d->tiff);
    b->width = d->width;
    TIFFGetFieldDefaulted(d->tiff, b->tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, &b->height);
    if (b->tiled) TIFFGetField(d->tiff, TIFFTAG_TILEWIDTH, &b->width);
    if (!b->tiled && b->height > d->height) b->height = d->height;
    const uint64_t stride = b->tiled ? TIFFTileRowSize64(d->tiff) : TIFFScanlineSize64(d->tiff);
    const uint64_t bytes = b->tiled ? TIFFTileSize64(d->tiff) : TIFFStripSize64(d->tiff);
    if (b->width == 0 || b->height == 0 || b->width > TILE_SIDE_MAX + d->width ||
        b->height > TILE_SIDE_MAX + d->height || stride < row_bytes(d, b->width) ||
        bytes < stride * b->height || (b->tiled && bytes > TILE_BYTES_MAX))
        return ln_image_malformed(d->in, self, "the size of its strips or tiles is invalid");
    LN_TRY(check_table(d, b->tiled ? TIFFNumberOfTiles(d->tiff) : TIFFNumberOfStrips(d->tiff)));
    b->stride = (size_t)stride;
    b->bytes = (size_t)bytes;
    return LINNET_OK;
}

/* Reports that libtiff failed at this block, whose first row is `row`. */
static int fail_block(const struct decoder *d, const struct blocks *b, uint32_t block, uint32_t row) {
    const uint64_t offset = TIFFGetStrileOffset(d->tiff, block),
                   bytes = TIFFGetStrileByteCount(d->tiff, block);
    if (offset <= d->in->size && bytes <= d->in->size - offset)
        return ln_image_damaged(d->in, self, row, d->height, words(d, "libtiff cannot decode it"));
    const uint64_t left = offset < d->in->size ? d->in->size - offset : 0;
    if (d->compression == COMPRESSION_NONE && !b->tiled) row += (uint32_t)(left / b->stride);
    return ln_image_truncated(d->in, self, row, d->height);
}

static tmsize_t read_once(const struct decoder *d, const struct blocks *b, uint32_t block,
                          unsigned char *out) {
    return (b->tiled ? TIFFReadEncodedTile : TIFFReadEncodedStrip)(d->tiff, block, out, (tmsize_t)b->bytes);
}

/* libtiff accepts deflate data that unpacks to more than the block holds, and may leave part of the block
 * unwritten. So the block is decoded twice, over zeros and over ones: bytes that differ were never written.
 */
static bool read_block(const struct decoder *d, const struct blocks *b, uint32_t block) {
    unsigned char *again = b->data + b->bytes;
    memset(b->data, 0, b->bytes);
    const tmsize_t got = read_once(d, b, block, b->data);
    if (d->compression != COMPRESSION_ADOBE_DEFLATE && d->compression != COMPRESSION_DEFLATE) return got >= 0;
    memset(again, 0xff, b->bytes);
    return got >= 0 && read_once(d, b, block, again) == got && memcmp(b->data, again, (size_t)got) == 0;
}

/* Copies the rows of a block into the picture, clipped to it. */
static int place_block(struct decoder *d, const struct blocks *b, uint32_t x, uint32_t y, int plane) {
    const uint32_t block = b->tiled ? TIFFComputeTile(d->tiff, x, y, 0, (uint16_t)plane)
                                    : TIFFComputeStrip(d->tiff, y, (uint16_t)plane);
    const uint32_t columns = b->width < d->width - x ? b->width : d->width - x;
    const uint32_t rows = b->height < d->height - y ? b->height : d->height - y;
    if (!read_block(d, b, block)) return fail_block(d, b, block, y);
    if (d->complained) ln_image_note(d->in, self, y, d->height, words(d, ""));
    for (uint32_t i = 0; i < rows; i++)
        convert_row(d, b->data + i * b->stride, plane, columns,
                    d->image->pixels + 3 * ((size_t)d->width * (y + i) + x));
    return LINNET_OK;
}

static int read_blocks(struct decoder *d) {
    struct blocks b = {0};
    LN_TRY(measure_blocks(d, &b));
    const int planes = d->planar == PLANARCONFIG_SEPARATE ? wanted_samples(d) : 1;
    int status = (b.data = ln_alloc(2 * b.bytes)) ? LINNET_OK : LINNET_ERR_LIMIT;
    for (int p = 0; p < planes; p++)
        for (uint64_t y = 0; y < d->height; y += b.height)
            for (uint64_t x = 0; status == LINNET_OK && x < d->width; x += b.width)
                status = place_block(d, &b, (uint32_t)x, (uint32_t)y, p);
    ln_free(b.data);
    return status;
}

/* YCbCr with subsampled chroma: libtiff upsamples and converts it. Red is the lowest byte of each RGBA word.
 */
static int read_rgba(struct decoder *d) {
    char what[1024] = "";
    TIFFRGBAImage rgba;
    const size_t n = (size_t)d->width * d->height;
    if (!TIFFRGBAImageOK(d->tiff, what) || !TIFFRGBAImageBegin(&rgba, d->tiff, 1, what))
        return ln_image_unsupported(d->in, self, what);
    rgba.orientation = rgba.req_orientation = ORIENTATION_TOPLEFT; /* as stored */
    uint32_t *raster = ln_alloc(4 * n);
    int status = raster ? LINNET_OK : LINNET_ERR_LIMIT;
    if (raster && !TIFFRGBAImageGet(&rgba, raster, d->width, d->height))
        status = ln_image_malformed(d->in, self, words(d, "libtiff cannot decode it"));
    if (status == LINNET_OK && d->complained) ln_image_note(d->in, self, 0, 0, words(d, ""));
    for (size_t i = 0; status == LINNET_OK && i < n; i++) {
        d->image->pixels[3 * i] = (unsigned char)TIFFGetR(raster[i]);
        d->image->pixels[3 * i + 1] = (unsigned char)TIFFGetG(raster[i]);
        d->image->pixels[3 * i + 2] = (unsigned char)TIFFGetB(raster[i]);
    }
    ln_free(raster);
    TIFFRGBAImageEnd(&rgba);
    return status;
}

static int decode(struct decoder *d, int *orientation) {
    uint16_t turn = 1;
    LN_TRY(open_tiff(d));
    if (d->cut) return ln_image_malformed(d->in, self, "the data of a tag lies beyond the end of the file");
    read_fields(d);
    LN_TRY(check_fields(d));
    bool as_rgba = d->photometric == PHOTOMETRIC_YCBCR;
    if (as_rgba && d->compression == COMPRESSION_JPEG && d->planar == PLANARCONFIG_CONTIG) {
        as_rgba = false; /* libjpeg converts, as it does for a JPEG file */
        TIFFSetField(d->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    const int cost = as_rgba ? RGBA_COST : 3 + 2 * ((d->bits * d->samples + 7) / 8);
    LN_TRY(ln_image_create(d->in, self, d->width, d->height, cost, d->image));
    LN_TRY(read_palette(d));
    d->complained = false; /* errors in tags no longer matter */
    LN_TRY(as_rgba ? read_rgba(d) : read_blocks(d));
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_ORIENTATION, &turn);
    *orientation = turn;
    return LINNET_OK;
}

static int tiff_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct decoder d = {.in = in, .image = image};
    int status = decode(&d, orientation);
    if (d.tiff) TIFFClose(d.tiff);
    return status;
}

const struct ln_image_format ln_image_format_tiff = {
    .name = "TIFF", .sniff = tiff_sniff, .decode = tiff_decode};
