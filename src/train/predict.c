/* Prediction: image files, in order, a batch at a time; a bad one is told like the rest. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/threads.h"
#include "train/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the files ----------------------------------------------------------------------------------------- */

struct paths {
    char **items;
    size_t count, capacity;
};

static int add_path(struct paths *p, char *path) {
    char **grown = path ? ln_grow(p->items, p->count, &p->capacity, sizeof *grown) : NULL;
    if (!grown) {
        ln_free(path);
        return LINNET_ERR_LIMIT;
    }
    p->items = grown;
    p->items[p->count++] = path;
    return LINNET_OK;
}

enum { DEPTH_MOST = 16 }; /* folders inside a folder: a link that leads back ends here */

/* The files of folders[at]; the folders in it are added at the end. */
static int list_folder(struct paths *p, struct paths *folders, size_t at) {
    struct ln_file_list list = {0};
    LN_TRY(ln_file_list_read(&list, folders->items[at]));
    int status = LINNET_OK;
    for (size_t i = 0; i < list.count && status == LINNET_OK; i++) {
        const struct ln_file_entry *entry = &list.entries[i];
        if (entry->name[0] == '.') continue;
        status = add_path(entry->is_folder ? folders : p, ln_file_join(folders->items[at], entry->name));
    }
    ln_file_list_fini(&list);
    return status;
}

static void fini_paths(struct paths *p) {
    for (size_t i = 0; i < p->count; i++) ln_free(p->items[i]);
    ln_free(p->items);
}

/* A folder stands for the files in it, in byte order, then those of the folders in it; hidden ones left out.
 */
static int add_folder(struct paths *p, const char *folder) {
    struct paths folders = {0};
    size_t before = p->count, level_end = 1;
    int status = add_path(&folders, ln_strdup(folder)), depth = 0;
    for (size_t at = 0; status == LINNET_OK && at < folders.count; at++) {
        if (at == level_end) {
            level_end = folders.count;
            if (++depth > DEPTH_MOST)
                status = ln_fail(LINNET_ERR_LIMIT, "folder-depth",
                                 "%s: more than %d folders deep; does a link lead back?", folders.items[at],
                                 DEPTH_MOST);
        }
        if (status == LINNET_OK) status = list_folder(p, &folders, at);
    }
    if (status == LINNET_OK && p->count == before)
        status = ln_fail(LINNET_ERR_INPUT, "predict-empty", "%s: there is no file in this folder", folder);
    fini_paths(&folders);
    return status;
}

static int expand(struct paths *p, const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++)
        LN_TRY(ln_file_is_folder(paths[i]) ? add_folder(p, paths[i]) : add_path(p, ln_strdup(paths[i])));
    return LINNET_OK;
}

/* ---- a batch ------------------------------------------------------------------------------------------- */

/* One image of the batch: decoded, or why not. */
struct slot {
    const char *path;
    struct ln_image image;
    int status;
    struct ln_error error;
};

struct predictor {
    const struct ln_model *model;
    struct ln_plan *plan;
    int batch;
    size_t image_floats;
    struct slot *slots; /* [batch] */
    float *images;      /* [batch][c][h][w] */
    float *probabilities;
    int *order; /* [classes] */
    size_t bad;
    void (*on_prediction)(void *user, const struct linnet_prediction *);
    void *user;
};

static void load(struct predictor *p, struct slot *slot, float *out) {
    slot->status = ln_image_read(slot->path, NULL, &slot->image);
    if (slot->status == LINNET_OK)
        slot->status = ln_preprocess_apply(&p->model->preprocess, &slot->image, out);
    if (slot->status == LINNET_OK) return;
    slot->error = *ln_error_get();
    ln_error_clear();
    memset(out, 0, p->image_floats * sizeof *out);
}

static int more_probable(const void *a, const void *b, void *logits) {
    float x = ((const float *)logits)[*(const int *)a], y = ((const float *)logits)[*(const int *)b];
    if (x != y) return x < y ? 1 : -1;
    return *(const int *)a - *(const int *)b;
}

