/* The canvas: Cairo's image surface, shapes, pictures, PNG output.
 *
 * Cairo stores a failure in the object and ignores all later calls, so we do not check each drawing call. The
 * status is checked when the surface is created and when it is written.
 */
#include "draw/canvas.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/size.h"
#include <assert.h>
#include <math.h>

static int fail_cairo(cairo_status_t status) {
    int code = status == CAIRO_STATUS_NO_MEMORY ? LINNET_ERR_LIMIT : LINNET_ERR_INTERNAL;
    return ln_fail(code, "draw-cairo", "drawing failed: %s", ln_pango.cairo_status_to_string(status));
}

void ln_canvas_init(struct ln_canvas *canvas) {
    *canvas = (struct ln_canvas){0};
    ln_setter_init(&canvas->setter);
}

int ln_canvas_begin(struct ln_canvas *canvas, double width, double height, double scale) {
    assert(!canvas->surface);
    double w = ceil(width * scale), h = ceil(height * scale);
    if (!(w >= 1 && h >= 1 && w <= LN_CANVAS_SIDE_MAX && h <= LN_CANVAS_SIDE_MAX &&
          w * h <= LN_CANVAS_PIXELS_MAX))
        return ln_fail(
            LINNET_ERR_LIMIT, "draw-size",
            "a picture of %.0f x %.0f pixels is too large; the limits are %d per side and %d in total", w, h,
            LN_CANVAS_SIDE_MAX, LN_CANVAS_PIXELS_MAX);
    LN_TRY(ln_pango_open());
    canvas->surface = ln_pango.cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)w, (int)h);
    canvas->cr = ln_pango.cairo_create(canvas->surface);
    if (ln_pango.cairo_status(canvas->cr)) return fail_cairo(ln_pango.cairo_status(canvas->cr));
    canvas->width = width;
    canvas->height = height;
    ln_canvas_colour(canvas, LN_WHITE, 1);
    ln_pango.cairo_paint(canvas->cr);
    ln_pango.cairo_scale(canvas->cr, scale, scale);
    return LINNET_OK;
}

