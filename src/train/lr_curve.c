/* Interprets the curve of a range test. Losses of single batches are noisy, and an early spike must not be
 * taken for the steepest descent, so the curve is smoothed before its slope is taken: by a Gaussian over
 * neighbouring steps, which unlike a running mean does not shift the curve towards higher rates. */
#include "base/alloc.h"
#include "base/file.h"
#include "draw/draw.h"
#include "train/lr_find.h"

#include <math.h>
#include <stdio.h>

enum { REACH = 8 }; /* steps to either side */
static const double width =
    3.0; /* standard deviation in steps: a quarter of a decade with the default of 100 steps */

static double smooth_at(const struct linnet_lr_point *points, int count, int at) {
    double sum = 0, weights = 0;
    for (int i = at - REACH; i <= at + REACH; i++) {
        if (i < 0 || i >= count) continue;
        const double weight = exp(-0.5 * (i - at) * (i - at) / (width * width));
        sum += weight * points[i].loss;
        weights += weight;
    }
    return sum / weights;
}

/* The first tenth of the steps is left out: rates there are too small to matter, and the curve is only noise. */
static int find_steepest(const struct linnet_lr_point *points, int count, int lowest) {
    int best = -1;
    double steepest = 0;
    for (int i = count / 10 + 1; i < lowest; i++) {
        const double slope = points[i + 1].smooth - points[i - 1].smooth;
        if (slope >= steepest) continue;
        steepest = slope;
        best = i;
    }
    return best;
}

void ln_lr_curve_judge(struct linnet_lr_curve *c, struct linnet_lr_point *points) {
    int lowest = 0;
    c->suggestion = c->lowest_lr = c->lowest_loss = NAN;
    if (c->count == 0) return;
    for (int i = 0; i < c->count; i++) points[i].smooth = smooth_at(points, c->count, i);
    for (int i = 1; i < c->count; i++)
        if (points[i].smooth < points[lowest].smooth) lowest = i;
    c->lowest_lr = points[lowest].lr;
    c->lowest_loss = points[lowest].smooth;
    const int best = find_steepest(points, c->count, lowest);
    const double fall = points[0].smooth - c->lowest_loss;
    if (best >= 0 && fall >= LN_LR_LEAST_FALL * points[0].smooth) c->suggestion = points[best].lr;
}

/* ---- the picture ------------------------------------------------------------------------------------------- */

/* The picture needs arrays, the curve has structs: losses first, then the smoothed ones, in one block. */
int ln_lr_curve_draw(const struct linnet_lr_curve *c, const struct ln_model *model,
                     const struct ln_dataset *ds, const char *path) {
    char title[256];
    double *values = ln_calloc((size_t)c->count, 2 * sizeof *values);
    if (c->count && !values) return LINNET_ERR_LIMIT;
    struct ln_rates rates = {
        .title = title, .count = c->count, .losses = values, .smooth = values + c->count};
    for (int i = 0; i < c->count; i++) {
        values[i] = c->points[i].loss;
        values[c->count + i] = c->points[i].smooth;
        if (c->points[i].lr == c->suggestion) rates.suggested = i + 1;
    }
    /* The rates grow by a constant factor, so the picture needs only the first one and the factor. There are
     * at least two points: ln_lr_find fails with fewer. */
    rates.first = c->points[0].lr;
    rates.ratio = c->points[1].lr / c->points[0].lr;
    snprintf(title, sizeof title, "%s on %s, %s", model->arch, ln_file_name(ds->path), c->opt);
    int status = ln_draw_rates(path, &rates);
    ln_free(values);
    return status;
}
