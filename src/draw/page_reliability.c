/* The reliability diagram (DeGroot and Fienberg, "The comparison and evaluation of forecasters", 1983): a bar for
 * each bin of probabilities, as high as the share of its images that is right. Bars on the diagonal mean that the
 * probabilities can be trusted. The part between the share and the mean probability is red if the share is lower,
 * and pale if it is higher. Bars below show the number of images in each bin. */
#include "draw/page.h"

#include <math.h>
#include <stdio.h>

/* Units of the diagram: 3760 x 4150, a tenth of a pixel at its natural size. */
enum {
    WIDTH = 3760,
    HEIGHT = 4150,
    LEFT = 540,
    TOP = 80,
    SIDE = 3000,  /* of the square */
    COUNTS = 400, /* height of the largest count's bar */
    COUNTS_TOP = TOP + SIDE + 120,
    FEW = 10, /* images: below, the bar is pale */
};

static int place_x(double share) {
    return LEFT + (int)lround(share * SIDE);
}

static int place_y(double share) {
    return TOP + SIDE - (int)lround(share * SIDE);
}

static void add_rect(struct ln_text *page, const char *kind, int x, int y, int width, int height) {
    ln_text_addf(page, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", kind, x, y, width,
                 height);
}

static void add_label(struct ln_text *page, const char *anchor, int x, int y, const char *text) {
    ln_text_addf(page, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>", x, y, anchor, text);
}

static void add_axes(struct ln_text *page) {
    for (int i = 0; i <= 4; i++) {
        const int x = place_x(i / 4.0), y = place_y(i / 4.0);
        char text[8];
        snprintf(text, sizeof text, "%d", 25 * i);
        ln_text_addf(page, "<path class=\"rule\" d=\"M%d %dH%d\"/>", LEFT, y, LEFT + SIDE);
        add_label(page, "end", LEFT - 60, y + 40, text);
        add_label(page, "middle", x, HEIGHT - 260, text);
    }
    add_label(page, "end", LEFT - 60, COUNTS_TOP + COUNTS, "images");
    add_label(page, "middle", LEFT + SIDE / 2, HEIGHT - 60, "probability of the predicted class, %");
    ln_text_addf(page,
                 "<text transform=\"translate(110 %d) rotate(-90)\" text-anchor=\"middle\">right, %%</text>",
                 TOP + SIDE / 2);
}

static void add_bin(struct ln_text *page, const struct ln_page_bin *b, int i, int bins, int64_t most) {
    const double low = (double)i / bins, high = (double)(i + 1) / bins;
    const int x = place_x(low) + 12, width = place_x(high) - place_x(low) - 24;
    const int right = place_y(b->right), ideal = place_y(b->probability);
    const int lower = right > ideal ? right : ideal, upper = right > ideal ? ideal : right;
    char number[LN_PAGE_COUNT];
    const int count = (int)lround((double)COUNTS * (double)b->count / (double)most);
    ln_text_addf(page, "<g%s><title>", b->count < FEW ? " class=\"few\"" : "");
    ln_page_textf(page, "probability %.0f to %.0f %%: %s image%s, %.1f %% right, mean probability %.1f %%",
                  100 * low, 100 * high, ln_page_count(b->count, number), b->count == 1 ? "" : "s",
                  100 * b->right, 100 * b->probability);
    ln_text_add(page, "</title>");
    add_rect(page, "bar", x, lower, width, TOP + SIDE - lower);
    add_rect(page, right > ideal ? "gap lacks" : "gap", x, upper, width, lower - upper);
    add_rect(page, "count", x, COUNTS_TOP + COUNTS - count, width, count < 12 ? 12 : count);
    ln_text_add(page, "</g>\n");
}

void ln_page_reliability(struct ln_text *page, const struct ln_page_bin *bins, int count) {
    int64_t most = 1;
    for (int i = 0; i < count; i++)
        if (bins[i].count > most) most = bins[i].count;
    ln_text_addf(page,
                 "<svg class=\"reliability\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Reliability "
                 "diagram: share of right answers over the probability\">\n",
                 WIDTH, HEIGHT);
    add_axes(page);
    for (int i = 0; i < count; i++)
        if (bins[i].count > 0) add_bin(page, &bins[i], i, count, most);
    ln_text_addf(page, "<path class=\"ideal\" d=\"M%d %dL%d %d\"/>\n</svg>\n", LEFT, TOP + SIDE, LEFT + SIDE,
                 TOP);
}
