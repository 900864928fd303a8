/* The network's input by the definition: Resize and CenterCrop, then (x / 255 - mean) / std, plane by plane. */
#ifndef TESTS_DATA_REFERENCE_H
#define TESTS_DATA_REFERENCE_H

#include "image/preprocess.h"
#include "unit/data/fixture.h"

/* out: [channels][height][width] */
static inline void preprocess_by_definition(const struct ln_preprocess *pp, const struct ln_image *image,
                                            float *out) {
    const size_t n = (size_t)pp->width * (size_t)pp->height, channels = (size_t)pp->channels;
    unsigned char *pixels = test_malloc(n * channels);
    assert_int_equal(ln_preprocess_pixels(pp, image, pixels), LINNET_OK);
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < n; i++)
            out[c * n + i] = ((float)pixels[i * channels + c] / 255.0F - pp->mean[c]) / pp->std[c];
    test_free(pixels);
}

#endif
