/* An axis: a range of values with ticks at 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph
 * labels", Graphics Gems, 1990), and the conversion from values to positions. */
#ifndef LN_DRAW_AXIS_H
#define LN_DRAW_AXIS_H

#include <stddef.h>

struct ln_axis {
    double low, high; /* values at the ends */
    double step;      /* ticks are at the multiples of step from low to high */
    double from, to;  /* positions of low and high on the sheet */
};

/* The smallest of ... 0.1, 0.2, 0.5, 1, 2, 5, 10 ... that divides `range` > 0 into at most `most` steps. */
double ln_axis_step(double range, int most);

/* Chooses ends on ticks around min .. max, at most `most` steps apart. An empty range is widened. */
void ln_axis_fit(struct ln_axis *axis, double min, double max, int most);

double ln_axis_place(const struct ln_axis *axis, double value);

/* The number of ticks, and the value of tick 0, 1, 2 ...; tick 0 is the first multiple of the step at or
 * above low. */
int ln_axis_ticks(const struct ln_axis *axis);
double ln_axis_tick(const struct ln_axis *axis, int index);
/* The tick's value as text, with the decimals that the step needs. Returns out. */
const char *ln_axis_text(const struct ln_axis *axis, int index, char *out, size_t size);

#endif
