/* Divides the rate by ten every step_size steps, as torch.optim's StepLR. */
#include "optim/schedule.h"

#include <math.h>

static double rate(const struct ln_schedule *s, double t) {
    return s->step_size > 0 ? s->lr * pow(0.1, floor(t / s->step_size)) : s->lr;
}

const struct ln_schedule_kind ln_schedule_kind_step = {
    .name = "step",
    .help = "falls to a tenth every --lr-step-size epochs",
    .takes_step_size = true,
    .rate = rate,
};
