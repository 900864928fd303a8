/* What passes between a run and the program: events, and requests to stop, which also end the wait for space on a full disk. */
#include "base/clock.h"
#include "base/log.h"
#include "train/choices.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

void ln_trainer_tell(const struct ln_trainer *t, struct linnet_event event) {
    if (event.epoch == 0)
        event.epoch = t->progress.epoch < t->epochs_most ? t->progress.epoch : t->epochs_most;
    event.epochs = t->opts.time_s > 0 ? t->progress.epoch - 1 + ln_pace_epochs_left(&t->pace) : t->epochs;
    event.eta_s = ln_pace_eta(&t->pace);
    event.time_s = ln_clock_now() - t->start;
    ln_live_event(t->live, &event);
    if (t->opts.on_event) t->opts.on_event(t->opts.user, &event);
}

bool ln_trainer_stopped(const struct ln_trainer *t) {
    return t->opts.stop && *t->opts.stop;
}

/* ---- a full disk --------------------------------------------------------------------------------------- */

/* Sleeps in short intervals, so that Ctrl-C ends the wait at once. Returns false if the program asks to stop. */
static bool pause_for(const struct ln_trainer *t, double seconds) {
    const double end = ln_clock_now() + seconds;
    while (!ln_trainer_stopped(t) && ln_clock_now() < end) ln_clock_sleep(0.05);
    return !ln_trainer_stopped(t);
}

static bool waits_for_space(const struct ln_trainer *t) {
    return ln_on_disk_full_waits(t->opts.on_disk_full) && strcmp(ln_error_get()->code, "file-full") == 0;
}

/* Hours of work should not be lost because another program filled the disk: a person can free space. The
 * pause doubles, because a disk that is full for a minute is usually full for an hour; a warning is given
 * once. */
int ln_trainer_save_when_possible(struct ln_trainer *t, int (*save)(struct ln_trainer *t, const char *path),
                                  const char *path) {
    enum { PAUSE_MOST_S = 30 };
    int status = save(t, path);
    const struct ln_error full = *ln_error_get();
    if (status == LINNET_OK || !waits_for_space(t) || ln_trainer_stopped(t)) return status;
    ln_log(LINNET_LOG_WARNING, "%s; waiting for free space, Ctrl-C ends the run [disk-full]",
           full.translated);
    for (double pause = 1; pause_for(t, pause); pause = fmin(2 * pause, PAUSE_MOST_S)) {
        ln_error_clear();
        status = save(t, path);
        if (status == LINNET_OK || !waits_for_space(t)) return status;
    }
    ln_error_clear();
    return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted at step %u", t->progress.steps);
}
