/* Saves of a run: the checkpoint, in two generations, and the kept weights. The run waits for space on a full
 * disk. Reports that cannot be written do not stop a run. Most failures save the progress first.
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
#include "train/generation.h"
#include "train/trainer.h"

#include <stdio.h>

/* ---- files --------------------------------------------------------------------------------------------- */

static int write_best(struct ln_trainer *t, const char *path) {
    return ln_model_save(t->model, NULL, path);
}

/* The state that a step depends on: the slots of the optimiser (none for plain SGD, two for Adam) and the
 * average of the weights. Random numbers need none: their streams are named by seed, epoch, step and
 * image. */
struct ln_checkpoint ln_trainer_checkpoint(const struct ln_trainer *t) {
    struct ln_checkpoint c = {.model = t->model, .plan = t->plan};
    for (float *values; c.slot_count < LN_CHECKPOINT_SLOTS; c.slot_count++) {
        const char *name = NULL;
        values = ln_optim_slot(t->stepper.optim, c.slot_count, &name);
        if (!values) break;
        c.slots[c.slot_count] = (struct ln_checkpoint_slot){name, values, false};
    }
    if (t->average.values)
        c.slots[c.slot_count++] = (struct ln_checkpoint_slot){"ema", t->average.values, true};
    return c;
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

/* ---- the two files ------------------------------------------------------------------------------------- */

/* Saves into the run folder, for the two functions below. */
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

/* The codes "file-write" and "file-full" may be of any file. A failed checkpoint gets a code of its own, because
 * a script may want to react to it. */
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
        ln_log(LINNET_LOG_WARNING, "%s; the run continues without it [%s]", ln_error_get()->translated,
               ln_error_get()->code);
    t->reports_failed |= (unsigned)report;
    ln_error_clear();
}
