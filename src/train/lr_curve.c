/* What the curve of a range test says. Losses of single batches are noisy and an early spike must not be
 * taken for the steepest descent, so that the curve is smoothed before its slope is taken: a Gaussian over
 * neighbouring steps, which unlike a running mean does not shift the curve towards higher rates. */
#include "train/lr_find.h"

#include <math.h>

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
