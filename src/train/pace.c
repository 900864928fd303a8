/* Position and time of a run, from measured steps. A step's time is divided by the cost of its stage (pixels,
 * frozen layers), so that steps on small images predict those on large ones:
 *
 *     seconds left = unit_s * mean cost of the steps left * their number + evaluations of the validation part
 */
#include "train/pace.h"

#include <math.h>

/* A step's time is the mean over about this many steps: enough that one slow step changes little, and few enough to notice
 * that another program began to use the processor. */
enum { MEMORY = 40 };

static const double almost_one = 1 - 1e-9; /* steps of 1 / n add up to a little less or more than 1 */

void ln_pace_init(struct ln_pace *p, const struct ln_pace_opts *opts) {
    *p = (struct ln_pace){.opts = *opts};
}

static const struct ln_pace_stage *stage_at(const struct ln_pace *p) {
    int stage = p->opts.stage_count - 1;
    while (stage > 0 && p->opts.stages[stage].begin > p->position) stage--;
    return &p->opts.stages[stage];
}

/* The mean cost of a step from the position to the end. */
static double mean_cost_left(const struct ln_pace *p) {
    double cost = 0, left = 1 - p->position;
    for (int i = 0; i < p->opts.stage_count; i++) {
        const double begin = fmax(p->opts.stages[i].begin, p->position);
        const double end = i + 1 < p->opts.stage_count ? p->opts.stages[i + 1].begin : 1;
        if (end > begin) cost += (end - begin) * p->opts.stages[i].cost;
    }
    return left > 0 ? cost / left : 0;
}

static double planned_steps(const struct ln_pace *p) {
    return (double)p->opts.steps * p->opts.epochs;
}

double ln_pace_watch_s(const struct ln_pace *p) {
    return p->watch_s > 0 ? p->watch_s : p->opts.watch_cost * p->unit_s;
}

/* Mean seconds of the steps left, each with its share of the evaluations of the validation part. */
static double step_seconds(const struct ln_pace *p) {
    const int every = p->opts.watch_every > 0 ? p->opts.watch_every : 1;
    return p->unit_s * mean_cost_left(p) + ln_pace_watch_s(p) / p->opts.steps / every;
}

static double steps_left(const struct ln_pace *p, double now) {
    const double planned = (1 - p->position) * planned_steps(p);
    if (p->opts.end <= 0 || p->unit_s <= 0) return planned;
    const double fit = fmax((p->opts.end - ln_pace_watch_s(p) - now) / step_seconds(p), 1);
    return p->opts.longer || fit < planned ? fit : planned;
}

void ln_pace_step(struct ln_pace *p, double now) {
    if (p->last > 0) {
        const double unit = (now - p->last) / stage_at(p)->cost;
        if (p->timed < MEMORY) p->timed++;
        p->unit_s += (unit - p->unit_s) / p->timed;
    }
    p->last = now;
    /* Without a limit this is 1 / all steps, whatever the position. With one, a step that took long leaves
     * fewer steps for the remaining time, so each of them moves the position further. */
    p->position += (1 - p->position) / fmax(steps_left(p, now), 1);
}

void ln_pace_pause(struct ln_pace *p) {
    p->last = 0;
}

void ln_pace_watched(struct ln_pace *p, double seconds) {
    p->watch_s = seconds;
    ln_pace_pause(p);
}

bool ln_pace_done(const struct ln_pace *p) {
    return p->position >= almost_one;
}

uint64_t ln_pace_step_number(const struct ln_pace *p) {
    return (uint64_t)(p->position * planned_steps(p) + 1e-6);
}

int ln_pace_epochs_left(const struct ln_pace *p) {
    return (int)ceil(steps_left(p, p->last) / p->opts.steps - 1e-6);
}

double ln_pace_eta(const struct ln_pace *p) {
    if (p->unit_s <= 0) return NAN;
    return steps_left(p, p->last) * step_seconds(p) + ln_pace_watch_s(p);
}
