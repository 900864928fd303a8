/* linnet_clean: how a fold's network is made, and the ranking as public structs. */
#include "train/clean.h"
#include "api/handles.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/option.h"
#include "base/text.h"
#include "train/run_args.h"

#include <string.h>

/* ---- options ----------------------------------------------------------------------------------------------- */

/* The network of each fold and the options of its training. */
struct recipe {
    const linnet_data *data;
    const char *arch;
    struct linnet_model_opts model;
    struct linnet_train_opts train;
    struct linnet_train_opts of_run; /* owns its strings, which train may borrow */
    json_t *args;                    /* of the run: its strings are borrowed */
    const struct linnet_clean_opts *opts;
};

/* Takes the network and the options of a run from its args.json; given options take precedence. */
static int take_run(struct recipe *r, const char *run) {
    char *path = ln_file_join(run, "args.json");
    int status = path ? ln_run_args_open(path, &r->args) : LINNET_ERR_LIMIT;
    ln_free(path);
    if (status != LINNET_OK) return status;
    if (!r->arch) r->arch = json_string_value(json_object_get(r->args, "model"));
    if (!r->model.imgsz) r->model.imgsz = (int)json_integer_value(json_object_get(r->args, "imgsz"));
    if (!r->opts->arch) r->model.weights = json_string_value(json_object_get(r->args, "weights"));
    LN_TRY(ln_run_args_read(run, &r->of_run));
    ln_options_fill(linnet_train_options, &r->train, &r->of_run);
    return LINNET_OK;
}

static int recipe_init(struct recipe *r, const linnet_data *data, const struct linnet_clean_opts *opts) {
    *r = (struct recipe){.data = data, .opts = opts, .arch = opts->arch};
    LN_TRY(LN_TAKE_OPTS(model, opts->model, &r->model));
    LN_TRY(LN_TAKE_OPTS(train, opts->train, &r->train));
    if (opts->run) LN_TRY(take_run(r, opts->run));
    if (!r->arch) r->arch = "lenet";
    if (strcmp(r->arch, "custom") == 0)
        return ln_fail(LINNET_ERR_USAGE, "clean-model",
                       "%s: its network was given as a text, from which no fold can be trained; name an "
                       "architecture",
                       opts->run ? opts->run : "clean");
    r->model.size = sizeof r->model;
    r->model.new_head = true;
    r->train.stop = opts->stop;
    return LINNET_OK;
}

static void recipe_fini(struct recipe *r) {
    ln_run_args_free(&r->of_run);
    json_decref(r->args);
}

static int make(void *user, struct ln_model **model) {
    const struct recipe *r = user;
    linnet_model *handle;
    LN_TRY(linnet_model_create(&handle, r->arch, r->data, &r->model));
    *model = handle->model;
    handle->model = NULL; /* the rest of the handle goes */
    linnet_model_destroy(handle);
    return LINNET_OK;
}

static void on_event(void *user, int fold, int folds, const struct linnet_event *event) {
    const struct recipe *r = user;
    if (r->opts->on_event) r->opts->on_event(r->opts->user, fold, folds, event);
}

/* ---- results ----------------------------------------------------------------------------------------------- */

/* The public struct first; the paths are in one text. */
struct whole {
    struct linnet_suspects shown;
    struct linnet_suspect *images;
    char *paths;
};

static int take_paths(struct whole *w, const struct ln_cleaning *c, const struct ln_dataset *ds) {
    struct ln_text text = {0};
    char name[4096];
    for (size_t i = 0; i < c->count; i++) {
        ln_text_add(&text, ln_dataset_sample_name(ds, c->samples[c->ranked[i].image], name, sizeof name));
        ln_text_add_bytes(&text, "", 1);
    }
    return ln_text_take(&text, &w->paths);
}

static int fill(struct whole *w, const struct ln_cleaning *c, const struct ln_dataset *ds) {
    w->images = ln_calloc(c->count, sizeof *w->images);
    if (!w->images) return LINNET_ERR_LIMIT;
    LN_TRY(take_paths(w, c, ds));
    const char *path = w->paths;
    w->shown = (struct linnet_suspects){.count = (int64_t)c->count, .images = w->images, .acc = c->acc};
    for (size_t i = 0; i < c->count; i++, path += strlen(path) + 1) {
        const struct ln_confident *r = &c->ranked[i];
        w->images[i] = (struct linnet_suspect){.path = path,
                                               .given = r->given,
                                               .suggested = r->suggested,
                                               .given_probability = r->given_probability,
                                               .suggested_probability = r->suggested_probability,
                                               .confidence = r->confidence,
                                               .named = r->named};
        w->shown.named += r->named;
    }
    return LINNET_OK;
}

void linnet_suspects_free(struct linnet_suspects *suspects) {
    struct whole *w = (struct whole *)suspects;
    if (!w) return;
    ln_free(w->images);
    ln_free(w->paths);
    ln_free(w);
}

static int run(struct recipe *r, struct whole *w) {
    const struct ln_dataset *ds = r->data->ds;
    const struct linnet_clean_opts *o = r->opts;
    struct ln_cleaning cleaning;
    int status = ln_clean(&cleaning, ds,
                          &(struct ln_clean_opts){.folds = o->folds,
                                                  .seed = o->seed,
                                                  .train = &r->train,
                                                  .make = make,
                                                  .on_event = on_event,
                                                  .user = r});
    if (status == LINNET_OK) status = fill(w, &cleaning, ds);
    if (status == LINNET_OK && o->dir) status = ln_cleaning_write(&cleaning, ds, o->dir);
    ln_cleaning_fini(&cleaning);
    return status;
}

int linnet_clean(struct linnet_suspects **suspects, const linnet_data *data,
                 const struct linnet_clean_opts *given) {
    struct linnet_clean_opts opts;
    struct recipe recipe;
    ln_api_begin();
    LN_NEED(suspects);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(clean, given, &opts));
    LN_TRY(ln_options_check(linnet_clean_options, &opts));
    ln_options_default(linnet_clean_options, &opts);
    struct whole *w = ln_calloc(1, sizeof *w);
    if (!w) return LINNET_ERR_LIMIT;
    int status = recipe_init(&recipe, data, &opts);
    if (status == LINNET_OK) status = run(&recipe, w);
    recipe_fini(&recipe);
    if (status == LINNET_OK)
        *suspects = &w->shown;
    else
        linnet_suspects_free(&w->shown);
    return status;
}
