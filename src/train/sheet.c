/* Sheets of pictures. A picture is reduced when it is added, so that a sheet of photos needs little memory. */
#include "train/sheet.h"
#include "base/alloc.h"
#include "base/file.h"
#include "draw/draw.h"
#include "image/colour.h"
#include "image/resize.h"
#include <stdio.h>

enum { SIDE_MOST = 448 }; /* largest width or height that is kept: twice the size that is drawn */

int ln_sheet_create(struct ln_sheet **sheet) {
    *sheet = ln_calloc(1, sizeof **sheet);
    return *sheet ? LINNET_OK : LINNET_ERR_LIMIT;
}

void ln_sheet_destroy(struct ln_sheet *sheet) {
    for (size_t i = 0; sheet && i < LN_SHEET_MOST; i++) ln_free(sheet->pixels[i]);
    ln_free(sheet);
}

/* Copies the image, scaled down to at most SIDE_MOST pixels on its longer side. */
static int shrink(const struct ln_image *image, struct ln_image *out) {
    const int longer = image->width > image->height ? image->width : image->height;
    const double scale = longer > SIDE_MOST ? (double)SIDE_MOST / longer : 1;
    const int width = (int)(image->width * scale), height = (int)(image->height * scale);
    *out = (struct ln_image){width < 1 ? 1 : width, height < 1 ? 1 : height, image->channels, NULL};
    out->pixels = ln_alloc((size_t)out->width * (size_t)out->height * (size_t)out->channels);
    if (!out->pixels) return LINNET_ERR_LIMIT;
    return ln_resize(image, &(struct ln_resize_opts){.width = out->width, .height = out->height},
                     out->pixels);
}

int ln_sheet_add(struct ln_sheet *sheet, const struct ln_image *image, const char *title,
                 enum ln_sheet_colour colour) {
    const size_t at = sheet->count;
    struct ln_image small, rgb = {0};
    if (at == LN_SHEET_MOST) return LINNET_OK;
    int status = shrink(image, &small);
    if (status == LINNET_OK) status = ln_image_convert(&small, 3, &rgb);
    ln_image_fini(&small);
    if (status != LINNET_OK) return status;
    snprintf(sheet->titles[at], LN_SHEET_TITLE, "%s", title);
    sheet->pixels[at] = rgb.pixels;
    sheet->cells[at] =
        (struct linnet_grid_cell){rgb.pixels, rgb.width, rgb.height, sheet->titles[at], (int)colour};
    sheet->count++;
    return LINNET_OK;
}

int ln_sheet_add_sample(struct ln_sheet *sheet, const struct ln_dataset *ds, uint32_t index,
                        const char *title, enum ln_sheet_colour colour) {
    struct ln_sample sample;
    LN_TRY(ln_dataset_read(ds, index, &sample));
    int status = ln_sheet_add(sheet, &sample.image, title, colour);
    ln_sample_fini(&sample);
    return status;
}

int ln_sheet_draw(const struct ln_sheet *sheet, const char *dir, const char *name, int columns,
                  const char *title) {
    if (sheet->count == 0) return LINNET_OK;
    char *path = ln_file_join(dir, name);
    if (!path) return LINNET_ERR_LIMIT;
    int status = ln_draw_grid(path, sheet->cells, sheet->count, columns, title);
    ln_free(path);
    return status;
}
