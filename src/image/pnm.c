/* PNM, Netpbm's portable formats P1 to P6: bits, greys and colours, as decimal text (P1, P2, P3) or binary
 * (P4, P5, P6). A sample is a number from 0 to maxval, two bytes long if maxval is above 255; it becomes
 * sample / maxval * 255, rounded half to even. PIL reads grey with a maxval above 255 as 16-bit integers and
 * clips them at 255 when it converts to RGB; so do we. */
#include "base/alloc.h"
#include "image/colour.h"
#include "image/format.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

extern const struct ln_image_format ln_image_format_pnm;
static const struct ln_image_format *const self = &ln_image_format_pnm;

enum {
    COST = 3,
    MAXVAL_MAX = 65535,
    LENGTH_MAX = 10, /* characters of a number, as in PIL */
};

struct decoder {
    const struct ln_image_input *in;
    size_t at;
    int kind; /* 1 to 6 */
    int channels;
    int maxval;
    long sample;           /* the last sample read from a text picture */
    bool ended;            /* the file ends with that sample */
    unsigned char *levels; /* [65536] the 8-bit level of each sample value */
};

static bool pnm_sniff(const unsigned char *data, size_t size) {
    return size >= 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '6' && isspace(data[2]);
}

/* ---- text --------------------------------------------------------------------------------------------- */

static int next_byte(struct decoder *d) {
    return d->at < d->in->size ? d->in->data[d->at++] : -1;
}

/* The next byte outside comments. A comment runs from # to the end of the line, even inside a number. */
static int next_text(struct decoder *d) {
    int c = next_byte(d);
    while (c == '#') {
        while (c >= 0 && c != '\n' && c != '\r') c = next_byte(d);
        c = next_byte(d);
    }
    return c;
}

enum token { NUMBER, LAST_NUMBER /* the file ends after it */, NOTHING /* the file ends */, NO_NUMBER };

/* Reads a number and the one space after it, as Python's int() does: a sign and single underscores between digits are
 * allowed. */
static enum token next_number(struct decoder *d, long *value) {
    bool negative = false;
    int length = 0, before = '_', c = next_text(d);
    while (c >= 0 && isspace(c)) c = next_text(d);
    if (c < 0) return NOTHING;
    *value = 0;
    for (; c >= 0 && !isspace(c); before = c, c = next_text(d), length++) {
        if (length == LENGTH_MAX) return NO_NUMBER;
        const bool sign = length == 0 && (c == '-' || c == '+');
        if (!isdigit(c) && !sign && !(c == '_' && isdigit(before))) return NO_NUMBER;
        if (isdigit(c)) *value = 10 * *value + (c - '0');
        negative = negative || c == '-';
    }
    if (!isdigit(before)) return NO_NUMBER;
    if (negative) *value = -*value;
    return c < 0 ? LAST_NUMBER : NUMBER;
}

static int read_header(struct decoder *d, long *width, long *height) {
    d->kind = d->in->data[1] - '0';
    d->at = 3;
    d->channels = d->kind % 3 == 0 ? 3 : 1;
    long maxval = 1, *const fields[] = {width, height, &maxval};
    for (int i = 0; i < (d->kind % 3 == 1 ? 2 : 3); i++) {
        const enum token token = next_number(d, fields[i]);
        if (token == NO_NUMBER) return ln_image_malformed(d->in, self, "the header's numbers are invalid");
        if (token != NUMBER) return ln_image_truncated(d->in, self, 0, 0);
    }
    if (*width < 0 || *height < 0 || maxval < 1 || maxval > MAXVAL_MAX)
        return ln_image_malformed(d->in, self, "the header's numbers are invalid");
    d->maxval = (int)maxval;
    return LINNET_OK;
}

/* ---- samples ------------------------------------------------------------------------------------------- */

static bool is_plain(const struct decoder *d) {
    return d->kind <= 3;
}

static bool is_bitmap(const struct decoder *d) {
    return d->kind % 3 == 1;
}

