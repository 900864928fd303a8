/* Resuming: an interrupted run from its folder. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/file.h"
#include "model/checkpoint.h"
#include "train/run_args.h"

/* The best weights so far, or, where no epoch is done, those that it was stopped with. */
static int open_model(linnet_model **model, const char *dir) {
    static const char *const names[] = {"best.safetensors", "last.safetensors"};
    for (int i = 0; i < 2; i++) {
        char *path = ln_file_join(dir, names[i]);
        if (!path) return LINNET_ERR_LIMIT;
        bool there = ln_file_exists(path);
        int status = there ? linnet_model_open(model, path) : LINNET_OK;
        ln_free(path);
        if (there) return status;
    }
    return LINNET_OK;
}

static int check_checkpoint(const char *dir) {
    char *path = ln_file_join(dir, "last.safetensors");
    if (!path) return LINNET_ERR_LIMIT;
    int status =
        ln_file_exists(path)
            ? ln_checkpoint_check(path)
            : ln_fail(LINNET_ERR_INPUT, "resume-none",
                      "%s: no last.safetensors in it: the first epoch was not done; train anew", dir);
    ln_free(path);
    return status;
}

/* The options, which the caller may change, and what must be freed of them. */
struct owned_opts {
    struct linnet_train_opts opts, owned;
};

static int open_opts(struct linnet_resumed *run, const char *dir) {
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

static void close_opts(struct linnet_train_opts *opts) {
    struct owned_opts *both = (struct owned_opts *)opts;
    if (!both) return;
    ln_run_args_free(&both->owned);
    ln_free((void *)both->owned.dir);
    ln_free(both);
}

static int open_run(struct linnet_resumed *run, const char *dir) {
    LN_TRY(open_opts(run, dir));
    LN_TRY(check_checkpoint(dir));
    LN_TRY(open_model(&run->model, dir));
    LN_TRY(linnet_data_open_run(&run->data, dir, NULL, NULL));
    return LINNET_OK;
}

int linnet_resume_open(struct linnet_resumed *run, const char *dir) {
    struct linnet_resumed own = {.size = sizeof own};
    ln_api_begin();
    LN_TRY(LN_CHECK_RESULT(run));
    LN_NEED(dir);
    int status = open_run(&own, dir);
    if (status != LINNET_OK) linnet_resume_close(&own);
    LN_GIVE(&own, run);
    return status;
}

void linnet_resume_close(struct linnet_resumed *run) {
    if (!run) return;
    linnet_model_destroy(run->model);
    linnet_data_close(run->data);
    close_opts(run->opts);
    run->model = NULL;
    run->data = NULL;
    run->opts = NULL;
}
