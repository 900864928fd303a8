/* One cycle: Smith, Topin, "Super-convergence: very fast training of neural networks using large learning rates"
 * (2018), as torch.optim's OneCycleLR with a constant momentum: rises from lr / 25 to lr in three tenths of the steps,
 * then falls to lr / 250,000, both along a cosine.
 */
#include "optim/schedule.h"

static const double rising = 0.3, begin = 1.0 / 25, end = 1e-4 / 25;

static double rate(const struct ln_schedule *s, double t) {
    const double top = rising * s->total - 1, last = s->total - 1;
    if (t < top) return ln_schedule_anneal(s->lr * begin, s->lr, t / top);
    return ln_schedule_anneal(s->lr, s->lr * end, last > top ? (t - top) / (last - top) : 1);
}

const struct ln_schedule_kind ln_schedule_kind_onecycle = {
    .name = "onecycle",
    .help =
        "rises from a 25th of the rate in three tenths of the steps, then falls (PyTorch's OneCycleLR with a "
        "constant momentum)",
    .has_warmup = true,
    .rate = rate,
};
