/* Titled pictures in rows and columns. A column is as wide as the widest picture and wider if the titles need it, a row as high as
 * its highest picture. If there are many pictures, they are made smaller until the sheet fits its limits. */
#include "base/alloc.h"
#include "draw/canvas.h"
#include "draw/draw.h"
#include <math.h>

enum {
    SIDE = 224, /* box for a picture, unless it must shrink: 28 x 8, 32 x 7 */
    SIDE_LEAST = 16,
    SMALL = 112, /* pictures up to this size are enlarged by whole factors with sharp pixels */
    WIDTH_MOST = 2400,
    HEIGHT_MOST = 16000,
    MARGIN = 24,
    COLUMNS = 5, /* if 0 is given */
    FONT = 17,   /* of titles, unless the pictures must shrink */
};

/* Titles may reach into the gap between columns, and make a column this many times as wide as a picture. */
static const double title_overhang = 0.6, widened = 1.5;

struct row {
    double title, picture; /* heights */
};

struct grid {
    const struct linnet_grid_cell *cells;
    size_t count;
    size_t columns, rows;
    double side;     /* side of the box for a picture */
    double column;   /* width of a column */
    double gap;      /* between columns, and below a row */
    double font;     /* font size of titles */
    double title;    /* width of the widest title, as a multiple of the font size */
    double head;     /* height of the sheet's title */
    struct row *row; /* [rows] */
};

static bool is_missing(const struct linnet_grid_cell *cell) {
    return !cell->pixels || cell->width <= 0 || cell->height <= 0;
}

static bool is_small(const struct linnet_grid_cell *cell) {
    return cell->width <= SMALL && cell->height <= SMALL;
}

/* The drawn size of a picture: whole pixels, same proportions. */
static void fit(const struct linnet_grid_cell *cell, double side, double *w, double *h) {
    *w = *h = side;
    if (is_missing(cell)) return;
    int longer = cell->width > cell->height ? cell->width : cell->height;
    double times = side / longer;
    if (is_small(cell) && times >= 1) times = floor(times);
    *w = fmax(1, round(cell->width * times));
    *h = fmax(1, round(cell->height * times));
}

static struct ln_label title_of(const struct grid *grid, const struct linnet_grid_cell *cell) {
    return (struct ln_label){.text = cell->title,
                             .size = grid->font,
                             .colour = cell->colour == 1   ? LN_GREEN
                                       : cell->colour == 2 ? LN_RED
                                                           : LN_INK,
                             .max_width = grid->column + grid->gap * title_overhang,
                             .lines = 2,
                             .across = 0.5,
                             .down = 1};
}

/* Computes all sizes for pictures in boxes of `side`. */
static void set_side(struct grid *grid, double side) {
    double w, h, widest = 0;
    for (size_t i = 0; i < grid->count; i++) {
        fit(&grid->cells[i], side, &w, &h);
        widest = fmax(widest, w);
    }
    grid->side = side;
    grid->gap = fmax(4, round(side / 11));
    grid->font = fmin(FONT, fmax(7, round(side / 13)));
    const double for_titles = ceil(grid->title * grid->font - grid->gap * title_overhang);
    const double room = floor((WIDTH_MOST - 2 * MARGIN + grid->gap) / (double)grid->columns - grid->gap);
    grid->column = fmax(fmax(widest, side / 2), fmin(for_titles, fmin(room, widened * side)));
}

static void measure_titles(struct ln_canvas *canvas, struct grid *grid) {
    double w, h;
    for (size_t i = 0; i < grid->count; i++) {
        const struct ln_label title = {.text = grid->cells[i].title, .size = FONT, .lines = 2};
        ln_canvas_measure(canvas, &title, &w, &h);
        grid->title = fmax(grid->title, w / FONT);
    }
}

static double sheet_width(const struct grid *grid) {
    return 2 * MARGIN + (double)grid->columns * (grid->column + grid->gap) - grid->gap;
}

/* Finds the largest box for which the sheet fits its limits, allowing two lines for every title. */
static int choose_side(struct grid *grid, const char *path) {
    for (double side = SIDE; side >= SIDE_LEAST; side = floor(side * 0.9)) {
        set_side(grid, side);
        double height = (double)grid->rows * (side + 3 * grid->font + grid->gap);
        if (sheet_width(grid) <= WIDTH_MOST && height <= HEIGHT_MOST) return LINNET_OK;
    }
    return ln_fail(LINNET_ERR_LIMIT, "draw-grid-size",
                   "%s: %zu pictures in %zu columns do not fit into %d x %d pixels; draw fewer pictures or "
                   "change the number of columns",
                   path, grid->count, grid->columns, WIDTH_MOST, HEIGHT_MOST);
}

