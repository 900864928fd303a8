/* confusion_matrix.png: rows are the true classes, columns the predicted ones. A cell is coloured by its
 * share of its row and shows count and share if there is room. With many classes a cell is a dot and only
 * every n-th class is named. With more classes than dots, a dot shows the largest share of its block. */
#include "base/alloc.h"
#include "draw/axis.h"
#include "draw/canvas.h"
#include "draw/draw.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
    SCALE = 2,
    MARGIN = 28,
    SIDE_MOST = 1000, /* of the matrix, in units; with names and margins the sheet is below 3000 pixels */
    NAME_MOST = 150,  /* width of a class name */
    NAME_PITCH = 18,  /* distance between names at which slanted ones do not touch */
    NAME_GAP = 10,    /* between the matrix and the names below */
    BAR = 16,         /* width of the colour bar */
    BAR_ROOM = 112,   /* width of the bar with its gap, numbers and name */
};

struct sheet {
    const char *const *names;
    const int64_t *counts; /* [classes][classes] */
    size_t classes;
    size_t bins;                    /* cells per side: classes, or fewer */
    float *share;                   /* [bins][bins] share of the row */
    double right, total;            /* number of correct predictions, of all predictions */
    double cell, side;              /* side of a cell, of the matrix */
    double x, y;                    /* position of the matrix on the sheet */
    double y_result;                /* position of the line above it */
    double row_names, column_names; /* room for names on the left and below */
    bool slanted;                   /* the names below are slanted */
    size_t name_step;               /* one class in name_step is named */
    double name_font;
    double number_font; /* 0: no numbers */
};

/* ---- counts -------------------------------------------------------------------------------------------- */

static int64_t count_at(const struct sheet *sheet, size_t row, size_t column) {
    return sheet->counts[row * sheet->classes + column];
}

static size_t bin_of(const struct sheet *sheet, size_t class) {
    return class * sheet->bins / sheet->classes;
}

/* Computes the shares and both totals. */
static int sum_counts(struct sheet *sheet) {
    for (size_t r = 0; r < sheet->classes; r++) {
        double total = 0;
        for (size_t c = 0; c < sheet->classes; c++) {
            if (count_at(sheet, r, c) < 0)
                return ln_fail(LINNET_ERR_USAGE, "draw-counts",
                               "confusion matrix: negative count %" PRId64 " in row %zu, column %zu",
                               count_at(sheet, r, c), r, c);
            total += (double)count_at(sheet, r, c);
        }
        sheet->total += total;
        sheet->right += (double)count_at(sheet, r, r);
        float *row = sheet->share + bin_of(sheet, r) * sheet->bins;
        for (size_t c = 0; c < sheet->classes && total > 0; c++) {
            float share = (float)((double)count_at(sheet, r, c) / total);
            if (share > row[bin_of(sheet, c)]) row[bin_of(sheet, c)] = share;
        }
    }
    return LINNET_OK;
}

/* From white to dark blue in even steps of lightness, over the square root of the share, so that mistakes,
 * which are small shares, stay visible. The colour bar shows the scale. */
static void shade(double share, unsigned char rgb[3]) {
    static const double stops[][3] = {
        {255, 255, 255}, {202, 222, 240}, {120, 175, 218}, {40, 114, 180}, {8, 48, 107}};
    double at = sqrt(share) * 4;
    int i = at < 3 ? (int)at : 3;
    for (int c = 0; c < 3; c++)
        rgb[c] = (unsigned char)lround(stops[i][c] + (stops[i + 1][c] - stops[i][c]) * (at - i));
}

/* ---- sizes --------------------------------------------------------------------------------------------- */

static struct ln_label name_of(const struct sheet *sheet, size_t class, char number[24]) {
    const char *name = sheet->names ? sheet->names[class] : NULL;
    snprintf(number, 24, "%zu", class);
    return (struct ln_label){
        .text = name ? name : number, .size = sheet->name_font, .colour = LN_MUTED, .max_width = NAME_MOST};
}

/* With few classes, cells are large enough for their numbers; otherwise as large as the sheet allows, in
 * whole pixels. */
static void size_cells(struct ln_canvas *canvas, struct sheet *sheet) {
    int64_t most = 0;
    for (size_t i = 0; i < sheet->classes * sheet->classes; i++)
        if (sheet->counts[i] > most) most = sheet->counts[i];
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, most);
    double at_ten, height, n = (double)sheet->bins;
    ln_canvas_measure(canvas, &(struct ln_label){.text = text, .size = 10}, &at_ten, &height);
    double wanted = fmax(n <= 4 ? 128 : n <= 8 ? 72 : 56, at_ten * 1.1 + 10);
    sheet->cell = floor(fmin(wanted, SIDE_MOST / n) * SCALE) / SCALE;
    sheet->side = sheet->cell * n;
    double font = fmin(n <= 4 ? 17 : 14, (sheet->cell - 8) / at_ten * 10);
    sheet->number_font = font >= 8 && sheet->bins == sheet->classes ? font : 0;
}

