/* Each of the 8 orientations is an optional transposition, followed by an optional flip of the columns and an
 * optional flip of the rows. EXIF says which visual side row 0 and column 0 of the file are. */
#include "image/orient.h"
#include "base/alloc.h"
#include <string.h>

static const struct {
    bool transpose, flip_columns, flip_rows;
} turns[9] = {
    [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true},
    [5] = {true, false, false}, [6] = {true, true, false}, [7] = {true, true, true},
    [8] = {true, false, true},
};

bool ln_orientation_swaps(int orientation) {
    return orientation >= 1 && orientation <= 8 && turns[orientation].transpose;
}

static void flip_columns(struct ln_image *image) {
    const int channels = image->channels;
    for (int y = 0; y < image->height; y++) {
        unsigned char *left = image->pixels + (size_t)y * image->width * channels;
        unsigned char *right = left + (size_t)(image->width - 1) * channels;
        for (; left < right; left += channels, right -= channels)
            for (int c = 0; c < channels; c++) {
                unsigned char swap = left[c];
                left[c] = right[c];
                right[c] = swap;
            }
    }
}

static void flip_rows(struct ln_image *image) {
    const size_t stride = (size_t)image->width * image->channels;
    unsigned char *top = image->pixels, *bottom = image->pixels + (image->height - 1) * stride;
    for (; top < bottom; top += stride, bottom -= stride)
        for (size_t i = 0; i < stride; i++) {
            unsigned char swap = top[i];
            top[i] = bottom[i];
            bottom[i] = swap;
        }
}

/* out[x][y] = in[y][x], in tiles that fit the cache; flips are applied by counting columns or rows from the
 * far end. */
static void transpose(const struct ln_image *image, unsigned char *out, bool columns_flipped,
                      bool rows_flipped) {
    enum { TILE = 32 };
    const int width = image->width, height = image->height, channels = image->channels;
    for (int y0 = 0; y0 < height; y0 += TILE)
        for (int x0 = 0; x0 < width; x0 += TILE)
            for (int x = x0; x < width && x < x0 + TILE; x++)
                for (int y = y0; y < height && y < y0 + TILE; y++) {
                    const int row = rows_flipped ? width - 1 - x : x,
                              column = columns_flipped ? height - 1 - y : y;
                    memcpy(out + ((size_t)row * height + column) * channels,
                           image->pixels + ((size_t)y * width + x) * channels, (size_t)channels);
                }
}

static int orient_anew(struct ln_image *image, int orientation) {
    const int width = image->width;
    unsigned char *pixels = ln_alloc((size_t)width * image->height * image->channels);
    if (!pixels) return LINNET_ERR_LIMIT;
    transpose(image, pixels, turns[orientation].flip_columns, turns[orientation].flip_rows);
    ln_free(image->pixels);
    image->pixels = pixels;
    image->width = image->height;
    image->height = width;
    return LINNET_OK;
}

int ln_image_orient(struct ln_image *image, int orientation) {
    if (orientation < 2 || orientation > 8) return LINNET_OK;
    if (turns[orientation].transpose) return orient_anew(image, orientation);
    if (turns[orientation].flip_columns) flip_columns(image);
    if (turns[orientation].flip_rows) flip_rows(image);
    return LINNET_OK;
}
