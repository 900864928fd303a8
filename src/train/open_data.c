/* Opening data, and the data of a run: from its args.json and split.csv.
 *
 *     linnet eval runs/train               the run's data, each image in the part that split.csv names
 *     linnet eval runs/train DATA          the same if DATA is the run's own path, else the parts of DATA
 *     linnet eval runs/train --seed 3      the run's data, divided by the options instead
 *     linnet eval model.safetensors DATA   no run: DATA as given
 *
 * A test image must not become a training image because someone added photos since, so split.csv decides, and
 * images that it does not name are in no part.
 */
#include "train/open_data.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/option.h"
#include "data/split.h"
#include "train/run_args.h"

#include <string.h>

/* The strings of the options are copied, since the caller may free them while the data is open. The path of a
 * split file is made absolute: args.json names it, and a resumed run may begin in another folder. */
int ln_data_open(linnet_data **out, const char *path, const struct linnet_data_opts *opts) {
    LN_TRY(ln_options_check(linnet_data_options, opts));
    linnet_data *data = ln_calloc(1, sizeof *data);
    if (!data) return LINNET_ERR_LIMIT;
    data->opts = *opts;
    ln_options_default(linnet_data_options, &data->opts);
    int status = LINNET_OK;
    if (data->opts.split && !(data->split = ln_strdup(data->opts.split))) status = LINNET_ERR_LIMIT;
    if (data->opts.split_file && !(data->split_file = ln_file_real_path(data->opts.split_file)))
        status = LINNET_ERR_LIMIT;
    data->opts.split = data->split;
    data->opts.split_file = data->split_file;
    if (status == LINNET_OK) status = ln_dataset_open(&data->ds, path, &data->opts);
    /* args.json should say what was done: data with a validation part of its own ignores hold_out. */
    if (status == LINNET_OK && !data->ds->val_held_out) data->opts.hold_out = LINNET_NONE;
    if (status == LINNET_OK)
        *out = data;
    else
        ln_data_close(data);
    return status;
}

void ln_data_close(linnet_data *data) {
    if (!data) return;
    ln_dataset_close(data->ds);
    ln_free(data->split);
    ln_free(data->split_file);
    ln_free(data);
}

bool ln_data_is_divided(const linnet_data *data) {
    return ln_dataset_has_parts(data->ds) || data->split || data->split_file;
}

/* ---- the data of a run ------------------------------------------------------------------------------ */

/* A file of a run folder, or of the folder that a model file lies in. */
static char *file_of_run(const char *run, const char *file) {
    if (ln_file_is_folder(run)) return ln_file_join(run, file);
    const char *name = ln_file_name(run);
    char *folder = ln_strdup(name == run ? "." : run), *path = NULL;
    if (folder && name != run) folder[name - run - 1] = '\0';
    if (folder) path = ln_file_join(folder[0] ? folder : "/", file);
    ln_free(folder);
    return path;
}

static int read_args(const char *run, json_t **json) {
    char *path = file_of_run(run, "args.json");
    int status = path ? ln_run_args_open(path, json) : LINNET_ERR_LIMIT;
    ln_free(path);
    return status;
}

/* Compares what the paths stand for: "photos", "./photos/" and a link to it are the same data. */
static bool same_place(const char *a, const char *b) {
    char *real_a = ln_file_real_path(a), *real_b = ln_file_real_path(b);
    bool same = real_a && real_b && strcmp(real_a, real_b) == 0;
    ln_free(real_a);
    ln_free(real_b);
    return same;
}

static int64_t held_out(const json_t *json) {
    return json_integer_value(json_object_get(json, "hold_out"));
}

/* Zero fields of *opts become the run's. The split is borrowed from the JSON. */
static void take_args(const json_t *json, struct linnet_data_opts *opts) {
    if (!opts->split) opts->split = json_string_value(json_object_get(json, "split"));
    if (!opts->seed) opts->seed = (uint64_t)json_integer_value(json_object_get(json, "data_seed"));
    if (!opts->hold_out) opts->hold_out = (int)held_out(json);
    if (!opts->limit) opts->limit = json_integer_value(json_object_get(json, "limit"));
}

/* True if the run drew a split or read one. Otherwise the data has its own parts, which may have grown since. */
static bool was_split(const json_t *json) {
    return held_out(json) > 0 || json_is_string(json_object_get(json, "split")) ||
           json_is_string(json_object_get(json, "split_file"));
}

/* Opens the data with the parts in the run's split.csv, whatever they were drawn with. Takes split_csv. */
static int open_as_split(linnet_data **data, const char *path, const json_t *json, char *split_csv,
                         const struct linnet_data_opts *given) {
    int64_t limit = given->limit ? given->limit : json_integer_value(json_object_get(json, "limit"));
    linnet_data *opened;
    int status = ln_data_open(&opened, path, &(struct linnet_data_opts){.limit = limit});
    if (status != LINNET_OK) {
        ln_free(split_csv);
        return status;
    }
    if (was_split(json) || !ln_dataset_has_parts(opened->ds)) {
        opened->split_file = split_csv;
        opened->opts.split_file = split_csv;
        status = ln_split_apply(opened->ds, &opened->opts);
        opened->ds->val_held_out = held_out(json) > 0 && !opened->ds->val_is_test;
    } else {
        ln_free(split_csv);
    }
    if (status == LINNET_OK)
        *data = opened;
    else
        ln_data_close(opened);
    return status;
}

/* The run's own data. Without a split.csv, or with options for another split, a new split is drawn. */
static int open_own(linnet_data **data, const char *run, const char *path, const json_t *json,
                    const struct linnet_data_opts *given) {
    struct linnet_data_opts opts = *given;
    bool draws =
        opts.split || opts.split_file || opts.seed || opts.stratify || opts.group_near || opts.skip_bad;
    char *split_csv = draws ? NULL : file_of_run(run, "split.csv");
    if (!draws && !split_csv) return LINNET_ERR_LIMIT;
    if (split_csv && ln_file_exists(split_csv)) return open_as_split(data, path, json, split_csv, given);
    ln_free(split_csv);
    if (!opts.split_file) take_args(json, &opts);
    return ln_data_open(data, path, &opts);
}

int ln_data_open_run(linnet_data **data, const char *run, const char *path,
                     const struct linnet_data_opts *opts) {
    json_t *json = NULL;
    int status = read_args(run, &json);
    if (status != LINNET_OK && path) { /* a model file alone is enough if the data is named */
        ln_error_clear();
        return ln_data_open(data, path, opts);
    }
    if (status != LINNET_OK) return status;
    const char *own = json_string_value(json_object_get(json, "data"));
    if (!path && !own)
        status =
            ln_fail(LINNET_ERR_INPUT, "run-args", "%s: args.json does not name the data; give its path", run);
    else if (!path || (own && same_place(path, own)))
        status = open_own(data, run, path ? path : own, json, opts);
    else
        status = ln_data_open(data, path, opts);
    json_decref(json);
    return status;
}
