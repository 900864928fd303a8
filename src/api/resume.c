/* A run that goes on: what its folder says of it. */
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

static int open_run(struct linnet_resumed *run, const char *dir) {
    LN_TRY(ln_run_args_read(dir, &run->opts));
    LN_TRY(check_checkpoint(dir));
    LN_TRY(open_model(&run->model, dir));
    LN_TRY(linnet_data_open_run(&run->data, dir, NULL, NULL));
    run->opts.dir = dir;
    run->opts.resume = true;
    return LINNET_OK;
}

int linnet_resume_open(struct linnet_resumed *run, const char *dir) {
    *run = (struct linnet_resumed){0};
    ln_api_begin();
    int status = open_run(run, dir);
    if (status != LINNET_OK) linnet_resume_close(run);
    return status;
}

void linnet_resume_close(struct linnet_resumed *run) {
    linnet_model_destroy(run->model);
    linnet_data_close(run->data);
    ln_run_args_free(&run->opts);
    *run = (struct linnet_resumed){0};
}
