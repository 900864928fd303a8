/* Writes a self-contained HTML page: its pictures are embedded, its diagrams are SVG, and it loads nothing. It is built piece by
 * piece, from ln_page_begin to ln_page_end, with markup by ln_text_add and everything else by the functions here:
 *
 *     struct ln_text page = {0};
 *     ln_page_begin(&page, "lenet on fashion-mnist");
 *     ln_text_add(&page, "<p class=says>");
 *     ln_page_text(&page, class_name);
 *     ln_page_textf(&page, " is right in %.2f %% of the images", 91.3);
 *     ln_text_add(&page, "</p>");
 *     ln_page_end(&page);
 *     return ln_text_write(&page, "runs/train", "report.html");
 *
 * Text may hold any bytes: all of it is escaped, so none is interpreted as markup. Styles are those of tokens.css, which the page
 * of linnet serve shares, and report.css. Numbers in markup are integers: a decimal point would depend on the locale.
 */
#ifndef LN_DRAW_PAGE_H
#define LN_DRAW_PAGE_H

#include "base/text.h"
#include "draw/draw.h"

/* Up to the title's heading, inside of <main>. */
void ln_page_begin(struct ln_text *page, const char *title);
void ln_page_end(struct ln_text *page);
/* Begins a part with a heading; </section> ends it. */
void ln_page_section(struct ln_text *page, const char *kind, const char *heading);

void ln_page_text(struct ln_text *page, const char *s);
void ln_page_textf(struct ln_text *page, const char *fmt, ...) LN_PRINTF(2, 3);
/* "10,000". Returns out. */
enum { LN_PAGE_COUNT = 32 };
const char *ln_page_count(int64_t n, char out[LN_PAGE_COUNT]);

/* ---- diagrams ------------------------------------------------------------------------------------------- */

/* page_matrix.c: the confusion matrix, as a table of counts for up to LN_PAGE_MATRIX_NAMED classes, as a picture without names
 * for more. LINNET_ERR_LIMIT. */
enum { LN_PAGE_MATRIX_NAMED = 12 };
LN_MUST_CHECK int ln_page_matrix(struct ln_text *page, const struct ln_confusion *confusion);

/* page_reliability.c: the share of right answers over the probability, in bins of equal width from 0 to 1. */
struct ln_page_bin {
    int64_t count;
    double right, probability; /* of its images: the share that is right, the mean probability */
};
void ln_page_reliability(struct ln_text *page, const struct ln_page_bin *bins, int count);

/* page_curves.c: loss and accuracy over epochs, two panels. */
void ln_page_curves(struct ln_text *page, const struct ln_curves *curves);

/* ---- pictures ------------------------------------------------------------------------------------------- */

/* page_picture.c: an <img>. Pictures of up to 64 pixels stay as they are and are shown with sharp pixels; larger ones are reduced
 * to `side` pixels on the longer side, as JPEG. pixels: RGB [height][width][3]. LINNET_ERR_LIMIT. */
struct ln_page_picture {
    const unsigned char *pixels;
    int width, height;
    int side;
    const char *alt; /* any text */
};
LN_MUST_CHECK int ln_page_picture(struct ln_text *page, const struct ln_page_picture *picture);
/* For page_matrix.c: appends "data:image/png;base64,..." of premultiplied ARGB pixels [height][width]. */
LN_MUST_CHECK int ln_page_png(struct ln_text *page, uint32_t *pixels, int width, int height);

#endif