static cairo_status_t write_bytes(void *user, const unsigned char *data, unsigned n) {
    return ln_file_writer_write(user, data, n) ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

int ln_canvas_write(const struct ln_canvas *canvas, const char *path) {
    if (ln_pango.cairo_status(canvas->cr)) return fail_cairo(ln_pango.cairo_status(canvas->cr));
    struct ln_file_writer writer = {0};
    LN_TRY(ln_file_writer_begin(&writer, path, 0));
    ln_pango.cairo_surface_flush(canvas->surface);
    cairo_status_t status = ln_pango.cairo_surface_write_to_png_stream(canvas->surface, write_bytes, &writer);
    if (!status) return ln_file_writer_commit(&writer);
    ln_file_writer_abort(&writer);
    if (status == CAIRO_STATUS_WRITE_ERROR) return ln_error_get()->status; /* recorded by the writer */
    return fail_cairo(status);
}

void ln_canvas_fini(struct ln_canvas *canvas) {
    if (canvas->cr) ln_pango.cairo_destroy(canvas->cr);
    if (canvas->surface) ln_pango.cairo_surface_destroy(canvas->surface);
    ln_setter_fini(&canvas->setter);
    *canvas = (struct ln_canvas){0};
}

void ln_canvas_colour(struct ln_canvas *canvas, int rgb, double opacity) {
    ln_pango.cairo_set_source_rgba(canvas->cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
                                   (rgb & 255) / 255.0, opacity);
}

void ln_canvas_measure(struct ln_canvas *canvas, const struct ln_label *label, double *width,
                       double *height) {
    ln_setter_measure(&canvas->setter, label, width, height);
}

void ln_canvas_text(struct ln_canvas *canvas, double x, double y, const struct ln_label *label) {
    ln_canvas_colour(canvas, label->colour ? label->colour : LN_INK, 1);
    ln_setter_text(&canvas->setter, canvas->cr, x, y, label);
}

void ln_canvas_line(struct ln_canvas *canvas, double x0, double y0, double x1, double y1, int rgb,
                    double width) {
    ln_canvas_colour(canvas, rgb, 1);
    ln_pango.cairo_set_line_width(canvas->cr, width);
    ln_pango.cairo_move_to(canvas->cr, x0, y0);
    ln_pango.cairo_line_to(canvas->cr, x1, y1);
    ln_pango.cairo_stroke(canvas->cr);
}

void ln_canvas_fill(struct ln_canvas *canvas, double x, double y, double w, double h, int rgb) {
    ln_canvas_colour(canvas, rgb, 1);
    ln_pango.cairo_rectangle(canvas->cr, x, y, w, h);
    ln_pango.cairo_fill(canvas->cr);
}

void ln_canvas_frame(struct ln_canvas *canvas, double x, double y, double w, double h, int rgb,
                     double width) {
    ln_canvas_colour(canvas, rgb, 1);
    ln_pango.cairo_set_line_width(canvas->cr, width);
    ln_pango.cairo_rectangle(canvas->cr, x - width / 2, y - width / 2, w + width, h + width);
    ln_pango.cairo_stroke(canvas->cr);
}

/* The mean of the block of `bitmap` that becomes pixel (x, y) of a w x h picture, as Cairo's 0x00RRGGBB. If w
 * and h are the bitmap's size, a block is one pixel and this is a plain copy. */
static uint32_t block_mean(const struct ln_bitmap *bitmap, int x, int y, int w, int h) {
    int64_t x0 = (int64_t)x * bitmap->width / w, x1 = (int64_t)(x + 1) * bitmap->width / w;
    int64_t y0 = (int64_t)y * bitmap->height / h, y1 = (int64_t)(y + 1) * bitmap->height / h;
    uint64_t r = 0, g = 0, b = 0, n = (uint64_t)((x1 - x0) * (y1 - y0));
    for (int64_t j = y0; j < y1; j++) {
        const unsigned char *p = bitmap->pixels + ((size_t)j * (size_t)bitmap->width + (size_t)x0) * 3;
        for (int64_t i = x0; i < x1; i++, p += 3) r += p[0], g += p[1], b += p[2];
    }
    return (uint32_t)((r + n / 2) / n << 16 | (g + n / 2) / n << 8 | (b + n / 2) / n);
}

/* The size to which a side of n pixels is reduced before Cairo scales it to `room` pixels. Photos are reduced
 * to less than twice the displayed size by block means first: that bounds the memory of the copy, saves work
 * in Cairo's filter, and avoids its limit of 32,767 pixels. */
static int kept_side(int n, double room) {
    double times = floor(n / fmax(room, 1));
    return times < 2 ? n : (int)ceil(n / times);
}

int ln_canvas_picture(struct ln_canvas *canvas, const struct ln_bitmap *bitmap, double x, double y, double w,
                      double h, bool smooth) {
    assert(bitmap->width > 0 && bitmap->height > 0);
    double right = w, bottom = h;
    ln_pango.cairo_user_to_device_distance(canvas->cr, &right, &bottom);
    int kept_w = smooth ? kept_side(bitmap->width, right) : bitmap->width;
    int kept_h = smooth ? kept_side(bitmap->height, bottom) : bitmap->height;
    size_t count;
    if (!ln_size_mul((size_t)kept_w, (size_t)kept_h, &count) || !ln_size_mul(count, 4, &count))
        return ln_fail_memory(SIZE_MAX);
    uint32_t *pixels = ln_alloc(count); /* [kept_h][kept_w]; Cairo does not pad rows of 32-bit pixels */
    if (!pixels) return LINNET_ERR_LIMIT;
    for (int j = 0; j < kept_h; j++)
        for (int i = 0; i < kept_w; i++)
            pixels[(size_t)j * (size_t)kept_w + (size_t)i] = block_mean(bitmap, i, j, kept_w, kept_h);
    cairo_surface_t *image = ln_pango.cairo_image_surface_create_for_data(
        (unsigned char *)pixels, CAIRO_FORMAT_RGB24, kept_w, kept_h, kept_w * 4);
    ln_pango.cairo_save(canvas->cr);
    ln_pango.cairo_rectangle(canvas->cr, x, y, w, h);
    ln_pango.cairo_clip(canvas->cr);
    ln_pango.cairo_translate(canvas->cr, x, y);
    ln_pango.cairo_scale(canvas->cr, w / kept_w, h / kept_h);
    ln_pango.cairo_set_source_surface(canvas->cr, image, 0, 0);
    ln_pango.cairo_pattern_set_filter(ln_pango.cairo_get_source(canvas->cr),
                                      smooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
    ln_pango.cairo_pattern_set_extend(ln_pango.cairo_get_source(canvas->cr),
                                      CAIRO_EXTEND_PAD); /* avoids a pale edge from outside the picture */
    ln_pango.cairo_paint(canvas->cr);
    ln_pango.cairo_restore(canvas->cr);
    ln_pango.cairo_surface_destroy(image);
    ln_free(pixels);
    return LINNET_OK;
}
