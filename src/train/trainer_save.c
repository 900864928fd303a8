/* Saves of a run: the checkpoint, in two generations, and the kept weights. A full disk is waited for.
 * Reports that cannot be written do not stop a run. Whatever stops one, the progress is saved first.
 *
 *     failure                              what happens to the run
 *     disk full                            it waits, up to 30 s between attempts, or ends (--on-disk-full)
 *     last.safetensors cannot be written   it ends; the checkpoint before it is untouched
 *     a picture or results.csv fails       a warning, once for each kind; the run continues
 *     loss not finite three times          it ends without a save
 *     any other failure, Ctrl-C            the progress is saved; the message says how to continue
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "train/choices.h"
#include "train/generation.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- files --------------------------------------------------------------------------------------------- */

static int write_best(struct ln_trainer *t, const char *path) {
    return ln_model_save(t->model, NULL, path);
}

static int write_checkpoint(const struct ln_trainer *t, const char *path,
                            const struct ln_file_replaced *replaced) {
    const struct ln_checkpoint checkpoint = ln_trainer_checkpoint(t);
    struct ln_progress now = t->progress;
    char *json;
    now.updates = *ln_optim_steps(t->stepper.optim);
    now.position = t->opts.time_s > 0 ? t->pace.position : 0;
    LN_TRY(ln_progress_print(&now, &t->progress_of, &json));
    int status = ln_checkpoint_save(&checkpoint, json, path, replaced);
    ln_free(json);
    return status;
}

/* A failure names the checkpoint that is left. */
static int write_last(struct ln_trainer *t, const char *path) {
    char note[80] = "there is no checkpoint yet";
    char *previous = ln_file_join(t->opts.dir, LN_GENERATION_PREVIOUS);
    if (!previous) return LINNET_ERR_LIMIT;
    if (t->saved.any) snprintf(note, sizeof note, "the checkpoint of step %u is untouched", t->saved.steps);
    int status = write_checkpoint(t, path, &(struct ln_file_replaced){previous, note});
    ln_free(previous);
    return status;
}

/* ---- a full disk --------------------------------------------------------------------------------------- */

/* Returns false if the program asks to stop. */
/* In short sleeps, so that Ctrl-C ends the wait at once. */
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
    ln_log(LINNET_LOG_WARNING, "%s; waiting for free space, Ctrl-C ends the run [disk-full]", full.text);
    for (double pause = 1; pause_for(t, pause); pause = fmin(2 * pause, PAUSE_MOST_S)) {
        ln_error_clear();
        status = save(t, path);
        if (status == LINNET_OK || !waits_for_space(t)) return status;
    }
    ln_error_clear();
    return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted at step %u", t->progress.steps);
}

/* ---- the two files ------------------------------------------------------------------------------------- */

/* The two functions below save into the run folder. */
static int save(struct ln_trainer *t, int (*save_as)(struct ln_trainer *, const char *), const char *name) {
    if (!t->opts.dir) return LINNET_OK;
    char *path = ln_file_join(t->opts.dir, name);
    int status = path ? ln_trainer_save_when_possible(t, save_as, path) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK)
        ln_trainer_tell(t, (struct linnet_event){.kind = LINNET_EVENT_FILE, .path = path});
    ln_free(path);
    return status;
}

int ln_trainer_save_best(struct ln_trainer *t) {
    return save(t, write_best, "best.safetensors");
}

/* "file-write" and "file-full" are any file's codes. For the checkpoint there is one of its own, since a
 * script may want to react to it. */
static void name_failure(int status) {
    struct ln_error error = *ln_error_get();
    if (status != LINNET_ERR_IO) return;
    snprintf(error.code, sizeof error.code, "ckpt-write");
    ln_error_set(&error);
}

void ln_trainer_saved(struct ln_trainer *t) {
    t->saved = (struct ln_trainer_saved){true, t->progress.epoch, t->progress.step, t->progress.steps};
}

int ln_trainer_save_last(struct ln_trainer *t) {
    int status = save(t, write_last, LN_GENERATION_LAST);
    t->saved_at = ln_clock_now();
    name_failure(status);
    if (status == LINNET_OK) ln_trainer_saved(t);
    if (status == LINNET_OK && !t->best_staged) ln_best_drop_previous(t);
    t->save_failed = status != LINNET_OK;
    return status;
}

/* ---- reports ------------------------------------------------------------------------------------------- */

void ln_trainer_report(struct ln_trainer *t, enum ln_trainer_report report, int status) {
    if (status == LINNET_OK) return;
    if (!(t->reports_failed & (unsigned)report))
        ln_log(LINNET_LOG_WARNING, "%s; the run continues without it [%s]", ln_error_get()->text,
               ln_error_get()->code);
    t->reports_failed |= (unsigned)report;
    ln_error_clear();
}

/* ---- the end of a run that fails ------------------------------------------------------------------------ */

static bool is_saved(const struct ln_trainer *t) {
    const struct ln_progress *p = &t->progress;
    return t->opts.dir && t->saved.any && t->saved.epoch == p->epoch && t->saved.step == p->step;
}

/* After a divergence last.safetensors stays as it is: weights that diverge may be useless though they are finite. After
 * a failed save another attempt would fail as well, or replace the checkpoint that the message calls untouched. */
static bool may_save(const struct ln_trainer *t, int status) {
    return t->opts.dir && status != LINNET_ERR_DIVERGED &&
           (!t->save_failed || status == LINNET_ERR_INTERRUPTED);
}

/* The message names what can be continued, or why the progress is lost. `saving`: the failure of the save.
 * The status stays that of the first failure: it is the cause. */
static int describe(const struct ln_trainer *t, const struct ln_error *error, const struct ln_error *saving) {
    char text[LN_ERROR_MAX];
    const char *dir = t->opts.dir;
    snprintf(text, sizeof text, "%s", error->text);
    if (error->status == LINNET_ERR_INTERRUPTED)
        snprintf(text, sizeof text, "interrupted in epoch %d after step %u", t->result->epochs + 1,
                 t->progress.steps);
    if (saving->status != LINNET_OK)
        return ln_fail(error->status, error->code, "%s; the progress is not saved: %s", text, saving->text);
    if (is_saved(t))
        return ln_fail(error->status, error->code, "%s; continue with linnet resume %s", text, dir);
    return ln_fail(error->status, error->code, "%s", error->text);
}

void ln_trainer_rescue(struct ln_trainer *t) {
    const struct ln_error error = *ln_error_get();
    struct ln_error saving = {0};
    const bool may = may_save(t, error.status);
    ln_error_clear();
    if (may && !is_saved(t) && ln_trainer_save_last(t) != LINNET_OK) saving = *ln_error_get();
    ln_error_clear();
    ln_trainer_report(t, LN_REPORT_CURVES, ln_trainer_draw_results(t));
    /* A program that called linnet_train has the model afterwards: with the best weights, or if there are
     * none with the latest. */
    if (t->progress.best_epoch == 0) (void)!ln_model_from_plan(t->model, t->plan);
    ln_error_clear();
    if (may)
        describe(t, &error, &saving);
    else
        ln_error_set(&error);
}
