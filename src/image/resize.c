/* Separable convolution, first along the rows, then along the columns, rounded to 8 bits after each pass, in
 * PIL's fixed-point arithmetic (described in src/libImaging/Resample.c of Pillow 3 and later).
 *
 * Output sample x of one axis is the sum over t of in[first(x) + t] * weight(x, t): a blend of a few vectors
 * of bytes. Along the columns these vectors are rows of the image. Along the rows, a band of the image is
 * transposed first, so that the same loop over long vectors works there too:
 *
 *     image [h][w][c] --transpose a band--> [w][c][LANES] --blend--> [w'][c][LANES]
 *           --transpose back--> [h][w'][c] --blend--> [h'][w'][c]
 */
#include "image/resize.h"
#include "base/alloc.h"
#include "base/simd.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    PRECISION = 32 - 8 - 2, /* fraction bits of a weight: 8 are for the sample, 2 for weights above 1 or
                               below 0 */
    LANES = 64,             /* rows in a band, */
    LANES_MIN = 16,         /* fewer if the picture is so wide that a band would exceed */
    BAND_BYTES = 8 << 20,
    MIDDLE_BYTES = 1 << 20, /* for the result between the passes, */
    MIDDLE_MIN = 16,        /* but at least this many columns */
    CHUNK = 256,            /* samples summed at a time: fits the registers and the L1 cache */
};

/* ---- weights ------------------------------------------------------------------------------------------- */

static double triangle(double x) {
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys, "Cubic convolution interpolation for digital image processing" (1981), equation 15 with a = -1/2. */
static double cubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static const struct {
    double (*weight)(double x);
    double support; /* weight(x) is 0 beyond this distance */
} filters[] = {[LN_BILINEAR] = {triangle, 1.0}, [LN_BICUBIC] = {cubic, 2.0}};

/* One axis: how each output sample is blended from input samples. */
struct axis {
    int count;        /* output samples, within the crop */
    int taps;         /* row length of weights */
    int *first;       /* [count] first input sample */
    int *used;        /* [count] input samples, at most taps */
    int32_t *weights; /* [count][taps] fixed point */
    int begin, end;   /* range of input samples that any output sample needs */
    bool same;        /* output i equals input begin + i: no resampling needed */
};

static void axis_fini(struct axis *axis) {
    ln_free(axis->first);
    ln_free(axis->used);
    ln_free(axis->weights);
}

/* Computes the weights of output sample `at` of the whole axis into entry i. Same bits as PIL: in double,
 * normalised to sum 1, then rounded to fixed point, half away from zero. */
static int fill_entry(struct axis *axis, int i, int at, enum ln_interpolation filter, int size, double from,
                      double scale, double *scratch) {
    const double stretch = scale < 1.0 ? 1.0 : scale, support = filters[filter].support * stretch;
    const double centre = from + (at + 0.5) * scale, shrink = 1.0 / stretch;
    int first = (int)(centre - support + 0.5), end = (int)(centre + support + 0.5);
    first = first < 0 ? 0 : first;
    end = end > size ? size : end;
    double sum = 0.0;
    for (int t = first; t < end; t++)
        sum += scratch[t - first] = filters[filter].weight((t - centre + 0.5) * shrink);
    for (int t = 0; t < end - first; t++) {
        double w = (sum != 0.0 ? scratch[t] / sum : scratch[t]) * (1 << PRECISION);
        axis->weights[(size_t)i * axis->taps + t] = (int32_t)(w < 0 ? w - 0.5 : w + 0.5);
    }
    axis->first[i] = first;
    axis->used[i] = end - first;
    return end;
}

static int axis_init(struct axis *axis, enum ln_interpolation filter, int size, double from, double to,
                     int out_size, int crop_from, int crop_count) {
    const float f0 = (float)from, f1 = (float)to; /* PIL stores its box in single precision */
    const double scale = (double)(f1 - f0) / out_size, stretch = scale < 1.0 ? 1.0 : scale;
    *axis = (struct axis){.count = crop_count, .taps = (int)ceil(filters[filter].support * stretch) * 2 + 1};
    axis->first = ln_alloc((size_t)crop_count * sizeof *axis->first);
    axis->used = ln_alloc((size_t)crop_count * sizeof *axis->used);
    axis->weights = ln_calloc((size_t)crop_count * axis->taps, sizeof *axis->weights);
    double *scratch = ln_calloc((size_t)axis->taps, sizeof *scratch);
    int status = axis->first && axis->used && axis->weights && scratch ? LINNET_OK : LINNET_ERR_LIMIT;
    axis->begin = size;
    for (int i = 0; status == LINNET_OK && i < crop_count; i++) {
        int end = fill_entry(axis, i, crop_from + i, filter, size, f0, scale, scratch);
        if (axis->first[i] < axis->begin) axis->begin = axis->first[i];
        if (end > axis->end) axis->end = end;
    }
    axis->same = scale == 1.0 && f0 == floorf(f0); /* then every weight is exactly 1 or 0 */
    if (axis->same) {
        axis->begin = (int)f0 + crop_from;
        axis->end = axis->begin + crop_count;
    }
    ln_free(scratch);
    assert(status != LINNET_OK || axis->begin < axis->end);
    return status;
}

/* ---- the loop ------------------------------------------------------------------------------------------ */

static unsigned char clip(int32_t sum) {
    const int32_t value = sum >> PRECISION;
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* out[i] = sum over t < taps of in[t * step + i] * weights[t], i < n. Four taps per iteration, to load and
 * store the sums less often. */
LN_KERNEL(void, blend,
          (unsigned char *restrict out, const unsigned char *restrict in, size_t step,
           const int32_t *restrict weights, int taps, size_t n),
          (out, in, step, weights, taps, n)) {
    int32_t sums[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t m = n - at < CHUNK ? n - at : CHUNK;
        const unsigned char *a = in + at;
        int t = 0;
        for (size_t i = 0; i < m; i++) sums[i] = 1 << (PRECISION - 1);
        for (; t + 4 <= taps; t += 4, a += 4 * step) {
            const unsigned char *b = a + step, *c = b + step, *d = c + step;
            const int32_t wa = weights[t], wb = weights[t + 1], wc = weights[t + 2], wd = weights[t + 3];
            for (size_t i = 0; i < m; i++) sums[i] += a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
        }
        for (; t < taps; t++, a += step) {
            const int32_t w = weights[t];
            for (size_t i = 0; i < m; i++) sums[i] += a[i] * w;
        }
        for (size_t i = 0; i < m; i++) out[at + i] = clip(sums[i]);
    }
}

/* ---- transposing bands --------------------------------------------------------------------------------- */

enum { TILE = 16 };
typedef unsigned char tile_row __attribute__((vector_size(TILE)));

/* Transposes 16 x 16 bytes: four rounds of interleaving row i with row i + 8 move byte (i, j) to (j, i). */
static void transpose_tile(unsigned char *out, size_t out_stride, const unsigned char *in, size_t in_stride) {
    tile_row a[TILE], b[TILE];
    for (int i = 0; i < TILE; i++) memcpy(&a[i], in + i * in_stride, TILE);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < TILE / 2; i++) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
                                               22, 7, 23);
            b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                   29, 14, 30, 15, 31);
        }
        memcpy(a, b, sizeof a);
    }
    for (int i = 0; i < TILE; i++) memcpy(out + i * out_stride, &a[i], TILE);
}

