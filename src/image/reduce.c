/* Reduction by averaging squares of pixels. */
#include "image/reduce.h"
#include "base/alloc.h"

/* The mean of a rectangle in one channel. */
static unsigned char mean(const unsigned char *p, size_t stride, int channels, int across, int down) {
    const uint64_t n = (uint64_t)across * (uint64_t)down;
    uint64_t sum = n / 2;
    for (int y = 0; y < down; y++, p += stride)
        for (int x = 0; x < across; x++) sum += p[(size_t)x * (size_t)channels];
    return (unsigned char)(sum / n);
}

static int least(int a, int b) {
    return a < b ? a : b;
}

void ln_image_reduce(struct ln_image *image, int factor) {
    if (factor <= 1) return;
    const int channels = image->channels, width = image->width, height = image->height;
    const size_t stride = (size_t)width * (size_t)channels;
    unsigned char *out = image->pixels; /* in place: writing never overtakes reading */
    for (int y = 0; y < height; y += least(factor, height - y))
        for (int x = 0; x < width; x += least(factor, width - x))
            for (int c = 0; c < channels; c++)
                *out++ = mean(image->pixels + (size_t)y * stride + (size_t)x * (size_t)channels + c, stride,
                              channels, least(factor, width - x), least(factor, height - y));
    image->width = (width + factor - 1) / factor;
    image->height = (height + factor - 1) / factor;
    unsigned char *smaller = ln_realloc_array(image->pixels, (size_t)(out - image->pixels), 1);
    if (smaller)
        image->pixels = smaller;
    else
        ln_error_clear(); /* shrinking the block failed, so it keeps its size */
}
