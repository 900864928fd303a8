/* GIF (the 89a specification, and T. Welch's "A technique for high-performance data compression", 1984): the
 * first frame on a canvas, as in PIL. The canvas covers both the screen and the frame; it is filled with the
 * transparent colour if there is one, otherwise with colour 0. Transparency is dropped, like PIL's
 * convert("RGB"). */
#include "base/alloc.h"
#include "image/colour.h"
#include "image/format.h"
#include <string.h>

extern const struct ln_image_format ln_image_format_gif;
static const struct ln_image_format *const self = &ln_image_format_gif;

enum {
    COST = 3 + 1, /* RGB plus the indices of the frame */
    HEADER_BYTES = 13,
    FRAME_BYTES = 9,
    BITS_MAX = 12, /* bits of a code */
    TABLE = 1 << BITS_MAX,
};

/* Everything in the file before the pixels of the frame. */
struct frame {
    int screen_width, screen_height;
    int left, top, width, height;
    bool interlaced;
    int background;            /* the transparent colour, or 0 */
    struct ln_palette palette; /* the palette of the frame, or else of the screen, or else greys */
};

struct decoder {
    const struct ln_image_input *in;
    size_t at;
};

static bool gif_sniff(const unsigned char *data, size_t size) {
    return size >= 6 && (memcmp(data, "GIF87a", 6) == 0 || memcmp(data, "GIF89a", 6) == 0);
}

/* ---- blocks ------------------------------------------------------------------------------------------- */

/* The next n bytes, NULL if fewer are left. */
static const unsigned char *take(struct decoder *d, size_t n) {
    if (n > d->in->size - d->at) return NULL;
    d->at += n;
    return d->in->data + d->at - n;
}

static int number(const unsigned char *bytes) {
    return bytes[0] | bytes[1] << 8;
}

static int fail_header(const struct decoder *d) {
    return ln_image_truncated(d->in, self, 0, 0);
}

/* Reads a colour table into the palette, if bit 7 of the flags announces one. */
static int read_palette(struct decoder *d, int flags, struct ln_palette *palette) {
    if (!(flags & 0x80)) return LINNET_OK;
    const size_t bytes = (size_t)3 << ((flags & 7) + 1);
    const unsigned char *table = take(d, bytes);
    if (!table) return fail_header(d);
    ln_palette_init(palette, 8, false);
    memcpy(palette->rgb, table, bytes);
    return LINNET_OK;
}

/* An extension follows '!': a kind, then sub-blocks up to an empty one. Only the transparent colour of a
 * graphic control extension is used. */
static int read_extension(struct decoder *d, struct frame *frame) {
    const unsigned char *kind = take(d, 1), *length;
    if (!kind) return fail_header(d);
    for (bool first = true; (length = take(d, 1)) && *length > 0; first = false) {
        const unsigned char *block = take(d, *length);
        if (!block) return fail_header(d);
        if (first && *kind == 0xf9 && *length >= 4 && block[0] & 1) frame->background = block[3];
    }
    return length ? LINNET_OK : fail_header(d);
}

/* Reads up to the pixels of the first frame. Like PIL, it skips bytes that do not begin a block. */
static int read_frame(struct decoder *d, struct frame *frame) {
    const unsigned char *header = take(d, HEADER_BYTES), *mark;
    if (!header) return fail_header(d);
    frame->screen_width = number(header + 6);
    frame->screen_height = number(header + 8);
    ln_palette_init(&frame->palette, 8, false);
    LN_TRY(read_palette(d, header[10], &frame->palette));
    while ((mark = take(d, 1)) && *mark != ';') {
        if (*mark == '!') LN_TRY(read_extension(d, frame));
        if (*mark != ',') continue;
        const unsigned char *descriptor = take(d, FRAME_BYTES);
        if (!descriptor) return fail_header(d);
        frame->left = number(descriptor);
        frame->top = number(descriptor + 2);
        frame->width = number(descriptor + 4);
        frame->height = number(descriptor + 6);
        frame->interlaced = descriptor[8] & 0x40;
        return read_palette(d, descriptor[8], &frame->palette);
    }
    return mark ? ln_image_malformed(d->in, self, "it has no frame") : fail_header(d);
}

/* ---- LZW ----------------------------------------------------------------------------------------------- */

/* A code stands for a string of indices: the string of another code plus one more index. Codes below `clear`
 * stand for single indices. */
struct lzw {
    struct decoder *d;
    const unsigned char *block; /* [left] what is left of the sub-block */
    size_t left;
    uint32_t bits; /* bits read but not yet used; `have` counts them */
    int have;
    int size;        /* bits of the next code */
    int clear, next; /* the code that clears the table; the next free code */
    int last;        /* the previous code; -1 after a clear */
    uint16_t prefix[TABLE], length[TABLE];
    unsigned char first[TABLE], suffix[TABLE];
};

enum { CODE_CUT = -1, CODE_BAD = -2 };

static void lzw_clear(struct lzw *z, int root_bits) {
    z->clear = 1 << root_bits;
    z->next = z->clear + 2;
    z->size = root_bits + 1;
    z->last = -1;
}

