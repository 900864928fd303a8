/* Divides the rate by ten when the loss has stopped falling, as torch.optim's ReduceLROnPlateau: if for more than
 * `patience` epochs the loss was not lower than the best by at least one part in 10,000.
 */
#include "optim/schedule.h"

static double rate(const struct ln_schedule *s, double t) {
    return s->lr;
}

static void watch(struct ln_schedule_watch *w, double loss, int patience) {
    const bool lower = loss < w->best * (1 - 1e-4);
    if (lower) w->best = loss;
    w->bad = lower ? 0 : w->bad + 1;
    if (w->bad <= patience) return;
    w->factor *= 0.1;
    w->bad = 0;
}

const struct ln_schedule_kind ln_schedule_kind_plateau = {
    .name = "plateau",
    .help =
        "falls to a tenth when the loss of the validation part has stopped falling; without a validation part, "
        "the loss of the watched part or of training (PyTorch's ReduceLROnPlateau)",
    .takes_step_size = true,
    .rate = rate,
    .watch = watch,
};
