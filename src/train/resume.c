/* Resuming: the model, the data and the options of an interrupted run. This file opens them; the state of
 * training (optimiser, progress) is read by linnet_train, into plans that do not exist yet here. */
#include "train/resume.h"
#include "base/alloc.h"
#include "base/file.h"
#include "train/generation.h"
#include "train/run_args.h"

/* The best weights so far. If they are missing or damaged, those of the checkpoint: linnet_train says which weights are
 * lost. */
static int open_model(struct ln_model **model, const char *dir, const char *checkpoint) {
    char *best = ln_file_join(dir, "best.safetensors");
    if (!best) return LINNET_ERR_LIMIT;
    int status = ln_file_exists(best) ? ln_model_open(model, best) : LINNET_ERR_INPUT;
    ln_free(best);
    if (status == LINNET_OK || status == LINNET_ERR_LIMIT) return status;
    ln_error_clear();
    return ln_model_open(model, checkpoint);
}

/* The options, which the caller may change, and what must be freed of them: a string that the caller has
 * replaced is not ours. */
struct owned_opts {
    struct linnet_train_opts opts, owned;
};

static int open_opts(struct ln_resumed *run, const char *dir) {
    struct owned_opts *both = ln_calloc(1, sizeof *both);
    if (!both) return LINNET_ERR_LIMIT;
    run->opts = &both->opts;
    int status = ln_run_args_read(dir, &both->owned);
    if (status == LINNET_OK && !(both->owned.dir = ln_strdup(dir))) status = LINNET_ERR_LIMIT;
    both->opts = both->owned;
    both->opts.size = sizeof both->opts;
    both->opts.resume = true;
    return status;
}

void ln_resume_close_opts(struct linnet_train_opts *opts) {
    struct owned_opts *both = (struct owned_opts *)opts;
    if (!both) return;
    ln_run_args_free(&both->owned);
    ln_free((void *)both->owned.dir);
    ln_free(both);
}

static int open_run(struct ln_resumed *run, const char *dir) {
    static const struct linnet_data_opts as_the_run;
    struct ln_generation generation;
    LN_TRY(open_opts(run, dir));
    LN_TRY(ln_generation_find(&generation, dir));
    int status = open_model(&run->model, dir, generation.path);
    ln_generation_fini(&generation);
    if (status != LINNET_OK) return status;
    return ln_data_open_run(&run->data, dir, NULL, &as_the_run);
}

int ln_resume_open(struct ln_resumed *run, const char *dir) {
    *run = (struct ln_resumed){0};
    int status = open_run(run, dir);
    if (status == LINNET_OK) return LINNET_OK;
    ln_model_destroy(run->model);
    ln_data_close(run->data);
    ln_resume_close_opts(run->opts);
    *run = (struct ln_resumed){0};
    return status;
}