static void size_names(struct ln_canvas *canvas, struct sheet *sheet) {
    double pitch = sheet->side / (double)sheet->classes, w, h, line = 0;
    char number[24];
    sheet->name_font = pitch >= 24 ? 13 : 11;
    sheet->name_step = (size_t)fmax(1, ln_axis_step((double)sheet->classes, (int)(sheet->side / NAME_PITCH)));
    for (size_t i = 0; i < sheet->classes; i += sheet->name_step) {
        struct ln_label name = name_of(sheet, i, number);
        ln_canvas_measure(canvas, &name, &w, &h);
        sheet->row_names = fmax(sheet->row_names, ceil(w));
        line = fmax(line, h);
    }
    sheet->slanted = sheet->row_names > pitch * (double)sheet->name_step - 8;
    sheet->column_names = ceil(sheet->slanted ? (sheet->row_names + line) * M_SQRT1_2 : line);
}

static struct ln_label title_of(const struct sheet *sheet, const char *title) {
    return (struct ln_label){
        .text = title, .size = 19, .bold = true, .lines = 2, .max_width = sheet->side + BAR_ROOM - MARGIN};
}

/* Computes all positions from the sizes; returns the height of the sheet. */
static double place(struct ln_canvas *canvas, struct sheet *sheet, const char *title) {
    struct ln_label head = title_of(sheet, title);
    double w, h = 0;
    if (title && *title) ln_canvas_measure(canvas, &head, &w, &h);
    sheet->x = MARGIN + 26 + sheet->row_names + 8;
    sheet->y_result = MARGIN - 6 + ceil(h) + (h > 0 ? 4 : 0);
    sheet->y = sheet->y_result + 34;
    return sheet->y + sheet->side + NAME_GAP + sheet->column_names + 30 + MARGIN;
}

/* ---- drawing ------------------------------------------------------------------------------------------- */

static int draw_matrix(struct ln_canvas *canvas, const struct sheet *sheet) {
    size_t count = sheet->bins * sheet->bins;
    unsigned char *pixels = ln_alloc(count * 3); /* [bins][bins][3] */
    if (!pixels) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < count; i++) shade(sheet->share[i], pixels + i * 3);
    struct ln_bitmap bitmap = {pixels, (int)sheet->bins, (int)sheet->bins};
    int status = ln_canvas_picture(canvas, &bitmap, sheet->x, sheet->y, sheet->side, sheet->side, false);
    ln_free(pixels);
    for (size_t i = 1; i < sheet->bins && sheet->cell >= 16; i++) {
        double at = (double)i * sheet->cell;
        ln_canvas_line(canvas, sheet->x + at, sheet->y, sheet->x + at, sheet->y + sheet->side, LN_RULE, 1);
        ln_canvas_line(canvas, sheet->x, sheet->y + at, sheet->x + sheet->side, sheet->y + at, LN_RULE, 1);
    }
    ln_canvas_frame(canvas, sheet->x, sheet->y, sheet->side, sheet->side, LN_SPINE, 1);
    return status;
}

static void draw_number(struct ln_canvas *canvas, const struct sheet *sheet, size_t row, size_t column) {
    double share = sheet->share[row * sheet->bins + column];
    double x = sheet->x + ((double)column + 0.5) * sheet->cell,
           y = sheet->y + ((double)row + 0.5) * sheet->cell;
    int64_t count = count_at(sheet, row, column);
    bool both = count > 0 && sheet->cell >= 50 && sheet->number_font > 11;
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, count);
    struct ln_label label = {.text = text,
                             .size = sheet->number_font,
                             .colour = count == 0    ? LN_SPINE
                                       : share > 0.3 ? LN_WHITE
                                                     : LN_INK,
                             .across = 0.5,
                             .down = both ? 0.85 : 0.5};
    ln_canvas_text(canvas, x, y, &label);
    if (!both) return;
    snprintf(text, sizeof text, "%.1f %%", share * 100);
    label.size = fmax(10, sheet->number_font * 0.72);
    label.down = 0;
    ln_canvas_text(canvas, x, y + 2, &label);
}

