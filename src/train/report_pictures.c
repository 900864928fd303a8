/* Pictures of the report: the worst mistakes, each beside the map of the evidence for the predicted class, and a sample of the test
 * images. */
#include "base/alloc.h"
#include "base/log.h"
#include "draw/heat.h"
#include "image/colour.h"
#include "train/explain.h"
#include "train/report.h"
#include "train/sample.h"
#include "train/scored.h"

#include <limits.h>
#include <stdlib.h>

/* Sides in pixels: what a card shows on an ordinary screen; twice that would double the page. */
enum { MISTAKES = 12, MISTAKE_SIDE = 224, SAMPLES = 24, SAMPLE_SIDE = 136 };

struct pictures {
    struct ln_text *page;
    const struct ln_run_report *report;
    linnet_explainer *explainer; /* NULL: without maps */
};

static const char *class_name(const struct pictures *p, int label) {
    return p->report->model->class_names[label];
}

/* The image of a sample in RGB, which ln_image_fini frees. */
static int read_rgb(const struct ln_dataset *ds, uint32_t index, struct ln_image *rgb) {
    struct ln_sample sample;
    LN_TRY(ln_dataset_read(ds, index, &sample));
    int status = ln_image_convert(&sample.image, 3, rgb);
    ln_sample_fini(&sample);
    return status;
}

static int add_image(const struct pictures *p, const struct ln_image *rgb, int side, const char *alt) {
    return ln_page_picture(p->page,
                           &(struct ln_page_picture){rgb->pixels, rgb->width, rgb->height, side, alt});
}

/* ---- mistakes ------------------------------------------------------------------------------------------- */

/* Adds the overlay at the size in which it is shown; a small image is enlarged, so that the map stays smooth. *evident: some place
 * supports the class. */
static int add_map(const struct pictures *p, const struct ln_image *rgb, int target, bool *evident) {
    const int longer = rgb->width > rgb->height ? rgb->width : rgb->height;
    struct linnet_explanation e;
    struct ln_image map = {rgb->width * MISTAKE_SIDE / longer, rgb->height * MISTAKE_SIDE / longer, 3, NULL};
    if (map.width < 1) map.width = 1;
    if (map.height < 1) map.height = 1;
    LN_TRY(ln_explainer_map(p->explainer, rgb, target, &e));
    *evident = e.most > 0;
    map.pixels = ln_alloc((size_t)map.width * (size_t)map.height * 3);
    if (!map.pixels) return LINNET_ERR_LIMIT;
    int status = ln_heat_overlay(&e, map.width, map.height, map.pixels);
    if (status == LINNET_OK)
        status = add_image(p, &map, MISTAKE_SIDE,
                           *evident ? "evidence for the predicted class" : "no positive evidence");
    ln_image_fini(&map);
    return status;
}

static int add_mistake_pictures(const struct pictures *p, const struct ln_scored *item, bool *evident) {
    struct ln_image rgb = {0};
    LN_TRY(read_rgb(p->report->ds, item->index, &rgb));
    int status = add_image(p, &rgb, MISTAKE_SIDE, class_name(p, item->label));
    if (status == LINNET_OK && p->explainer) status = add_map(p, &rgb, item->predicted, evident);
    ln_image_fini(&rgb);
    return status;
}

static int add_mistake(const struct pictures *p, const struct ln_scored *item) {
    char name[PATH_MAX];
    bool evident = true;
    ln_text_addf(p->page, "<figure class=\"mistake\"><div class=\"views%s\">", p->explainer ? " two" : "");
    LN_TRY(add_mistake_pictures(p, item, &evident));
    ln_text_add(p->page, "</div><figcaption><span class=\"wrong\">");
    ln_page_text(p->page, class_name(p, item->predicted));
    ln_text_add(p->page, "</span> <span class=\"soft\">");
    ln_page_textf(p->page, "%.1f %%", 100 * item->probability);
    ln_text_add(p->page, "</span><br>is <span class=\"true\">");
    ln_page_text(p->page, class_name(p, item->label));
    ln_text_add(p->page, "</span>");
    if (!evident) ln_text_add(p->page, "<br>no positive evidence for the predicted class");
    ln_text_add(p->page, "<span class=\"file\">");
    ln_page_text(p->page, ln_dataset_sample_name(p->report->ds, item->index, name, sizeof name));
    ln_text_add(p->page, "</span></figcaption></figure>\n");
    return LINNET_OK;
}

