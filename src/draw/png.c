/* PNG files in memory, written by cairo. */
#include "draw/png.h"
#include "base/alloc.h"
#include "draw/canvas.h"

static cairo_status_t add_bytes(void *file, const unsigned char *data, unsigned n) {
    ln_text_add_bytes(file, data, n);
    return CAIRO_STATUS_SUCCESS;
}

int ln_png_add(struct ln_text *file, uint32_t *pixels, int width, int height) {
    LN_TRY(ln_pango_open());
    cairo_surface_t *surface = ln_pango.cairo_image_surface_create_for_data(
        (unsigned char *)pixels, CAIRO_FORMAT_ARGB32, width, height, width * 4);
    const cairo_status_t failed = ln_pango.cairo_surface_write_to_png_stream(surface, add_bytes, file);
    ln_pango.cairo_surface_destroy(surface);
    if (!failed) return LINNET_OK;
    return ln_fail(LINNET_ERR_LIMIT, "draw-cairo", "drawing failed: %s",
                   ln_pango.cairo_status_to_string(failed));
}

static int check_size(int width, int height) {
    if (width < 1 || height < 1)
        return ln_fail(LINNET_ERR_USAGE, "draw-size", "a picture of %d x %d pixels; must be at least 1 x 1",
                       width, height);
    if (width > LN_CANVAS_SIDE_MAX || height > LN_CANVAS_SIDE_MAX ||
        (int64_t)width * height > LN_CANVAS_PIXELS_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "draw-size",
                       "a picture of %d x %d pixels; at most %d a side and %d in all", width, height,
                       LN_CANVAS_SIDE_MAX, LN_CANVAS_PIXELS_MAX);
    return LINNET_OK;
}

int ln_png_encode(const unsigned char *rgb, int width, int height, unsigned char **bytes, size_t *count) {
    struct ln_text file = {0};
    LN_TRY(check_size(width, height));
    const size_t pixels = (size_t)width * (size_t)height;
    uint32_t *packed = ln_calloc(pixels, sizeof *packed);
    if (!packed) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < pixels; i++, rgb += 3)
        packed[i] = 0xff000000U | (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
    int status = ln_png_add(&file, packed, width, height);
    *count = file.length;
    if (status == LINNET_OK) status = ln_text_take(&file, (char **)bytes);
    ln_text_fini(&file);
    ln_free(packed);
    return status;
}
