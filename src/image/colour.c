/* Colour conversion with PIL's rounding. */
#include "image/colour.h"
#include "base/alloc.h"
#include <string.h>

void ln_rgb_to_grey(const unsigned char *rgb, unsigned char *grey, size_t n) {
    for (size_t i = 0; i < n; i++) /* 0.299, 0.587 and 0.114 times 65536; 0x8000 rounds */
        grey[i] = (unsigned char)((rgb[3 * i] * 19595u + rgb[3 * i + 1] * 38470u + rgb[3 * i + 2] * 7471u +
                                   0x8000u) >>
                                  16);
}

void ln_grey_to_rgb(const unsigned char *grey, unsigned char *rgb, size_t n) {
    for (size_t i = 0; i < n; i++) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
}

/* a * b / 255, rounded to nearest, without a division. */
static unsigned scale_255(unsigned a, unsigned b) {
    unsigned t = a * b + 128;
    return (t + (t >> 8)) >> 8;
}

void ln_cmy_to_rgb(unsigned char pixel[3], unsigned black) {
    const unsigned white = 255u - black; /* the light that black lets through; each ink absorbs its share */
    for (int c = 0; c < 3; c++) pixel[c] = (unsigned char)(white - scale_255(pixel[c], white));
}

void ln_palette_init(struct ln_palette *palette, int bits, bool inverted) {
    const int last = (1 << bits) - 1;
    for (int i = 0; i < 256; i++) {
        const int grey = (i & last) * (255 / last);
        memset(palette->rgb[i], inverted ? 255 - grey : grey, 3);
    }
}

void ln_palette_apply(const struct ln_palette *palette, const unsigned char *samples, int bits, size_t n,
                      unsigned char *rgb) {
    const unsigned mask = (1u << bits) - 1;
    int shift = 8;
    for (size_t i = 0; i < n; i++, rgb += 3) {
        shift -= bits;
        memcpy(rgb, palette->rgb[*samples >> shift & mask], 3);
        if (shift > 0) continue;
        shift = 8;
        samples++;
    }
}

int ln_image_convert(const struct ln_image *image, int channels, struct ln_image *out) {
    size_t n = (size_t)image->width * image->height;
    *out = (struct ln_image){image->width, image->height, channels, ln_alloc(n * channels)};
    if (!out->pixels) return LINNET_ERR_LIMIT;
    if (channels == image->channels)
        memcpy(out->pixels, image->pixels, n * channels);
    else
        (channels == 1 ? ln_rgb_to_grey : ln_grey_to_rgb)(image->pixels, out->pixels, n);
    return LINNET_OK;
}