static void tell(struct predictor *p, const struct slot *slot, const float *logits) {
    int classes = p->model->classes;
    struct linnet_prediction out = {.path = slot->path, .status = slot->status, .classes = classes};
    char line[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];
    if (slot->status == LINNET_OK) {
        ln_softmax(logits, classes, p->model->temperature, p->probabilities);
        for (int i = 0; i < classes; i++) p->order[i] = i;
        qsort_r(p->order, (size_t)classes, sizeof *p->order, more_probable, (void *)logits);
        out.logits = logits;
        out.probabilities = p->probabilities;
        out.order = p->order;
        out.pixels = slot->image.pixels;
        out.width = slot->image.width;
        out.height = slot->image.height;
    } else {
        snprintf(line, sizeof line, "%s [%s]", slot->error.text, slot->error.code);
        out.error = line;
        p->bad++;
    }
    p->on_prediction(p->user, &out);
}

static int run_batch(struct predictor *p, char *const *paths, size_t count) {
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        p->slots[i] = (struct slot){.path = paths[i]};
        load(p, &p->slots[i], p->images + i * p->image_floats);
        good += p->slots[i].status == LINNET_OK;
    }
    int status = good ? ln_plan_forward(p->plan, p->images, NULL, 0) : LINNET_OK;
    const float *logits = ln_plan_logits(p->plan);
    for (size_t i = 0; i < count; i++) {
        if (status == LINNET_OK) tell(p, &p->slots[i], logits + i * (size_t)p->model->classes);
        ln_image_fini(&p->slots[i].image);
    }
    return status;
}

static int prepare(struct predictor *p, const struct linnet_predict_opts *opts, size_t count) {
    const struct ln_preprocess *pp = &p->model->preprocess;
    const char *name = opts->dtype;
    enum ln_dtype dtype;
    LN_TRY(ln_dtype_resolve(&name, &dtype));
    ln_threads_start(opts->threads);
    p->batch = opts->batch ? opts->batch : 16;
    if ((size_t)p->batch > count) p->batch = count ? (int)count : 1;
    p->image_floats = (size_t)pp->channels * (size_t)pp->height * (size_t)pp->width;
    struct ln_plan_opts plan = {.batch = p->batch, .dtype = dtype};
    LN_TRY(ln_conv_resolve(opts->conv, &plan.direct));
    LN_TRY(ln_plan_create(&p->plan, p->model->net, &plan));
    LN_TRY(ln_model_to_plan(p->model, p->plan));
    p->slots = ln_calloc((size_t)p->batch, sizeof *p->slots);
    p->images = ln_calloc((size_t)p->batch, p->image_floats * sizeof *p->images);
    p->probabilities = ln_calloc((size_t)p->model->classes, sizeof *p->probabilities);
    p->order = ln_calloc((size_t)p->model->classes, sizeof *p->order);
    return p->slots && p->images && p->probabilities && p->order ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_predict(const struct ln_model *model, const char *const *paths, size_t count,
               const struct linnet_predict_opts *opts,
               void (*on_prediction)(void *, const struct linnet_prediction *), void *user) {
    struct predictor p = {.model = model, .on_prediction = on_prediction, .user = user};
    struct paths files = {0};
    int status = expand(&files, paths, count);
    if (status == LINNET_OK) status = prepare(&p, opts, files.count);
    for (size_t i = 0; i < files.count && status == LINNET_OK; i += (size_t)p.batch)
        status = run_batch(&p, files.items + i,
                           files.count - i < (size_t)p.batch ? files.count - i : (size_t)p.batch);
    if (status == LINNET_OK && p.bad)
        status = ln_fail(LINNET_ERR_INPUT, "predict-bad", "%zu of %zu images could not be read", p.bad,
                         files.count);
    fini_paths(&files);
    ln_free(p.slots);
    ln_free(p.images);
    ln_free(p.probabilities);
    ln_free(p.order);
    ln_plan_destroy(p.plan);
    return status;
}
