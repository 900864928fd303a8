/* The confusion matrix of a page. Few classes: a table of counts. Many: a picture with one pixel per cell, which the
 * browser enlarges. Right answers are blue, mistakes red, both stronger with their share of the row; mistakes by the
 * square root of the share, so that small ones stay visible. */
#include "base/alloc.h"
#include "draw/page.h"

#include <inttypes.h>
#include <math.h>

/* DEEP: per cent from which white text is easier to read. */
enum { CELLS_MOST = 250, UPRIGHT_MOST = 3, DEEP = 74 };

static int64_t total_of(const struct ln_confusion *c, int row) {
    int64_t total = 0;
    for (int i = 0; i < c->classes; i++) total += c->counts[(size_t)row * (size_t)c->classes + (size_t)i];
    return total;
}

/* How strong the colour of a cell is, 0 to 1. */
static double strength(const struct ln_confusion *c, int row, int column, int64_t total) {
    const int64_t count = c->counts[(size_t)row * (size_t)c->classes + (size_t)column];
    const double share = total > 0 ? (double)count / (double)total : 0;
    return row == column ? share : sqrt(share);
}

/* ---- the table ------------------------------------------------------------------------------------------ */

static void add_row(struct ln_text *page, const struct ln_confusion *c, int row) {
    const int64_t total = total_of(c, row);
    ln_text_add(page, "<tr><th scope=\"row\"><span>");
    ln_page_text(page, c->names[row]);
    ln_text_add(page, "</span></th>");
    for (int column = 0; column < c->classes; column++) {
        const int64_t count = c->counts[row * c->classes + column];
        const long percent = lround(100 * strength(c, row, column, total));
        ln_text_addf(page, "<td class=\"%s%s%s\" style=\"--s:%ld\">%" PRId64 "</td>",
                     row == column ? "hit" : "miss", percent > DEEP ? " deep" : "", count ? "" : " none",
                     percent, count);
    }
    ln_text_add(page, "</tr>\n");
}

static void add_table(struct ln_text *page, const struct ln_confusion *c) {
    ln_text_addf(page,
                 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion matrix\">"
                 "<table class=\"matrix%s\">\n<thead><tr><td class=\"corner\"></td>"
                 "<th colspan=\"%d\" scope=\"colgroup\" class=\"axis\">predicted</th></tr>\n"
                 "<tr><th class=\"corner axis\">true</th>",
                 c->classes > UPRIGHT_MOST ? " slim" : "", c->classes);
    for (int i = 0; i < c->classes; i++) {
        ln_text_add(page, "<th scope=\"col\"><span>");
        ln_page_text(page, c->names[i]);
        ln_text_add(page, "</span></th>");
    }
    ln_text_add(page, "</tr></thead>\n<tbody>\n");
    for (int row = 0; row < c->classes; row++) add_row(page, c, row);
    ln_text_add(page, "</tbody></table></div>\n");
}

/* ---- the picture ---------------------------------------------------------------------------------------- */

/* Premultiplied, as Cairo expects. The colours are readable on white and on black. */
static uint32_t colour(bool right, double alpha) {
    static const double blue[3] = {47, 122, 200}, red[3] = {214, 76, 66};
    const double *rgb = right ? blue : red;
    uint32_t out = (uint32_t)lround(255 * alpha) << 24;
    for (int i = 0; i < 3; i++) out |= (uint32_t)lround(rgb[i] * alpha) << (16 - 8 * i);
    return out;
}

/* With more classes than pixels, a pixel shows the strongest cell of its block. */
static int fill(const struct ln_confusion *c, int cells, uint32_t *pixels) {
    float *most = ln_calloc((size_t)cells * (size_t)cells, sizeof *most);
    if (!most) return LINNET_ERR_LIMIT;
    for (int row = 0; row < c->classes; row++) {
        const int64_t total = total_of(c, row);
        const int y = (int)((int64_t)row * cells / c->classes);
        for (int column = 0; column < c->classes; column++) {
            const int x = (int)((int64_t)column * cells / c->classes);
            const size_t at = (size_t)y * (size_t)cells + (size_t)x;
            const float s = (float)strength(c, row, column, total);
            if (s <= most[at]) continue;
            most[at] = s;
            pixels[at] = colour(row == column, (double)s);
        }
    }
    ln_free(most);
    return LINNET_OK;
}

static int add_picture(struct ln_text *page, const struct ln_confusion *c) {
    const int cells = c->classes < CELLS_MOST ? c->classes : CELLS_MOST;
    uint32_t *pixels = ln_calloc((size_t)cells * (size_t)cells, sizeof *pixels);
    if (!pixels) return LINNET_ERR_LIMIT;
    ln_text_addf(page,
                 "<figure class=\"field\"><div class=\"axis\">predicted, class 1 to %d</div>"
                 "<div class=\"axis down\">true</div><img alt=\"Confusion matrix of %d classes\" src=\"",
                 c->classes, c->classes);
    int status = fill(c, cells, pixels);
    if (status == LINNET_OK) status = ln_page_png(page, pixels, cells, cells);
    ln_text_add(page, "\"></figure>\n");
    ln_free(pixels);
    return status;
}

int ln_page_matrix(struct ln_text *page, const struct ln_confusion *c) {
    if (c->classes > LN_PAGE_MATRIX_NAMED) return add_picture(page, c);
    add_table(page, c);
    return LINNET_OK;
}
