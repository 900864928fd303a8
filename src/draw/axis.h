/* An axis: a range of values, its ticks at 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph
 * labels", Graphics Gems, 1990), and where a value lies on it.
 */
#ifndef LN_DRAW_AXIS_H
#define LN_DRAW_AXIS_H

#include <stddef.h>

struct ln_axis {
    double low, high; /* values at the ends */
    double step;      /* ticks at the multiples of it from low to high */
    double from, to;  /* places of low and high on the sheet */
};

/* The least of ... 0.1, 0.2, 0.5, 1, 2, 5, 10 ... that divides `range` > 0 into at most `most` steps. */
double ln_axis_step(double range, int most);

/* Ends on ticks around min .. max, at most `most` steps apart. A range of nothing is widened. */
void ln_axis_fit(struct ln_axis *axis, double min, double max, int most);

double ln_axis_place(const struct ln_axis *axis, double value);

/* Tick 0, 1, 2 ...: the first multiple of the step at or above low, the next ... */
int ln_axis_ticks(const struct ln_axis *axis);
double ln_axis_tick(const struct ln_axis *axis, int index);
/* Its number with the decimals that the step needs. Returns out. */
const char *ln_axis_text(const struct ln_axis *axis, int index, char *out, size_t size);

#endif