static void draw_names(struct ln_canvas *canvas, const struct sheet *sheet) {
    double pitch = sheet->side / (double)sheet->classes, bottom = sheet->y + sheet->side;
    char number[24];
    for (size_t i = 0; i < sheet->classes; i += sheet->name_step) {
        double at = ((double)i + 0.5) * pitch;
        struct ln_label name = name_of(sheet, i, number);
        name.across = 1, name.down = 0.5;
        ln_canvas_text(canvas, sheet->x - 8, sheet->y + at, &name);
        if (sheet->slanted)
            name.degrees = -45, name.down = 0.3;
        else
            name.across = 0.5, name.down = 0;
        ln_canvas_text(canvas, sheet->x + at, bottom + NAME_GAP, &name);
        if (sheet->name_step == 1) continue;
        ln_canvas_line(canvas, sheet->x - 5, sheet->y + at, sheet->x, sheet->y + at, LN_SPINE, 1);
        ln_canvas_line(canvas, sheet->x + at, bottom, sheet->x + at, bottom + 5, LN_SPINE, 1);
    }
    struct ln_label axis = {.text = "predicted", .size = 14, .bold = true, .colour = LN_MUTED, .across = 0.5};
    ln_canvas_text(canvas, sheet->x + sheet->side / 2, bottom + NAME_GAP + sheet->column_names + 8, &axis);
    axis.text = "true", axis.degrees = -90;
    ln_canvas_text(canvas, MARGIN, sheet->y + sheet->side / 2, &axis);
}

static int draw_bar(struct ln_canvas *canvas, const struct sheet *sheet) {
    unsigned char pixels[512][3];
    for (int i = 0; i < 512; i++) shade((511 - i) / 511.0, pixels[i]);
    double x = sheet->x + sheet->side + 24;
    LN_TRY(ln_canvas_picture(canvas, &(struct ln_bitmap){pixels[0], 1, 512}, x, sheet->y, BAR, sheet->side,
                             true));
    ln_canvas_frame(canvas, x, sheet->y, BAR, sheet->side, LN_SPINE, 1);
    for (int percent = 0; percent <= 100; percent += 20) {
        char text[16];
        double y = sheet->y + sheet->side * (100 - percent) / 100;
        snprintf(text, sizeof text, "%d", percent);
        ln_canvas_line(canvas, x + BAR, y, x + BAR + 4, y, LN_SPINE, 1);
        ln_canvas_text(canvas, x + BAR + 8, y,
                       &(struct ln_label){.text = text, .size = 12, .colour = LN_MUTED, .down = 0.5});
    }
    ln_canvas_text(
        canvas, x + BAR + 38, sheet->y + sheet->side / 2,
        &(struct ln_label){
            .text = "% of the true class", .size = 12, .colour = LN_MUTED, .across = 0.5, .degrees = -90});
    return LINNET_OK;
}

static void draw_head(struct ln_canvas *canvas, const struct sheet *sheet, const char *title) {
    struct ln_label head = title_of(sheet, title);
    ln_canvas_text(canvas, sheet->x, MARGIN - 6, &head);
    char text[96] = "no predictions";
    if (sheet->total > 0)
        snprintf(text, sizeof text, "%.2f %% correct: %.0f of %.0f", 100 * sheet->right / sheet->total,
                 sheet->right, sheet->total);
    ln_canvas_text(
        canvas, sheet->x, sheet->y_result,
        &(struct ln_label){.text = text, .size = 13, .colour = LN_MUTED, .max_width = head.max_width});
}

static int draw_all(struct ln_canvas *canvas, const struct sheet *sheet, const char *title) {
    draw_head(canvas, sheet, title);
    LN_TRY(draw_matrix(canvas, sheet));
    for (size_t i = 0; sheet->number_font > 0 && i < sheet->classes * sheet->classes; i++)
        draw_number(canvas, sheet, i / sheet->classes, i % sheet->classes);
    draw_names(canvas, sheet);
    return draw_bar(canvas, sheet);
}

int ln_draw_confusion(const char *path, const struct ln_confusion *confusion) {
    if (confusion->classes < 1)
        return ln_fail(LINNET_ERR_USAGE, "draw-empty",
                       "%s: a confusion matrix needs at least 1 class, got %d", path, confusion->classes);
    struct sheet sheet = {
        .names = confusion->names, .counts = confusion->counts, .classes = (size_t)confusion->classes};
    sheet.bins = sheet.classes < SIDE_MOST * SCALE ? sheet.classes : SIDE_MOST * SCALE;
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    sheet.share = ln_calloc(sheet.bins * sheet.bins, sizeof *sheet.share);
    int status = sheet.share ? sum_counts(&sheet) : LINNET_ERR_LIMIT;
    if (status) goto done;
    size_cells(&canvas, &sheet);
    size_names(&canvas, &sheet);
    double height = place(&canvas, &sheet, confusion->title);
    status = ln_canvas_begin(&canvas, sheet.x + sheet.side + BAR_ROOM, height, SCALE);
    if (!status) status = draw_all(&canvas, &sheet, confusion->title);
    if (!status) status = ln_canvas_write(&canvas, path);
done:
    ln_canvas_fini(&canvas);
    ln_free(sheet.share);
    return status;
}