/* out[x][y] = in[y][x], y < rows, x < columns. */
static void transpose(unsigned char *out, size_t out_stride, const unsigned char *in, size_t in_stride,
                      size_t rows, size_t columns) {
    const size_t whole_rows = rows - rows % TILE, whole_columns = columns - columns % TILE;
    for (size_t y = 0; y < whole_rows; y += TILE)
        for (size_t x = 0; x < whole_columns; x += TILE)
            transpose_tile(out + x * out_stride + y, out_stride, in + y * in_stride + x, in_stride);
    for (size_t y = 0; y < rows; y++)
        for (size_t x = y < whole_rows ? whole_columns : 0; x < columns; x++)
            out[x * out_stride + y] = in[y * in_stride + x];
}

/* ---- the two passes ------------------------------------------------------------------------------------ */

/* in: whole rows of a c-channel image; out: [rows][axis->count][c]. */
static int resize_rows(const struct axis *axis, const unsigned char *in, size_t in_stride, int rows, int c,
                       unsigned char *out) {
    const size_t in_columns = (size_t)(axis->end - axis->begin) * c, out_columns = (size_t)axis->count * c;
    const int lanes = in_columns * LANES <= BAND_BYTES ? LANES : LANES_MIN;
    const size_t step = (size_t)c * lanes; /* bytes between neighbouring pixels of the band */
    unsigned char *band = ln_calloc(in_columns, lanes), *blended = ln_alloc(out_columns * lanes);
    const int status = band && blended ? LINNET_OK : LINNET_ERR_LIMIT;
    for (int y = 0; status == LINNET_OK && y < rows; y += lanes) {
        const size_t height = rows - y < lanes ? rows - y : lanes;
        transpose(band, lanes, in + y * in_stride + (size_t)axis->begin * c, in_stride, height, in_columns);
        for (int x = 0; x < axis->count; x++)
            blend(blended + x * step, band + (axis->first[x] - axis->begin) * step, step,
                  axis->weights + (size_t)x * axis->taps, axis->used[x], step);
        transpose(out + y * out_columns, out_columns, blended, lanes, out_columns, height);
    }
    ln_free(band);
    ln_free(blended);
    return status;
}

