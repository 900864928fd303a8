/* Learning rates over steps. */
#include "optim/optim.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* From a to b along half a cosine; done: 0..1. */
static double anneal(double a, double b, double done) {
    done = done < 0 ? 0 : done < 1 ? done : 1;
    return b + (a - b) * 0.5 * (1 + cos(pi * done));
}

static double cosine(const struct ln_schedule *s, double t) {
    double span = s->total - s->warmup;
    return anneal(s->lr, 0, span > 0 ? (t - s->warmup) / span : 1);
}

static double one_cycle(const struct ln_schedule *s, double t) {
    static const double rising = 0.3, begin = 1.0 / 25, end = 1e-4 / 25;
    double top = rising * s->total - 1, last = s->total - 1;
    if (t < top) return anneal(s->lr * begin, s->lr, t / top);
    return anneal(s->lr, s->lr * end, last > top ? (t - top) / (last - top) : 1);
}

double ln_schedule_lr(const struct ln_schedule *s, uint64_t step) {
    double t = (double)step;
    if (s->kind == LN_SCHEDULE_ONECYCLE) return one_cycle(s, t);
    if (t < s->warmup) return s->lr * (t + 1) / s->warmup;
    if (s->kind == LN_SCHEDULE_COSINE) return cosine(s, t);
    if (s->kind == LN_SCHEDULE_STEP && s->every > 0) return s->lr * pow(0.1, floor(t / s->every));
    return s->lr;
}

const char *const ln_schedule_names[LN_SCHEDULES] = {
    [LN_SCHEDULE_COSINE] = "cosine",   [LN_SCHEDULE_ONECYCLE] = "onecycle", [LN_SCHEDULE_STEP] = "step",
    [LN_SCHEDULE_PLATEAU] = "plateau", [LN_SCHEDULE_CONSTANT] = "constant",
};

bool ln_schedule_find(const char *name, enum ln_schedule_kind *kind) {
    for (int i = 0; i < LN_SCHEDULES; i++)
        if (strcmp(ln_schedule_names[i], name) == 0) {
            *kind = (enum ln_schedule_kind)i;
            return true;
        }
    return false;
}

void ln_plateau_see(struct ln_plateau *p, double loss) {
    bool lower = loss < p->best * (1 - 1e-4);
    if (lower) p->best = loss;
    p->bad = lower ? 0 : p->bad + 1;
    if (p->bad <= p->patience) return;
    p->factor *= 0.1;
    p->bad = 0;
}
