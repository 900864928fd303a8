/* Detects a run that does no better than chance. With too high a rate, or a start that is too flat, the accuracy stays at that of
 * always answering with the largest class. A run that stays there for its first epochs hardly ever improves later.
 */
#ifndef LN_TRAIN_CHANCE_H
#define LN_TRAIN_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* The epoch after which to check: the third, or the one at a twentieth of a long run. 0: the run is too short for a verdict. */
int ln_chance_epoch(int epochs);

/* True if this accuracy on `count` images is at most three standard errors above the largest class's share. */
bool ln_chance_acc(double acc, double largest, int64_t count);

struct ln_dataset;
struct ln_net;
struct ln_epoch;

struct ln_chance_run {
    int epoch, epochs; /* the epoch that has ended; the number planned */
    double lr;         /* --lr; the schedule's rate of an epoch is lower */
};

/* Warns once, after ln_chance_epoch, if neither the training nor the watched accuracy is above chance: hours may be
 * left to run. */
void ln_chance_warn(const struct ln_dataset *ds, const struct ln_net *net, const struct ln_epoch *row,
                    const struct ln_chance_run *run);

#endif