/* in: the rows axis->begin to axis->end, n samples each; out: [axis->count][n]. */
static void resize_columns(const struct axis *axis, const unsigned char *in, size_t in_stride, size_t n,
                           unsigned char *out, size_t out_stride) {
    for (int y = 0; y < axis->count; y++)
        blend(out + y * out_stride, in + (axis->first[y] - axis->begin) * in_stride, in_stride,
              axis->weights + (size_t)y * axis->taps, axis->used[y], n);
}

/* At most `count` output samples of the axis, starting at `from`. Borrows its weights. */
static struct axis axis_part(const struct axis *axis, int from, int count) {
    struct axis part = *axis;
    part.count = count < axis->count - from ? count : axis->count - from;
    part.first += from;
    part.used += from;
    part.weights += (size_t)from * axis->taps;
    part.begin = part.first[0];
    part.end = 0;
    for (int i = 0; i < part.count; i++) {
        if (part.first[i] < part.begin) part.begin = part.first[i];
        if (part.first[i] + part.used[i] > part.end) part.end = part.first[i] + part.used[i];
    }
    return part;
}

/* Both passes, one strip of columns at a time, so that the intermediate result fits the cache and stays
 * bounded for pictures of any shape. in: the needed rows, in full width. */
static int resize_both(const struct axis *columns, const struct axis *rows, const unsigned char *in,
                       size_t in_stride, int c, unsigned char *out) {
    const size_t in_rows = (size_t)(rows->end - rows->begin), n = (size_t)columns->count * c;
    const size_t fit = MIDDLE_BYTES / (in_rows * c), width = fit < MIDDLE_MIN ? MIDDLE_MIN
                                                             : fit < n        ? fit
                                                                              : n;
    unsigned char *middle = ln_alloc(in_rows * width * c); /* [in_rows][strip.count][c] */
    int status = middle ? LINNET_OK : LINNET_ERR_LIMIT;
    for (int x = 0; status == LINNET_OK && x < columns->count; x += (int)width) {
        const struct axis strip = axis_part(columns, x, (int)width);
        const size_t samples = (size_t)strip.count * c;
        status = resize_rows(&strip, in, in_stride, (int)in_rows, c, middle);
        if (status == LINNET_OK) resize_columns(rows, middle, samples, samples, out + (size_t)x * c, n);
    }
    ln_free(middle);
    return status;
}

/* The source: an image, or a part of one. */
struct view {
    const unsigned char *pixels;
    size_t stride;
    int width, height, c;
};

static int resize(const struct axis *columns, const struct axis *rows, const struct view *view,
                  unsigned char *out) {
    const int c = view->c, in_rows = rows->end - rows->begin;
    const size_t stride = view->stride, n = (size_t)columns->count * c;
    const unsigned char *in = view->pixels + rows->begin * stride, *part = in + (size_t)columns->begin * c;
    if (!columns->same && !rows->same) return resize_both(columns, rows, in, stride, c, out);
    if (!columns->same) return resize_rows(columns, in, stride, in_rows, c, out);
    if (rows->same)
        for (int y = 0; y < in_rows; y++) memcpy(out + y * n, part + y * stride, n);
    else
        resize_columns(rows, part, stride, n, out, n);
    return LINNET_OK;
}

/* Narrows the source to the pixels that the box touches and moves the box into their coordinates. */
static void cut(struct view *view, struct ln_box *box) {
    const int left = (int)box->left, top = (int)box->top;
    view->pixels += top * view->stride + (size_t)left * view->c;
    view->width = (int)ceil(box->right) - left;
    view->height = (int)ceil(box->bottom) - top;
    *box = (struct ln_box){box->left - left, box->top - top, box->right - left, box->bottom - top};
}

int ln_resize(const struct ln_image *image, const struct ln_resize_opts *opts, unsigned char *out) {
    const int c = image->channels;
    struct view view = {image->pixels, (size_t)image->width * c, image->width, image->height, c};
    struct ln_box box = opts->box;
    struct ln_crop crop = opts->crop;
    struct axis columns, rows = {0};
    if (box.right == 0 && box.bottom == 0) box = (struct ln_box){0, 0, image->width, image->height};
    if (crop.width == 0 && crop.height == 0) crop = (struct ln_crop){0, 0, opts->width, opts->height};
    assert(box.left >= 0 && box.left < box.right && box.right <= image->width);
    assert(box.top >= 0 && box.top < box.bottom && box.bottom <= image->height);
    assert(crop.left >= 0 && crop.width > 0 && crop.left + crop.width <= opts->width);
    assert(crop.top >= 0 && crop.height > 0 && crop.top + crop.height <= opts->height);
    if (opts->cut) cut(&view, &box);
    int status = axis_init(&columns, opts->filter, view.width, box.left, box.right, opts->width, crop.left,
                           crop.width);
    if (status == LINNET_OK)
        status = axis_init(&rows, opts->filter, view.height, box.top, box.bottom, opts->height, crop.top,
                           crop.height);
    if (status == LINNET_OK) status = resize(&columns, &rows, &view, out);
    axis_fini(&columns);
    axis_fini(&rows);
    return status;
}
