/* Schedules by name, and their common parts: the warm-up and the cosine. */
#include "optim/schedule.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define LN_SCHEDULE(name) extern const struct ln_schedule_kind ln_schedule_kind_##name;
#include "optim/schedule_list.h"
#undef LN_SCHEDULE

static const struct ln_schedule_kind *const kinds[] = {
#define LN_SCHEDULE(name) &ln_schedule_kind_##name,
#include "optim/schedule_list.h"
#undef LN_SCHEDULE
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *ln_schedule_name(int index) {
    return index >= 0 && index < KINDS ? kinds[index]->name : NULL;
}

const char *ln_schedule_help(int index) {
    return index >= 0 && index < KINDS ? kinds[index]->help : NULL;
}

const struct ln_schedule_kind *ln_schedule_find(const char *name) {
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i]->name, name) == 0) return kinds[i];
    return NULL;
}

double ln_schedule_lr(const struct ln_schedule *s, uint64_t step) {
    const double t = (double)step;
    if (!s->kind->has_warmup && t < s->warmup) return s->lr * (t + 1) / s->warmup;
    return s->kind->rate(s, t);
}

double ln_schedule_anneal(double a, double b, double done) {
    static const double pi = 3.14159265358979323846;
    done = done < 0 ? 0 : done < 1 ? done : 1;
    return b + (a - b) * 0.5 * (1 + cos(pi * done));
}
