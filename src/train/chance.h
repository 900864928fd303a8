/* Has training left chance? A rate that is too high or a start that is too flat keeps the accuracy at that of always
 * saying the largest class; a run that stays there for its first epochs hardly ever leaves later.
 */
#ifndef LN_TRAIN_CHANCE_H
#define LN_TRAIN_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* The epoch after which to look: the third, or a twentieth of many. 0: the run is too short for a verdict. */
int ln_chance_epoch(int epochs);

/* Is this accuracy on count images within three standard errors of the largest class's share, or below? */
bool ln_chance_acc(double acc, double largest, int64_t count);

struct ln_dataset;
struct ln_net;
struct ln_epoch;

struct ln_chance_run {
    int epoch, epochs; /* which one has ended, and how many are planned */
    double lr;         /* --lr; the schedule's rate of an epoch is lower */
};

/* Warns once, after ln_chance_epoch, if neither the training nor the watched accuracy has left chance: hours may be
 * ahead. */
void ln_chance_warn(const struct ln_dataset *ds, const struct ln_net *net, const struct ln_epoch *row,
                    const struct ln_chance_run *run);

#endif
