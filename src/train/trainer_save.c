/* Saves of a run: the checkpoint, in two generations, and the kept weights. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "train/generation.h"
#include "train/trainer.h"

#include <stdio.h>

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

/* The two functions below save into the run folder. */
static int save(struct ln_trainer *t, int (*save_as)(struct ln_trainer *, const char *), const char *name) {
    if (!t->opts.dir) return LINNET_OK;
    char *path = ln_file_join(t->opts.dir, name);
    int status = path ? save_as(t, path) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK)
        ln_trainer_tell(t, (struct linnet_event){.kind = LINNET_EVENT_FILE, .path = path});
    ln_free(path);
    return status;
}

int ln_trainer_save_best(struct ln_trainer *t) {
    return save(t, write_best, "best.safetensors");
}

/* "file-write" of any file becomes "ckpt-write". */
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
    t->saved_at = ln_clock_now();
    int status = save(t, write_last, LN_GENERATION_LAST);
    name_failure(status);
    if (status == LINNET_OK) ln_trainer_saved(t);
    if (status == LINNET_OK && !t->best_staged) ln_best_drop_previous(t);
    t->save_failed = status != LINNET_OK;
    return status;
}
