/* Axes with round tick values. */
#include "draw/axis.h"

#include <math.h>
#include <stdio.h>

double ln_axis_step(double range, int most) {
    double rough = range / most;
    double power = pow(10, floor(log10(rough)));
    const double nice[] = {1, 2, 5};
    for (int i = 0; i < 3; i++)
        if (nice[i] * power >= rough * (1 - 1e-9)) return nice[i] * power;
    return 10 * power;
}

void ln_axis_fit(struct ln_axis *axis, double min, double max, int most) {
    if (max - min < 1e-6 * fmax(fabs(min), fabs(max)) || max <= min) {
        double half = fmax(fabs(max) * 0.1, 0.05);
        min -= half;
        max += half;
    }
    axis->step = ln_axis_step(max - min, most);
    /* The tolerance keeps a value that equals a tick except for rounding from adding another step. Extending
     * the range to ticks may give one step more than requested. */
    axis->low = floor(min / axis->step + 1e-9) * axis->step;
    axis->high = ceil(max / axis->step - 1e-9) * axis->step;
}

double ln_axis_place(const struct ln_axis *axis, double value) {
    return axis->from + (value - axis->low) / (axis->high - axis->low) * (axis->to - axis->from);
}

static double first_tick(const struct ln_axis *axis) {
    return ceil(axis->low / axis->step - 1e-9);
}

int ln_axis_ticks(const struct ln_axis *axis) {
    return (int)(floor(axis->high / axis->step + 1e-9) - first_tick(axis)) + 1;
}

double ln_axis_tick(const struct ln_axis *axis, int index) {
    return (first_tick(axis) + index) * axis->step;
}

const char *ln_axis_text(const struct ln_axis *axis, int index, char *out, size_t size) {
    double value = ln_axis_tick(axis, index);
    int decimals = (int)fmax(0, -floor(log10(axis->step) + 1e-9));
    if (fmax(fabs(axis->low), fabs(axis->high)) >= 1e7 || decimals > 6)
        snprintf(out, size, "%.3g", value);
    else
        snprintf(out, size, "%.*f", decimals, value + 0.0); /* + 0.0 turns "-0" into "0" */
    return out;
}
