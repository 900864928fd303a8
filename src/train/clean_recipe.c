/* The recipe of linnet clean. Only a network that suits the data can judge its labels, so the usual recipe is
 * that of a run on the same data, whose accuracy the user knows:
 *
 *     linnet clean runs/train --epochs 5      the run's data, network and options, but 5 epochs a fold
 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/option.h"
#include "train/clean.h"
#include "train/run_args.h"

#include <string.h>

static const char default_arch[] = "lenet";

/* Completes the recipe from the run's args.json. Weights belong to their architecture: another --model does not get the
 * run's. */
static int take_run(struct ln_clean_recipe *r, const struct linnet_clean_opts *opts) {
    char *path = ln_file_join(opts->run, "args.json");
    int status = path ? ln_run_args_open(path, &r->args) : LINNET_ERR_LIMIT;
    ln_free(path);
    if (status != LINNET_OK) return status;
    if (!r->arch) r->arch = json_string_value(json_object_get(r->args, "model"));
    if (!r->model.imgsz) r->model.imgsz = (int)json_integer_value(json_object_get(r->args, "imgsz"));
    if (!opts->arch) r->model.weights = json_string_value(json_object_get(r->args, "weights"));
    LN_TRY(ln_run_args_read(opts->run, &r->of_run));
    ln_options_fill(linnet_train_options, &r->train, &r->of_run);
    return LINNET_OK;
}

int ln_clean_recipe_init(struct ln_clean_recipe *r, const struct linnet_clean_opts *opts) {
    *r = (struct ln_clean_recipe){.arch = opts->arch, .model = *opts->model, .train = *opts->train};
    if (opts->run) LN_TRY(take_run(r, opts));
    if (!r->arch) r->arch = default_arch;
    if (strcmp(r->arch, "custom") == 0)
        return ln_fail(LINNET_ERR_USAGE, "clean-model",
                       "%s: the network was defined as text, so no fold can be trained; name an architecture",
                       opts->run ? opts->run : "clean");
    /* As linnet train: pretrained weights usually have other classes than the data. */
    r->model.new_head = true;
    r->train.stop = opts->stop;
    return LINNET_OK;
}

void ln_clean_recipe_fini(struct ln_clean_recipe *r) {
    ln_run_args_free(&r->of_run);
    json_decref(r->args);
}
