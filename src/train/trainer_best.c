/* best.safetensors and last.safetensors as one state of the run, whenever it is killed. Two renames cannot be
 * one atomic step, so last.safetensors holds the sum of the best weights that belong to it:
 *
 *     killed                              last names   best is   staged   a resumed run
 *     before the staged file              old          old       -        continues
 *     between staged and last             old          old       new      removes the staged file
 *     between last and the rename         new          old       new      publishes the staged file
 *     after the rename                    new          new       -        continues
 *     and falls back to the older last    old          new       -        publishes best.previous
 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "train/trainer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char best[] = "best.safetensors", staged[] = "best.next.safetensors",
                  kept[] = "best.previous.safetensors";

struct paths {
    char *best, *staged, *kept;
};

static void paths_fini(struct paths *p) {
    ln_free(p->best);
    ln_free(p->staged);
    ln_free(p->kept);
}

static int paths_init(struct paths *p, const struct ln_trainer *t) {
    const char *dir = t->opts.dir;
    *p = (struct paths){ln_file_join(dir, best), ln_file_join(dir, staged), ln_file_join(dir, kept)};
    if (p->best && p->staged && p->kept) return LINNET_OK;
    paths_fini(p);
    return LINNET_ERR_LIMIT;
}

/* ---- write ---------------------------------------------------------------------------------------------- */

static int write_staged(struct ln_trainer *t, const char *path) {
    const struct ln_model_extra extra = {.replaced.note = "best.safetensors is untouched"};
    return ln_model_save_with(t->model, NULL, &extra, path);
}

int ln_best_stage(struct ln_trainer *t) {
    struct paths p;
    uint32_t sum = 0;
    if (!t->opts.dir) return LINNET_OK;
    LN_TRY(paths_init(&p, t));
    int status = ln_trainer_save_when_possible(t, write_staged, p.staged);
    if (status == LINNET_OK) status = ln_checkpoint_sum(p.staged, &sum);
    if (status == LINNET_OK) {
        t->progress.best_sum = sum;
        t->best_staged = true;
    }
    paths_fini(&p);
    return status;
}

/* `kept_as`: the name under which the replaced file stays; NULL: it is removed. The folder is synced,
 * because a rename may otherwise be undone by a power failure after the next checkpoint was written. */
static int publish(const struct paths *p, const char *from, const char *kept_as) {
    if (!ln_file_rename_over(from, p->best, kept_as))
        return ln_fail_errno(LINNET_ERR_IO, "file-write", errno, "%s: rename", from);
    return ln_file_sync_name(p->best);
}

int ln_best_publish(struct ln_trainer *t) {
    struct paths p;
    if (!t->best_staged) return LINNET_OK;
    LN_TRY(paths_init(&p, t));
    int status = publish(&p, p.staged, p.kept);
    t->best_staged = false;
    if (status == LINNET_OK)
        ln_trainer_tell(t, (struct linnet_event){
                               .kind = LINNET_EVENT_FILE, .epoch = t->progress.best_epoch, .path = p.best});
    paths_fini(&p);
    return status;
}

void ln_best_drop_previous(const struct ln_trainer *t) {
    char *path = t->opts.dir ? ln_file_join(t->opts.dir, kept) : NULL;
    if (path) unlink(path);
    ln_free(path);
}

/* ---- resume --------------------------------------------------------------------------------------------- */

/* True if these are the weights that the checkpoint names. The sum is of the tensors only: fitting the
 * temperature changes the metadata of the same weights. An older checkpoint holds no sum: then any
 * best.safetensors is taken for the right one. */
static bool belongs(const struct ln_trainer *t, const char *path) {
    uint32_t sum;
    if (!ln_file_exists(path)) return false;
    if (t->progress.best_sum < 0) return true;
    bool same = ln_checkpoint_sum(path, &sum) == LINNET_OK && sum == t->progress.best_sum;
    ln_error_clear();
    return same;
}

/* linnet_resume_open may have read the weights of another epoch. */
static int read_model(const struct ln_trainer *t, const char *path) {
    struct ln_model *m;
    LN_TRY(ln_model_open(&m, path));
    const struct ln_net *net = t->model->net;
    bool same = strcmp(m->text, t->model->text) == 0;
    const int status = ln_model_own_weights(t->model);
    for (size_t i = 0; same && status == LINNET_OK && i < net->param_count; i++)
        memcpy(t->model->params[i], m->params[i], ln_net_param_size(net, i) * sizeof *m->params[i]);
    ln_model_destroy(m);
    if (status != LINNET_OK) return status;
    return same ? LINNET_OK
                : ln_fail(LINNET_ERR_INPUT, "ckpt-model", "%s: the file is for a different network", path);
}

/* Someone deleted or replaced best.safetensors. While epochs are left, a new best one can be found, and a
 * warning is enough; at the end there is nothing to test, and another file must not pass for the result. */
static int forget(struct ln_trainer *t) {
    struct ln_progress *p = &t->progress;
    if (ln_trainer_complete(t))
        return ln_fail(
            LINNET_ERR_INPUT, "resume-best",
            "%s: best.safetensors is missing or is not the one of last.safetensors, and all epochs are "
            "complete; restore it, or start a new run",
            t->opts.dir);
    ln_log(
        LINNET_LOG_WARNING,
        "%s: best.safetensors is missing or is not the one of last.safetensors; the weights of epoch %d are lost, and "
        "the best epoch is chosen from epoch %d on",
        t->opts.dir, p->best_epoch, p->epoch);
    p->best_epoch = 0;
    p->best_sum = -1;
    return LINNET_OK;
}

int ln_best_restore(struct ln_trainer *t) {
    struct paths p;
    if (t->progress.best_epoch == 0) return LINNET_OK;
    LN_TRY(paths_init(&p, t));
    int status = LINNET_OK;
    const bool whole = belongs(t, p.best), summed = t->progress.best_sum >= 0;
    if (!whole && summed && belongs(t, p.staged))
        status = publish(&p, p.staged, p.kept);
    else if (!whole && summed && belongs(t, p.kept))
        status = publish(&p, p.kept, NULL);
    else if (!whole)
        status = forget(t);
    if (status == LINNET_OK && t->progress.best_epoch > 0) status = read_model(t, p.best);
    if (status == LINNET_OK) unlink(p.staged);
    paths_fini(&p);
    return status;
}
