/* Where a run is in its schedule, and how long it will still take.
 *
 * The position goes from 0 to 1. Without a time limit every step moves it by 1 / (epochs x steps per epoch).
 * With one, a step moves it by its share of the steps that still fit into the time left, as measured so far.
 * On a machine that slows down, a run has fewer steps, and the learning rate still reaches the end of its schedule.
 *
 *     ln_pace_init(&pace, &(struct ln_pace_opts){.steps = steps, .epochs = 30, .end = clock + 1800, ...});
 *     for each step:
 *         lr = ln_schedule_lr(&schedule, ln_pace_step_number(&pace));
 *         ...
 *         ln_pace_step(&pace, ln_clock_now());
 */
#ifndef LN_TRAIN_PACE_H
#define LN_TRAIN_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { LN_PACE_STAGES = 4 };

/* cost: of each step from position `begin` on, relative to the steps of other stages. */
struct ln_pace_stage {
    double begin, cost;
};

struct ln_pace_opts {
    int steps;  /* in an epoch */
    int epochs; /* planned */
    /* By the clock (base/clock.h): when the last step and the evaluation after it must be done; 0: no
     * limit. */
    double end;
    bool longer; /* with a limit: more epochs than planned if there is time for them */
    struct ln_pace_stage stages[LN_PACE_STAGES];
    int stage_count;
    double watch_cost; /* of evaluating the validation part, in steps of cost 1; until it is timed */
    int watch_every;   /* epochs from one evaluation to the next; 0: 1 */
};

struct ln_pace {
    struct ln_pace_opts opts;
    double position; /* 0..1 */
    double last;     /* clock at the last step's end; 0: the next step is not timed */
    double unit_s;   /* seconds of a step of cost 1; 0: no step was timed yet */
    int timed;       /* steps in the mean unit_s, up to a limit */
    double watch_s;  /* seconds of the last evaluation of the validation part; 0: none was timed yet */
};

void ln_pace_init(struct ln_pace *pace, const struct ln_pace_opts *opts);
/* A step is done at `now`. */
void ln_pace_step(struct ln_pace *pace, double now);
/* The next step is not timed: the time since the last one went to validation, or to the first step of another size. */
void ln_pace_pause(struct ln_pace *pace);
/* Records how long an evaluation of the validation part took. */
void ln_pace_watched(struct ln_pace *pace, double seconds);
double ln_pace_watch_s(const struct ln_pace *pace); /* seconds that the next evaluation will take */

bool ln_pace_done(const struct ln_pace *pace);
int ln_pace_epochs_left(const struct ln_pace *pace); /* with the current one */
/* The number of the next step in a schedule of epochs x steps. */
uint64_t ln_pace_step_number(const struct ln_pace *pace);
/* Seconds until the last step is done, validation included; nan while nothing was measured. */
double ln_pace_eta(const struct ln_pace *pace);

#endif
