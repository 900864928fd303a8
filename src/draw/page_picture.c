/* Pictures inside a page, as data: addresses. */
#include "base/alloc.h"
#include "draw/page.h"
#include "draw/pango.h"
#include "draw/png.h"
#include "image/jpeg_write.h"
#include "image/resize.h"

#include <math.h>

/* TINY: longer side of a picture that stays as it is. Quality 76 shows no blocks in a thumbnail. */
enum { TINY = 64, QUALITY = 76, PIECE = 3 << 10 };

/* ---- base64 --------------------------------------------------------------------------------------------- */

/* Encodes pieces of whole 3-byte groups, so that only the last piece needs padding. */
static void add_base64(struct ln_text *page, const unsigned char *data, size_t size) {
    char out[PIECE / 3 * 4 + 8];
    for (size_t at = 0, n; at < size; at += n) {
        gint state = 0, save = 0;
        n = size - at < PIECE ? size - at : PIECE;
        gsize length = ln_pango.g_base64_encode_step(data + at, n, FALSE, out, &state, &save);
        length += ln_pango.g_base64_encode_close(FALSE, out + length, &state, &save);
        ln_text_add_bytes(page, out, length);
    }
}

/* ---- PNG ------------------------------------------------------------------------------------------------ */

static void add_png_bytes(struct ln_text *page, const unsigned char *data, size_t size) {
    ln_text_add(page, "data:image/png;base64,");
    add_base64(page, data, size);
}

int ln_page_png(struct ln_text *page, uint32_t *pixels, int width, int height) {
    struct ln_text file = {0};
    const int status = ln_png_add(&file, pixels, width, height);
    if (status == LINNET_OK) add_png_bytes(page, (const unsigned char *)file.data, file.length);
    page->failed |= file.failed;
    ln_text_fini(&file);
    return status;
}

static int add_png(struct ln_text *page, const struct ln_page_picture *p) {
    unsigned char *data;
    size_t size;
    LN_TRY(ln_png_encode(p->pixels, p->width, p->height, &data, &size));
    add_png_bytes(page, data, size);
    ln_free(data);
    return LINNET_OK;
}

/* ---- JPEG ----------------------------------------------------------------------------------------------- */

static int add_jpeg(struct ln_text *page, const struct ln_image *image) {
    unsigned char *data;
    size_t size;
    LN_TRY(ln_jpeg_encode(image, QUALITY, &data, &size));
    ln_text_add(page, "data:image/jpeg;base64,");
    add_base64(page, data, size);
    ln_free(data);
    return LINNET_OK;
}

static int side_of(int n, double scale) {
    const int scaled = (int)lround(n * scale);
    return scaled < 1 ? 1 : scaled;
}

static int add_reduced(struct ln_text *page, const struct ln_page_picture *p, int longer) {
    const struct ln_image whole = {p->width, p->height, 3, (unsigned char *)p->pixels}; /* only read */
    const double scale = longer > p->side ? (double)p->side / longer : 1;
    struct ln_image small = {side_of(p->width, scale), side_of(p->height, scale), 3, NULL};
    small.pixels = ln_alloc((size_t)small.width * (size_t)small.height * 3);
    if (!small.pixels) return LINNET_ERR_LIMIT;
    int status = ln_resize(&whole, &(struct ln_resize_opts){.width = small.width, .height = small.height},
                           small.pixels);
    if (status == LINNET_OK) status = add_jpeg(page, &small);
    ln_free(small.pixels);
    return status;
}

int ln_page_picture(struct ln_text *page, const struct ln_page_picture *p) {
    const int longer = p->width > p->height ? p->width : p->height;
    LN_TRY(ln_pango_open());
    ln_text_add(page, "<img alt=\"");
    ln_page_text(page, p->alt);
    ln_text_addf(page, "\"%s src=\"", longer <= TINY ? " class=\"tiny\"" : "");
    int status = longer <= TINY ? add_png(page, p) : add_reduced(page, p, longer);
    ln_text_add(page, "\">");
    return status;
}
