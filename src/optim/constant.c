/* The same rate in every step after the warm-up. */
#include "optim/schedule.h"

static double rate(const struct ln_schedule *s, double t) {
    return s->lr;
}

const struct ln_schedule_kind ln_schedule_kind_constant = {
    .name = "constant", .help = "does not change", .rate = rate};