static void lzw_init(struct lzw *z, struct decoder *d, int root_bits) {
    *z = (struct lzw){.d = d};
    lzw_clear(z, root_bits);
    for (int i = 0; i < z->clear; i++) {
        z->length[i] = 1;
        z->first[i] = z->suffix[i] = (unsigned char)i;
    }
}

/* Moves to the next sub-block with bytes; false if the file ends first. An empty sub-block should end the data, but
 * Pillow skips it. */
static bool next_block(struct lzw *z) {
    while (z->left == 0) {
        const unsigned char *length = take(z->d, 1);
        if (!length || !(z->block = take(z->d, *length))) return false;
        z->left = *length;
    }
    return true;
}

static int read_code(struct lzw *z) {
    while (z->have < z->size) {
        if (!next_block(z)) return CODE_CUT;
        z->left--;
        z->bits |= (uint32_t)*z->block++ << z->have;
        z->have += 8;
    }
    const int code = (int)(z->bits & ((1u << z->size) - 1));
    z->bits >>= z->size;
    z->have -= z->size;
    return code;
}

/* Adds a new entry: the string of `last` plus the first index of `code`'s string. `code` may be the new entry
 * itself; then its string begins like that of `last`. */
static void add_entry(struct lzw *z, int code) {
    if (z->next >= TABLE) return;
    z->prefix[z->next] = (uint16_t)z->last;
    z->length[z->next] = z->length[z->last] + 1;
    z->first[z->next] = z->first[z->last];
    z->suffix[z->next] = z->first[code == z->next ? z->last : code];
    if (z->next == (1 << z->size) - 1 && z->size < BITS_MAX) z->size++;
    z->next++;
}

/* The code of the next string, with the table updated; or CODE_CUT, CODE_BAD. */
static int next_string(struct lzw *z, int root_bits) {
    int code = read_code(z);
    while (code == z->clear) {
        lzw_clear(z, root_bits);
        code = read_code(z);
    }
    if (code < 0 || code == z->clear + 1) return CODE_CUT; /* the end, with or without an end code */
    if (code >= TABLE || (z->last < 0 ? code > z->clear : code > z->next)) return CODE_BAD;
    if (z->last >= 0) add_entry(z, code);
    z->last = code;
    return code;
}

/* out: [n] indices, in file order. */
static int decode_indices(struct decoder *d, const struct frame *frame, unsigned char *out, size_t n) {
    const unsigned char *root_bits = take(d, 1);
    struct lzw z;
    if (!root_bits) return ln_image_truncated(d->in, self, 0, frame->height);
    if (*root_bits > BITS_MAX)
        return ln_image_malformed(d->in, self, "its initial codes have more than 12 bits");
    lzw_init(&z, d, *root_bits);
    for (size_t at = 0; at < n;) {
        int code = next_string(&z, *root_bits);
        const int64_t row = (int64_t)(at / (size_t)frame->width);
        if (code == CODE_CUT) return ln_image_truncated(d->in, self, row, frame->height);
        if (code == CODE_BAD)
            return ln_image_damaged(d->in, self, row, frame->height, "a code is not in the table");
        const size_t length = z.length[code];
        for (size_t i = length; i-- > 0; code = z.prefix[code])
            if (at + i < n) out[at + i] = z.suffix[code]; /* surplus pixels are dropped */
        at += length;
    }
    return LINNET_OK;
}

/* ---- the canvas ---------------------------------------------------------------------------------------- */

/* The file position of row y in an interlaced frame: every eighth row comes first, then three passes fill the
 * gaps (appendix E). */
static int interlaced_row(int y, int height) {
    if (y % 8 == 0) return y / 8;
    if (y % 8 == 4) return (height + 7) / 8 + y / 8;
    if (y % 4 == 2) return (height + 3) / 4 + y / 4;
    return (height + 1) / 2 + y / 2;
}

static void paint(const struct frame *frame, const unsigned char *indices, struct ln_image *image) {
    const unsigned char *background = frame->palette.rgb[frame->background];
    const size_t pixels = (size_t)image->width * image->height;
    for (size_t i = 0; i < pixels; i++) memcpy(image->pixels + 3 * i, background, 3);
    for (int y = 0; y < frame->height; y++) {
        const int row = frame->interlaced ? interlaced_row(y, frame->height) : y;
        ln_palette_apply(&frame->palette, indices + (size_t)row * frame->width, 8, (size_t)frame->width,
                         image->pixels + 3 * ((size_t)(frame->top + y) * image->width + frame->left));
    }
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

static int gif_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct decoder d = {.in = in};
    struct frame frame = {0};
    LN_TRY(read_frame(&d, &frame));
    const size_t n = (size_t)frame.width * frame.height;
    if (n == 0) return ln_image_malformed(in, self, "the frame has no pixels");
    LN_TRY(ln_image_create(in, self, larger(frame.screen_width, frame.left + frame.width),
                           larger(frame.screen_height, frame.top + frame.height), COST, image));
    unsigned char *indices = ln_alloc(n);
    int status = indices ? decode_indices(&d, &frame, indices, n) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) paint(&frame, indices, image);
    ln_free(indices);
    return status;
}

const struct ln_image_format ln_image_format_gif = {.name = "GIF", .sniff = gif_sniff, .decode = gif_decode};
