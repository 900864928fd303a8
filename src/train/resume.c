/* Resuming: the model, the data and the options of an interrupted run. */
#include "train/resume.h"
#include "base/alloc.h"
#include "base/file.h"
#include "model/checkpoint.h"
#include "train/run_args.h"

/* The best weights so far; those at the interruption if no epoch was completed. */
static int open_model(struct ln_model **model, const char *dir) {
    static const char *const names[] = {"best.safetensors", "last.safetensors"};
    for (int i = 0; i < 2; i++) {
        char *path = ln_file_join(dir, names[i]);
        if (!path) return LINNET_ERR_LIMIT;
        bool there = ln_file_exists(path);
        int status = there ? ln_model_open(model, path) : LINNET_OK;
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
                      "%s: no last.safetensors in it, so no epoch was completed; start a new run", dir);
    ln_free(path);
    return status;
}

/* The options, which the caller may change, and what must be freed of them. */
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
    LN_TRY(open_opts(run, dir));
    LN_TRY(check_checkpoint(dir));
    LN_TRY(open_model(&run->model, dir));
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
