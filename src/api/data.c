/* linnet_data. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/option.h"
#include "data/check.h"
#include "data/split.h"
#include "train/run_args.h"

#include <string.h>

static int open_data(linnet_data **out, const char *path, const struct linnet_data_opts *opts) {
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
    if (status == LINNET_OK)
        *out = data;
    else
        linnet_data_close(data);
    return status;
}

int linnet_data_open(linnet_data **data, const char *path, const struct linnet_data_opts *given) {
    struct linnet_data_opts opts;
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(path);
    LN_TRY(LN_TAKE_OPTS(data, given, &opts));
    return open_data(data, path, &opts);
}

void linnet_data_close(linnet_data *data) {
    if (!data) return;
    ln_dataset_close(data->ds);
    ln_free(data->split);
    ln_free(data->split_file);
    ln_free(data);
}

/* ---- the data of a run ----------------------------------------------------------------------------- */

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

static bool same_place(const char *a, const char *b) {
    char *real_a = ln_file_real_path(a), *real_b = ln_file_real_path(b);
    bool same = real_a && real_b && strcmp(real_a, real_b) == 0;
    ln_free(real_a);
    ln_free(real_b);
    return same;
}

/* Zero fields of *opts become the run's. The split stays the JSON's. */
static void take_args(const json_t *json, struct linnet_data_opts *opts) {
    if (!opts->split) opts->split = json_string_value(json_object_get(json, "split"));
    if (!opts->seed) opts->seed = (uint64_t)json_integer_value(json_object_get(json, "data_seed"));
    if (!opts->limit) opts->limit = json_integer_value(json_object_get(json, "limit"));
}

/* Was a split drawn, or read? Else the data's own parts hold, with whatever was added to them since. */
static bool was_split(const json_t *json) {
    return json_is_string(json_object_get(json, "split")) ||
           json_is_string(json_object_get(json, "split_file"));
}

/* The parts as the run had them are those in its split.csv, whatever they were drawn with. */
static int open_as_split(linnet_data **data, const char *path, const json_t *json, char *split_csv,
                         const struct linnet_data_opts *given) {
    int64_t limit = given->limit ? given->limit : json_integer_value(json_object_get(json, "limit"));
    linnet_data *opened;
    LN_TRY(open_data(&opened, path, &(struct linnet_data_opts){.limit = limit}));
    int status = LINNET_OK;
    if (was_split(json) || !linnet_data_has_parts(opened)) {
        opened->split_file = split_csv;
        opened->opts.split_file = split_csv;
        status = ln_split_apply(opened->ds, &opened->opts);
    } else {
        ln_free(split_csv);
    }
    if (status == LINNET_OK)
        *data = opened;
    else
        linnet_data_close(opened);
    return status;
}

/* From its path as args.json has it, or another name of the same place. Without a split.csv, or where another
 * split is asked for, the parts are drawn again. */
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
    return open_data(data, path, &opts);
}

int linnet_data_open_run(linnet_data **data, const char *run, const char *path,
                         const struct linnet_data_opts *given) {
    struct linnet_data_opts opts;
    json_t *json = NULL;
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(run);
    LN_TRY(LN_TAKE_OPTS(data, given, &opts));
    int status = read_args(run, &json);
    if (status != LINNET_OK && path) { /* a model file alone is fine where the data is named */
        ln_error_clear();
        return open_data(data, path, &opts);
    }
    if (status != LINNET_OK) return status;
    const char *own = json_string_value(json_object_get(json, "data"));
    if (!path && !own)
        status =
            ln_fail(LINNET_ERR_INPUT, "run-args", "%s: its args.json does not name the data; name it", run);
    else if (!path || (own && same_place(path, own)))
        status = open_own(data, run, path ? path : own, json, &opts);
    else
        status = open_data(data, path, &opts);
    json_decref(json);
    return status;
}

/* ---- properties ----------------------------------------------------------------------------------------- */

const char *linnet_data_path(const linnet_data *data) {
    LN_NEED_OR(NULL, data);
    return data->ds->path;
}

int linnet_data_classes(const linnet_data *data) {
    LN_NEED_OR(0, data);
    return data->ds->classes;
}

const char *linnet_data_class_name(const linnet_data *data, int label) {
    LN_NEED_OR(NULL, data);
    return label >= 0 && label < data->ds->classes ? data->ds->class_names[label] : NULL;
}

int64_t linnet_data_count(const linnet_data *data, enum linnet_part part) {
    LN_NEED_OR(0, data);
    return part >= LINNET_TRAIN && part <= LINNET_TEST ? (int64_t)data->ds->parts[part].count : 0;
}

int linnet_data_channels(const linnet_data *data) {
    LN_NEED_OR(0, data);
    return data->ds->channels;
}

void linnet_data_class_counts(const linnet_data *data, int64_t *counts) {
    if (!data || !counts) {
        ln_api_null(__func__, data ? "counts" : "data");
        return;
    }
    const struct ln_dataset *ds = data->ds;
    const size_t parts = LINNET_TEST + 1;
    memset(counts, 0, (size_t)ds->classes * parts * sizeof *counts);
    for (size_t i = 0; i < ds->count; i++) counts[(size_t)ds->labels[i] * parts]++;
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) {
        if (p == LINNET_VAL && ds->val_is_test) continue;
        for (size_t i = 0; i < ds->parts[p].count; i++) {
            int64_t *row = counts + (size_t)ds->labels[ds->parts[p].index[i]] * parts;
            row[p]++;
            row[0]--;
        }
    }
}

bool linnet_data_has_parts(const linnet_data *data) {
    LN_NEED_OR(false, data);
    const struct ln_dataset *ds = data->ds;
    for (size_t i = 0; ds->source_part && i < ds->count; i++)
        if (ds->source_part[i] > LINNET_TRAIN) return true;
    return false;
}

int linnet_data_save_split(const linnet_data *data, const char *path) {
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(path);
    return ln_split_file_write(data->ds, path);
}

/* ---- a look at it -------------------------------------------------------------------------------------- */

int linnet_data_check(struct linnet_check **check, const linnet_data *data,
                      const struct linnet_check_opts *given) {
    struct linnet_check_opts opts;
    ln_api_begin();
    LN_NEED(check);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(check, given, &opts));
    bool has_parts = linnet_data_has_parts(data) || data->split || data->split_file;
    return ln_check_run(check, data->ds, has_parts, &opts);
}

void linnet_check_free(struct linnet_check *check) {
    ln_check_free(check);
}

bool linnet_data_watches_test(const linnet_data *data) {
    LN_NEED_OR(false, data);
    return data->ds->val_is_test;
}
