/* Walking the chunks, before and after the image data. */
#include "image/png_chunks.h"
#include "base/size.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

extern const struct ln_image_format ln_image_format_png;
static const struct ln_image_format *const self = &ln_image_format_png;

enum { CRC = 4, COLOUR_TYPE = 9, FILTER_METHOD = 11 /* offsets in IHDR */, INDEXED = 3 };

uint32_t ln_png_number(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool ln_png_chunk_is(const struct ln_png_chunk *chunk, const char *name) {
    return memcmp(chunk->name, name, 4) == 0;
}

static bool is_name(const unsigned char *name) {
    for (int i = 0; i < 4; i++)
        if (name[i] >= 0x80 || !(isalnum(name[i]) || name[i] == '_')) return false;
    return true;
}

enum ln_png_step ln_png_chunk_at(const struct ln_image_input *in, size_t at, struct ln_png_chunk *chunk) {
    if (!ln_size_slice(in->size, at, LN_PNG_CHUNK_HEADER)) return LN_PNG_END;
    const unsigned char *p = in->data + at;
    const size_t left = in->size - at - LN_PNG_CHUNK_HEADER;
    *chunk =
        (struct ln_png_chunk){.name = p + 4, .data = p + LN_PNG_CHUNK_HEADER, .length = ln_png_number(p)};
    if (!is_name(chunk->name)) return LN_PNG_NAMELESS;
    chunk->bytes = chunk->length < left ? (size_t)chunk->length : left;
    chunk->has_crc = left - chunk->bytes >= CRC;
    if (chunk->has_crc) chunk->crc = ln_png_number(chunk->data + chunk->bytes);
    chunk->next = chunk->has_crc ? at + LN_PNG_CHUNK_HEADER + chunk->bytes + CRC : in->size;
    return chunk->bytes == chunk->length ? LN_PNG_WHOLE : LN_PNG_CUT;
}

/* ---- texts --------------------------------------------------------------------------------------------- */

/* The bytes after the next zero byte; NULL if there is no zero. */
static const unsigned char *after_zero(const unsigned char *from, const unsigned char *end) {
    const unsigned char *zero = from ? memchr(from, 0, (size_t)(end - from)) : NULL;
    return zero ? zero + 1 : NULL;
}

/* The start of the text in a tEXt, zTXt or iTXt chunk; NULL if it has none. */
static const unsigned char *text_start(const struct ln_png_chunk *chunk, bool *deflated) {
    const unsigned char *end = chunk->data + chunk->bytes, *text = after_zero(chunk->data, end);
    *deflated = false;
    if (!text || ln_png_chunk_is(chunk, "tEXt")) return text;
    if (ln_png_chunk_is(chunk, "zTXt")) { /* a compression method, the text */
        *deflated = true;
        return end > text ? text + 1 : NULL;
    }
    if (end - text < 2) return NULL; /* compression flag and method, language, translated keyword, text */
    *deflated = text[0] != 0;
    return after_zero(after_zero(text + 2, end), end);
}

/* If several texts have the same keyword, the last one counts. */
static void take_text(const struct ln_png_chunk *chunk, struct ln_png *png) {
    static const char raw_profile[] = "Raw profile type exif", xmp[] = "XML:com.adobe.xmp";
    bool deflated;
    const unsigned char *text = text_start(chunk, &deflated);
    if (!text) return;
    const struct ln_png_text found = {text, (size_t)(chunk->data + chunk->bytes - text), deflated};
    const char *keyword = (const char *)chunk->data; /* text_start() has found the zero after it */
    if (strcmp(keyword, raw_profile) == 0) png->raw_profile = found;
    if (strcmp(keyword, xmp) == 0) png->xmp = found;
}

/* Takes the optional chunks that may hold the orientation. */
static void take_orientation(const struct ln_png_chunk *chunk, struct ln_png *png) {
    if (ln_png_chunk_is(chunk, "eXIf")) png->exif = (struct ln_png_text){chunk->data, chunk->bytes, false};
    if (ln_png_chunk_is(chunk, "tEXt") || ln_png_chunk_is(chunk, "zTXt") || ln_png_chunk_is(chunk, "iTXt"))
        take_text(chunk, png);
}

/* ---- before the image data ---------------------------------------------------------------------------- */

static bool is_critical(const struct ln_png_chunk *chunk) {
    return !(chunk->name[0] & 0x20);
}

static int take_header(const struct ln_image_input *in, const struct ln_png_chunk *chunk,
                       struct ln_png *png) {
    if (chunk->bytes < LN_PNG_IHDR) return ln_image_malformed(in, self, "its IHDR chunk is too short");
    if (chunk->data[FILTER_METHOD]) return ln_image_malformed(in, self, "its filter method is unknown");
    memcpy(png->header, chunk->data, LN_PNG_IHDR);
    return LINNET_OK;
}

static int take_head(const struct ln_image_input *in, const struct ln_png_chunk *chunk, struct ln_png *png) {
    if (ln_png_chunk_is(chunk, "IHDR")) return take_header(in, chunk, png);
    if (ln_png_chunk_is(chunk, "IEND")) return ln_image_malformed(in, self, "it has no image data");
    if (ln_png_chunk_is(chunk, "PLTE") && png->header[COLOUR_TYPE] == INDEXED) {
        png->palette = chunk->data;
        png->palette_bytes = chunk->bytes;
    } else if (is_critical(chunk) && !ln_png_chunk_is(chunk, "PLTE")) {
        char what[64];
        snprintf(what, sizeof what, "a critical chunk of an unknown kind, %.4s", (const char *)chunk->name);
        ln_image_note(in, self, 0, 0, what);
    }
    if (ln_png_chunk_is(chunk, "acTL") && chunk->bytes >= 4) png->frames = ln_png_number(chunk->data);
    if (ln_png_chunk_is(chunk, "fcTL")) png->shows_image = true;
    take_orientation(chunk, png);
    return LINNET_OK;
}

static int check_crc(const struct ln_image_input *in, const struct ln_png_chunk *chunk) {
    char what[64];
    if (!chunk->has_crc) return ln_image_truncated(in, self, 0, 0);
    if (chunk->crc == crc32_z(0, chunk->name, 4 + chunk->bytes)) return LINNET_OK;
    snprintf(what, sizeof what, "the checksum of its %.4s chunk is wrong", (const char *)chunk->name);
    return ln_image_malformed(in, self, what);
}

int ln_png_read_head(const struct ln_image_input *in, struct ln_png *png) {
    struct ln_png_chunk chunk;
    *png = (struct ln_png){.image = LN_PNG_SIGNATURE};
    for (;; png->image = chunk.next) {
        const enum ln_png_step step = ln_png_chunk_at(in, png->image, &chunk);
        if (step == LN_PNG_NAMELESS) return ln_image_malformed(in, self, "a chunk without a name");
        if (step != LN_PNG_END && ln_png_chunk_is(&chunk, "IDAT")) return LINNET_OK;
        if (step != LN_PNG_WHOLE) return ln_image_truncated(in, self, 0, 0);
        LN_TRY(take_head(in, &chunk, png));
        LN_TRY(check_crc(in, &chunk));
    }
}

/* ---- after the image data ----------------------------------------------------------------------------- */

/* True for an animation with frames after the image data. */
static bool is_animated(const struct ln_png *png) {
    return png->frames > png->shows_image;
}

int ln_png_read_tail(const struct ln_image_input *in, size_t at, struct ln_png *png) {
    const int64_t height = ln_png_number(png->header + 4);
    struct ln_png_chunk chunk;
    for (;; at = chunk.next) {
        const enum ln_png_step step = ln_png_chunk_at(in, at, &chunk);
        if (step == LN_PNG_END || step == LN_PNG_NAMELESS) {
            ln_image_note(in, self, height, height,
                          step == LN_PNG_END ? "the end is missing" : "a chunk without a name");
            return LINNET_OK;
        }
        if (ln_png_chunk_is(&chunk, "IEND")) return LINNET_OK;
        if (ln_png_chunk_is(&chunk, "fcTL") && is_animated(png)) return LINNET_OK;
        if (step == LN_PNG_CUT) return ln_image_truncated(in, self, height, height);
        take_orientation(&chunk, png);
    }
}
