/* Prediction of files and folders, with a predictor that is created for one call. The files are listed first, so that
 * an empty or unreadable folder is reported before anything is computed. */
#include "base/alloc.h"
#include "base/file.h"
#include "train/predictor.h"
#include "train/train.h"

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

enum { DEPTH_MOST = 16 }; /* levels of folders; a symbolic link that forms a loop ends here */

/* Adds the files of folders->items[at] to p, and its folders to the end of `folders`. */
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

/* Adds the files of a folder in byte order, then those of its subfolders, level by level; hidden ones are
 * ignored. A queue in place of recursion: the depth is the user's. */
static int add_folder(struct paths *p, const char *folder) {
    struct paths folders = {0};
    size_t before = p->count, level_end = 1;
    int status = add_path(&folders, ln_strdup(folder)), depth = 0;
    for (size_t at = 0; status == LINNET_OK && at < folders.count; at++) {
        if (at == level_end) {
            level_end = folders.count;
            if (++depth > DEPTH_MOST)
                status = ln_fail(LINNET_ERR_LIMIT, "folder-depth",
                                 "%s: more than %d folders deep; does a link form a loop?", folders.items[at],
                                 DEPTH_MOST);
        }
        if (status == LINNET_OK) status = list_folder(p, &folders, at);
    }
    if (status == LINNET_OK && p->count == before)
        status = ln_fail(LINNET_ERR_INPUT, "predict-empty", "%s: the folder has no files", folder);
    fini_paths(&folders);
    return status;
}

static int expand(struct paths *p, const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++)
        LN_TRY(ln_file_is_folder(paths[i]) ? add_folder(p, paths[i]) : add_path(p, ln_strdup(paths[i])));
    return LINNET_OK;
}

/* ---- predict ------------------------------------------------------------------------------------------- */

/* A batch is never larger than the number of files: a plan for 16 images would be wasted on one. */
static int predict(const struct ln_model *model, const struct paths *files,
                   const struct linnet_predict_opts *given, linnet_prediction_fn *on_prediction, void *user) {
    struct linnet_predict_opts opts = *given;
    linnet_predictor *predictor = NULL;
    if (files->count == 0) return LINNET_OK;
    struct linnet_input *inputs = ln_calloc(files->count, sizeof *inputs);
    if (!inputs) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < files->count; i++) inputs[i].path = files->items[i];
    if (!opts.batch) opts.batch = LN_PREDICT_BATCH;
    if ((size_t)opts.batch > files->count && opts.batch > 0) opts.batch = (int)files->count;
    int status = ln_predictor_create(&predictor, model, &opts);
    if (status == LINNET_OK) status = ln_predictor_run(predictor, inputs, files->count, on_prediction, user);
    ln_predictor_destroy(predictor);
    ln_free(inputs);
    return status;
}

int ln_predict(const struct ln_model *model, const char *const *paths, size_t count,
               const struct linnet_predict_opts *opts, linnet_prediction_fn *on_prediction, void *user) {
    struct paths files = {0};
    int status = expand(&files, paths, count);
    if (status == LINNET_OK) status = predict(model, &files, opts, on_prediction, user);
    fini_paths(&files);
    return status;
}
