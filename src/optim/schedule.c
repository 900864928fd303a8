/* Learning rates over steps. */
#include "optim/optim.h"

#include <math.h>
#include <string.h>

double ln_schedule_lr(const struct ln_schedule *s, uint64_t step) {
    double t = (double)step;
    if (t < s->warmup) return s->lr * (t + 1) / s->warmup;
    switch (s->kind) {
    case LN_SCHEDULE_COSINE: {
        double span = s->total - s->warmup, done = span > 0 ? (t - s->warmup) / span : 1;
        return s->lr * 0.5 * (1 + cos(3.14159265358979323846 * (done < 1 ? done : 1)));
    }
    case LN_SCHEDULE_STEP: return s->every > 0 ? s->lr * pow(0.1, floor(t / s->every)) : s->lr;
    case LN_SCHEDULE_CONSTANT: return s->lr;
    }
    return s->lr;
}

bool ln_schedule_find(const char *name, enum ln_schedule_kind *kind) {
    static const char *const names[] = {"cosine", "step", "constant"};
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], name) == 0) {
            *kind = (enum ln_schedule_kind)i;
            return true;
        }
    return false;
}
