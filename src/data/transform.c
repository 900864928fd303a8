/* The sample's way into the batch. */
#include "data/transform.h"

void ln_transform_init(struct ln_transform *t, const struct ln_preprocess *pp) {
    t->preprocess = *pp;
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++) t->table[c][v] = ((float)v / 255.0F - pp->mean[c]) / pp->std[c];
}

size_t ln_transform_floats(const struct ln_transform *t) {
    return (size_t)t->preprocess.channels * (size_t)t->preprocess.height * (size_t)t->preprocess.width;
}

/* Neither resized, cropped nor made grey. */
static bool fits_as_it_is(const struct ln_preprocess *pp, const struct ln_image *image) {
    int shorter = image->width < image->height ? image->width : image->height;
    return image->width == pp->width && image->height == pp->height &&
           (pp->resize == 0 || pp->resize == shorter) &&
           (image->channels == pp->channels || image->channels == 1);
}

static void look_up(const float *restrict table, const unsigned char *restrict pixels, size_t step, size_t n,
                    float *restrict out) {
    if (step == 1)
        for (size_t i = 0; i < n; i++) out[i] = table[pixels[i]];
    else
        for (size_t i = 0; i < n; i++) out[i] = table[pixels[i * step]];
}

int ln_transform_apply(const struct ln_transform *t, const struct ln_image *image, float *out) {
    const struct ln_preprocess *pp = &t->preprocess;
    if (!fits_as_it_is(pp, image)) return ln_preprocess_apply(pp, image, out);
    size_t n = (size_t)image->width * (size_t)image->height;
    for (int c = 0; c < pp->channels; c++)
        look_up(t->table[c], image->pixels + (image->channels == 3 ? c : 0), (size_t)image->channels, n,
                out + (size_t)c * n);
    return LINNET_OK;
}

void ln_transform_flip(const struct ln_transform *t, float *row) {
    int width = t->preprocess.width;
    for (int lines = t->preprocess.channels * t->preprocess.height; lines > 0; lines--, row += width)
        for (int a = 0, b = width - 1; a < b; a++, b--) {
            float left = row[a];
            row[a] = row[b];
            row[b] = left;
        }
}