/* Computes the level of every sample value; in a bitmap 1 is black. */
static void fill_levels(struct decoder *d) {
    const double top = d->channels == 1 && d->maxval > 255 ? 65535 : 255;
    for (int v = 0; v <= MAXVAL_MAX; v++) {
        const double level = nearbyint((double)v / d->maxval * top);
        d->levels[v] = (unsigned char)(level > 255 ? 255 : level);
        if (is_bitmap(d)) d->levels[v] = v ? 0 : 255;
    }
}

/* In a plain bitmap the digits need no spaces between them. */
static enum token next_bit(struct decoder *d, long *value) {
    int c = next_text(d);
    while (c >= 0 && isspace(c)) c = next_text(d);
    *value = c - '0';
    return c < 0 ? NOTHING : c == '0' || c == '1' ? NUMBER : NO_NUMBER;
}

/* The level of a sample in a text picture. Pillow takes a negative level modulo 256. */
static unsigned char level_of(const struct decoder *d, long value) {
    return value >= 0 ? d->levels[value]
                      : (unsigned char)(256 + (long)nearbyint((double)value / d->maxval * 255));
}

static bool is_sample(const struct decoder *d, long value) {
    return value <= d->maxval && (value >= 0 || (d->channels == 3 || d->maxval <= 255));
}

/* Reads row y of a text picture: n samples. If the last byte of the file belongs to a number, Pillow repeats that
 * number for all missing samples. */
static int read_plain_row(struct decoder *d, const struct ln_image *image, int y, unsigned char *out,
                          size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!d->ended) {
            const enum token token = (is_bitmap(d) ? next_bit : next_number)(d, &d->sample);
            if (token == NOTHING) return ln_image_truncated(d->in, self, y, image->height);
            if (token == NO_NUMBER || !is_sample(d, d->sample))
                return ln_image_damaged(d->in, self, y, image->height,
                                        "a sample is not a number from 0 to maxval");
            d->ended = token == LAST_NUMBER;
        } else {
            ln_image_note(d->in, self, y, image->height,
                          "the file ends early; its last number is repeated for the missing ones");
        }
        out[i] = level_of(d, d->sample);
    }
    return LINNET_OK;
}

/* Reads row y of a binary picture. */
static int read_raw_row(struct decoder *d, const struct ln_image *image, int y, unsigned char *out,
                        size_t n) {
    const size_t bytes = is_bitmap(d) ? (n + 7) / 8 : d->maxval > 255 ? 2 * n : n;
    const unsigned char *row = d->in->data + d->at;
    if (bytes > d->in->size - d->at) return ln_image_truncated(d->in, self, y, image->height);
    d->at += bytes;
    for (size_t i = 0; i < n; i++)
        if (is_bitmap(d))
            out[i] = d->levels[row[i / 8] >> (7 - i % 8) & 1];
        else
            out[i] = d->levels[d->maxval > 255 ? row[2 * i] << 8 | row[2 * i + 1] : row[i]];
    return LINNET_OK;
}

static int read_rows(struct decoder *d, struct ln_image *image) {
    const size_t width = (size_t)image->width, n = width * (size_t)d->channels;
    unsigned char *grey = d->channels == 1 ? ln_alloc(n) : NULL;
    int status = d->channels == 1 && !grey ? LINNET_ERR_LIMIT : LINNET_OK;
    for (int y = 0; status == LINNET_OK && y < image->height; y++) {
        unsigned char *rgb = image->pixels + 3 * width * y, *out = grey ? grey : rgb;
        status = (is_plain(d) ? read_plain_row : read_raw_row)(d, image, y, out, n);
        if (grey && status == LINNET_OK) ln_grey_to_rgb(grey, rgb, width);
    }
    ln_free(grey);
    return status;
}

static int pnm_decode(const struct ln_image_input *in, struct ln_image *image, int *orientation) {
    struct decoder d = {.in = in};
    long width = 0, height = 0;
    LN_TRY(read_header(&d, &width, &height));
    LN_TRY(ln_image_create(in, self, width, height, COST, image));
    if (!(d.levels = ln_alloc(MAXVAL_MAX + 1))) return LINNET_ERR_LIMIT;
    fill_levels(&d);
    int status = read_rows(&d, image);
    ln_free(d.levels);
    return status;
}

const struct ln_image_format ln_image_format_pnm = {.name = "PNM", .sniff = pnm_sniff, .decode = pnm_decode};
