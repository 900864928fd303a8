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
    DIGITS_MAX = 10, /* digits of a number, as in PIL */
};

struct decoder {
    const struct ln_image_input *in;
    size_t at;
    int kind; /* 1 to 6 */
    int channels;
    int maxval;
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

/* Reads a number and the one space after it. -1: the file ends; -2: not a number. */
static long next_number(struct decoder *d) {
    long value = 0;
    int digits = 0, c = next_text(d);
    while (c >= 0 && isspace(c)) c = next_text(d);
    for (; c >= 0 && !isspace(c); c = next_text(d), digits++) {
        if (!isdigit(c) || digits == DIGITS_MAX) return -2;
        value = 10 * value + (c - '0');
    }
    return digits ? value : -1;
}

static int read_header(struct decoder *d, long *width, long *height) {
    d->kind = d->in->data[1] - '0';
    d->at = 3;
    d->channels = d->kind % 3 == 0 ? 3 : 1;
    d->maxval = 1;
    long maxval = 1;
    *width = next_number(d);
    *height = next_number(d);
    if (d->kind % 3 != 1) maxval = next_number(d);
    if (*width == -1 || *height == -1 || maxval == -1) return ln_image_truncated(d->in, self, 0, 0);
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
static long next_bit(struct decoder *d) {
    int c = next_text(d);
    while (c >= 0 && isspace(c)) c = next_text(d);
    return c < 0 ? -1 : c == '0' || c == '1' ? c - '0' : -2;
}

/* Reads row y of a text picture: n samples. */
static int read_plain_row(struct decoder *d, const struct ln_image *image, int y, unsigned char *out,
                          size_t n) {
    for (size_t i = 0; i < n; i++) {
        const long v = is_bitmap(d) ? next_bit(d) : next_number(d);
        if (v == -1) return ln_image_truncated(d->in, self, y, image->height);
        if (v < 0 || v > d->maxval)
            return ln_image_damaged(d->in, self, y, image->height,
                                    "a sample is not a number from 0 to maxval");
        out[i] = d->levels[v];
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
    long width, height;
    LN_TRY(read_header(&d, &width, &height));
    LN_TRY(ln_image_create(in, self, width, height, COST, image));
    if (!(d.levels = ln_alloc(MAXVAL_MAX + 1))) return LINNET_ERR_LIMIT;
    fill_levels(&d);
    int status = read_rows(&d, image);
    ln_free(d.levels);
    return status;
}

const struct ln_image_format ln_image_format_pnm = {.name = "PNM", .sniff = pnm_sniff, .decode = pnm_decode};
