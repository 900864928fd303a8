/* linnet_data. */
#include "api/handles.h"
#include "base/alloc.h"
#include "base/file.h"
#include "model/json.h"

#include <string.h>

static int open_data(linnet_data **out, const char *path, const struct linnet_data_opts *opts) {
    static const struct linnet_data_opts none;
    linnet_data *data = ln_calloc(1, sizeof *data);
    if (!data) return LINNET_ERR_LIMIT;
    data->opts = opts ? *opts : none;
    int status = LINNET_OK;
    if (data->opts.split && !(data->split = ln_strdup(data->opts.split))) status = LINNET_ERR_LIMIT;
    data->opts.split = data->split;
    if (status == LINNET_OK) status = ln_dataset_open(&data->ds, path, &data->opts);
    if (status == LINNET_OK)
        *out = data;
    else
        linnet_data_close(data);
    return status;
}

int linnet_data_open(linnet_data **data, const char *path, const struct linnet_data_opts *opts) {
    ln_api_begin();
    return open_data(data, path, opts);
}

void linnet_data_close(linnet_data *data) {
    if (!data) return;
    ln_dataset_close(data->ds);
    ln_free(data->split);
    ln_free(data);
}

/* ---- the data of a run -----------------------------------------------------------------------------------
 */

enum { ARGS_MAX = 1 << 20 };

/* The args.json of a run folder, or of the folder that a model file lies in. */
static char *args_path(const char *run) {
    if (ln_file_is_folder(run)) return ln_file_join(run, "args.json");
    const char *name = ln_file_name(run);
    char *folder = ln_strdup(name == run ? "." : run), *path = NULL;
    if (folder && name != run) folder[name - run - 1] = '\0';
    if (folder) path = ln_file_join(folder[0] ? folder : "/", "args.json");
    ln_free(folder);
    return path;
}

static int read_args(const char *run, json_t **json) {
    char *path = args_path(run);
    unsigned char *text = NULL;
    size_t size = 0;
    int status = path ? ln_file_read(path, ARGS_MAX, &text, &size) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK)
        status = ln_json_parse(json, (const char *)text, size,
                               &(struct ln_json_opts){.place = path, .code = "run-args"});
    ln_free(text);
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

int linnet_data_open_run(linnet_data **data, const char *run, const char *path,
                         const struct linnet_data_opts *given) {
    struct linnet_data_opts opts = given ? *given : (struct linnet_data_opts){0};
    json_t *json = NULL;
    ln_api_begin();
    int status = read_args(run, &json);
    if (status != LINNET_OK && path) { /* a model file alone is fine where the data is named */
        ln_error_clear();
        return open_data(data, path, given);
    }
    if (status != LINNET_OK) return status;
    const char *own = json_string_value(json_object_get(json, "data"));
    if (!path && !own)
        status =
            ln_fail(LINNET_ERR_INPUT, "run-args", "%s: its args.json does not name the data; name it", run);
    else if (!path || (own && same_place(path, own))) {
        take_args(json, &opts);
        status = open_data(data, path ? path : own, &opts);
    } else
        status = open_data(data, path, given);
    json_decref(json);
    return status;
}

/* ---- questions ----------------------------------------------------------------------------------------- */

const char *linnet_data_path(const linnet_data *data) {
    return data->ds->path;
}

int linnet_data_classes(const linnet_data *data) {
    return data->ds->classes;
}

const char *linnet_data_class_name(const linnet_data *data, int label) {
    return label >= 0 && label < data->ds->classes ? data->ds->class_names[label] : NULL;
}

int64_t linnet_data_count(const linnet_data *data, enum linnet_part part) {
    return part >= LINNET_TRAIN && part <= LINNET_TEST ? (int64_t)data->ds->parts[part].count : 0;
}

int linnet_data_channels(const linnet_data *data) {
    return data->ds->channels;
}

bool linnet_data_watches_test(const linnet_data *data) {
    return data->ds->watches_test;
}