/* The photos are shown without maps if no layer of the network has a map, or if there is too little memory for the plan. */
static void make_explainer(struct pictures *p) {
    const struct linnet_explain_opts opts = {.conv = p->report->opts->conv};
    const int status = ln_explainer_create_in(&p->explainer, p->report->model, p->report->plan, &opts);
    if (status != LINNET_OK && status != LINNET_ERR_USAGE)
        ln_log(LINNET_LOG_WARNING,
               "the map of evidence in report.html: %s; the run continues without it [%s]",
               ln_error_get()->translated, ln_error_get()->code);
    if (status != LINNET_OK) ln_error_clear();
}

static int add_mistakes(struct pictures *p, const struct ln_scored *items, size_t count) {
    char a[LN_PAGE_COUNT], b[LN_PAGE_COUNT];
    size_t wrong = 0;
    int status = LINNET_OK;
    while (wrong < count && !ln_scored_is_right(&items[wrong])) wrong++;
    ln_page_section(p->page, "card mistakes", "Worst mistakes");
    if (wrong > 0) make_explainer(p);
    ln_text_add(p->page, "<p class=\"lead\">");
    ln_page_count((int64_t)wrong, a);
    ln_page_count((int64_t)count, b);
    if (wrong == 0)
        ln_page_textf(p->page, "None of %s images is wrong.", b);
    else
        ln_page_textf(
            p->page,
            "%s of %s images are wrong. These have the largest losses. A confident mistake is often a wrong label: look at the true class first.",
            a, b);
    ln_text_add(p->page, "</p>\n");
    if (p->explainer)
        ln_text_add(
            p->page,
            "<p class=\"legend\">The second picture shows which parts support the predicted class: "
            "<span class=\"none\">none</span><i class=\"ramp\"></i><span>most.</span> <span>The network did not see the dark edges.</span></p>\n");
    ln_text_add(p->page, "<div class=\"gallery\">\n");
    for (size_t i = 0; i < wrong && i < MISTAKES && status == LINNET_OK; i++)
        status = add_mistake(p, &items[i]);
    ln_text_add(p->page, "</div>\n</section>\n");
    ln_explainer_destroy(p->explainer);
    return status;
}

/* ---- the sample ----------------------------------------------------------------------------------------- */

static int add_thumbnail(const struct pictures *p, const struct ln_scored *item) {
    const bool right = ln_scored_is_right(item);
    struct ln_image rgb = {0};
    ln_text_addf(p->page, "<figure%s>", right ? "" : " class=\"missed\"");
    LN_TRY(read_rgb(p->report->ds, item->index, &rgb));
    int status = add_image(p, &rgb, SAMPLE_SIDE, class_name(p, item->label));
    ln_image_fini(&rgb);
    ln_text_addf(p->page, "<figcaption><span class=\"%s\">", right ? "right" : "wrong");
    ln_page_text(p->page, class_name(p, item->predicted));
    ln_text_add(p->page, "</span> <span class=\"soft\">");
    ln_page_textf(p->page, "%.0f %%", 100 * item->probability);
    ln_text_add(p->page, "</span>");
    if (!right) {
        ln_text_add(p->page, "<br>is <span class=\"true\">");
        ln_page_text(p->page, class_name(p, item->label));
        ln_text_add(p->page, "</span>");
    }
    ln_text_add(p->page, "</figcaption></figure>\n");
    return status;
}

static int add_sample(const struct pictures *p, const struct ln_scored *items) {
    const struct ln_scores *s = p->report->scores;
    size_t picked[SAMPLES], count;
    int status = ln_sample_classes(s->labels, s->indices, s->count, SAMPLES, picked, &count);
    ln_page_section(p->page, "card", "Test images at random");
    ln_text_add(
        p->page,
        "<p class=\"lead\">As many of each class as possible, with the predicted class and its probability.</p>\n"
        "<div class=\"thumbs\">\n");
    for (size_t i = 0; i < count && status == LINNET_OK; i++) status = add_thumbnail(p, &items[picked[i]]);
    ln_text_add(p->page, "</div>\n</section>\n");
    return status;
}

int ln_report_pictures(struct ln_text *page, const struct ln_run_report *r) {
    struct pictures p = {.page = page, .report = r};
    struct ln_scored *items = NULL, *ranked = NULL;
    const size_t count = r->scores->count;
    int status = ln_scored_list(r->model, r->scores, &items);
    if (status == LINNET_OK) status = ln_scored_list(r->model, r->scores, &ranked);
    if (status == LINNET_OK) {
        qsort(ranked, count, sizeof *ranked, ln_scored_mistakes_first);
        status = add_mistakes(&p, ranked, count);
    }
    if (status == LINNET_OK) status = add_sample(&p, items);
    ln_free(items);
    ln_free(ranked);
    return status;
}