/* Measures the titles and pictures of each row; returns the height of the sheet. */
static double measure_rows(struct ln_canvas *canvas, struct grid *grid) {
    double w, h, y = MARGIN + grid->head;
    for (size_t i = 0; i < grid->count; i++) {
        struct row *row = &grid->row[i / grid->columns];
        struct ln_label title = title_of(grid, &grid->cells[i]);
        fit(&grid->cells[i], grid->side, &w, &h);
        row->picture = fmax(row->picture, h);
        if (!title.text || !*title.text) continue;
        ln_canvas_measure(canvas, &title, &w, &h);
        row->title = fmax(row->title, ceil(h) + 4);
    }
    for (size_t r = 0; r < grid->rows; r++) y += grid->row[r].title + grid->row[r].picture + grid->gap;
    return y - grid->gap + MARGIN;
}

static int draw_picture(struct ln_canvas *canvas, const struct grid *grid,
                        const struct linnet_grid_cell *cell, double x, double y) {
    double w, h;
    fit(cell, grid->side, &w, &h);
    x = round(x - w / 2); /* whole pixels, so that enlarged pictures stay sharp */
    if (is_missing(cell)) {
        ln_canvas_fill(canvas, x, y, w, h, LN_GROUND);
        ln_canvas_text(canvas, x + w / 2, y + h / 2,
                       &(struct ln_label){.text = "no picture",
                                          .size = grid->font - 2,
                                          .colour = LN_MUTED,
                                          .max_width = w,
                                          .across = 0.5,
                                          .down = 0.5});
    } else {
        struct ln_bitmap bitmap = {cell->pixels, cell->width, cell->height};
        LN_TRY(ln_canvas_picture(canvas, &bitmap, x, y, w, h, !is_small(cell) || w < cell->width));
    }
    /* The frame marks wrong predictions for readers who cannot tell red from green, and in grey print. */
    if (cell->colour == 2)
        ln_canvas_frame(canvas, x, y, w, h, LN_RED, grid->side >= 100 ? 3 : 2);
    else
        ln_canvas_frame(canvas, x, y, w, h, LN_RULE, 1);
    return LINNET_OK;
}

static int draw_cells(struct ln_canvas *canvas, const struct grid *grid) {
    double y = MARGIN + grid->head;
    for (size_t i = 0; i < grid->count; i++) {
        const struct linnet_grid_cell *cell = &grid->cells[i];
        const struct row *row = &grid->row[i / grid->columns];
        double x = MARGIN + (double)(i % grid->columns) * (grid->column + grid->gap) + grid->column / 2;
        struct ln_label title = title_of(grid, cell);
        ln_canvas_text(canvas, x, y + row->title - 4, &title);
        LN_TRY(draw_picture(canvas, grid, cell, x, y + row->title));
        if ((i + 1) % grid->columns == 0) y += row->title + row->picture + grid->gap;
    }
    return LINNET_OK;
}

static int draw_all(struct ln_canvas *canvas, struct grid *grid, const char *title) {
    double width = sheet_width(grid), w, h;
    struct ln_label head = {
        .text = title, .size = 22, .bold = true, .max_width = width - 2 * MARGIN, .lines = 2, .across = 0.5};
    if (title && *title) {
        ln_canvas_measure(canvas, &head, &w, &h);
        grid->head = ceil(h) + 12;
    }
    LN_TRY(ln_canvas_begin(canvas, width, measure_rows(canvas, grid), 1));
    ln_canvas_text(canvas, width / 2, MARGIN - 6, &head);
    return draw_cells(canvas, grid);
}

int ln_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count, int columns,
                 const char *title) {
    if (count == 0)
        return ln_fail(LINNET_ERR_USAGE, "draw-empty", "%s: a grid needs at least 1 picture, got 0", path);
    if (columns < 0)
        return ln_fail(LINNET_ERR_USAGE, "draw-columns", "%s: columns: must be 0 or more, got %d", path,
                       columns);
    struct grid grid = {.cells = cells, .count = count, .columns = columns ? (size_t)columns : COLUMNS};
    if (grid.columns > count) grid.columns = count;
    grid.rows = (count - 1) / grid.columns + 1;
    grid.row = ln_calloc(grid.rows, sizeof *grid.row);
    if (!grid.row) return LINNET_ERR_LIMIT;
    struct ln_canvas canvas;
    ln_canvas_init(&canvas);
    measure_titles(&canvas, &grid);
    int status = choose_side(&grid, path);
    if (!status) status = draw_all(&canvas, &grid, title);
    if (!status) status = ln_canvas_write(&canvas, path);
    ln_canvas_fini(&canvas);
    ln_free(grid.row);
    return status;
}
