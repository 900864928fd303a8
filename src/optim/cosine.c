/* Falls to zero along half a cosine: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts"
 * (2017), equation 5, one cycle without restarts.
 *
 *   rate = lr / 2 (1 + cos(pi (t - warmup) / (total - warmup)))
 */
#include "optim/schedule.h"

static double rate(const struct ln_schedule *s, double t) {
    const double span = s->total - s->warmup;
    return ln_schedule_anneal(s->lr, 0, span > 0 ? (t - s->warmup) / span : 1);
}

const struct ln_schedule_kind ln_schedule_kind_cosine = {
    .name = "cosine", .help = "falls to zero along a cosine", .rate = rate};
