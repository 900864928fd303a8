/* Learning-rate schedules: the rate of each step. A schedule is one file and one line in schedule_list.h.
 *
 *     struct ln_schedule s = {ln_schedule_find("cosine"), .lr = 0.1, .warmup = 100, .total = 1000};
 *     for (uint64_t step = 0; step < 1000; step++) train(ln_schedule_lr(&s, step));
 */
#ifndef LN_OPTIM_SCHEDULE_H
#define LN_OPTIM_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* One run's schedule. Times are counted in steps. */
struct ln_schedule {
    const struct ln_schedule_kind *kind;
    double lr;        /* the highest rate */
    double warmup;    /* steps of the linear rise from lr / warmup to lr */
    double total;     /* steps of the run */
    double step_size; /* for kinds with takes_step_size */
};

/* The state of a schedule that depends on the loss. Starts as {.factor = 1, .best = INFINITY}. */
struct ln_schedule_watch {
    double factor; /* the rate is multiplied by this */
    double best;   /* lowest loss so far */
    int bad;       /* epochs since the lowest loss, or since the factor last changed */
};

struct ln_schedule_kind {
    const char *name, *help;
    bool has_warmup;      /* begins with a rise of its own, so no warm-up is added */
    bool takes_step_size; /* uses step_size, or `patience` below */
    /* The rate of a step, counted from 0. Not called for the steps of the warm-up. */
    double (*rate)(const struct ln_schedule *schedule, double step);
    /* Called with each epoch's loss; `patience` in epochs. NULL: the schedule does not depend on the loss. */
    void (*watch)(struct ln_schedule_watch *watch, double loss, int patience);
};

const struct ln_schedule_kind *ln_schedule_find(const char *name); /* NULL if unknown */
const char *ln_schedule_name(int index);                           /* NULL past the end */
const char *ln_schedule_help(int index);                           /* NULL past the end */

/* The rate of step 0, 1, 2 ..., without the factor of ln_schedule_watch. */
double ln_schedule_lr(const struct ln_schedule *schedule, uint64_t step);

/* The value between a and b along half a cosine; `done`, from 0 to 1, is clamped. */
double ln_schedule_anneal(double a, double b, double done);

#endif
