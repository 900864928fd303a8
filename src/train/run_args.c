/* args.json, written and read from the tables of options: an option with a key needs no code here.
 *
 *     {
 *       "data": "/data/photos",
 *       "split": "80,10,10",
 *       ...
 *       "model": "resnet18",
 *       "weights": null,
 *       "imgsz": 224,
 *       "recipe": "auto",
 *       "epochs": 30,
 *       ...
 *     }
 *
 * The options are resolved: a run that is resumed with a later version, whose defaults differ, continues with
 * the old ones.
 */
#include "train/run_args.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "base/option.h"
#include "train/class_weights.h"

#include <string.h>

enum { ARGS_MAX = 1 << 20 }; /* bytes; a file has about 1,500 */

/* ---- write --------------------------------------------------------------------------------------------- */

/* Writes an absolute path, so that the run can be resumed from another folder. */
static bool put_real_path(struct linnet_json *json, const char *key, const char *path) {
    char *real = path ? ln_file_real_path(path) : NULL;
    ln_json_string(json, key, real);
    ln_free(real);
    return !path || real;
}

int ln_run_args_write(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                      const struct linnet_data_opts *data, const struct linnet_train_opts *train) {
    struct linnet_train_opts own = *train;
    struct ln_text text = {0};
    struct linnet_json json = ln_json_into(&text, 1);
    char *class_weights;
    LN_TRY(ln_class_weights_spell(train->class_weights, ds, &class_weights));
    own.class_weights = class_weights;
    ln_json_begin(&json, NULL, '{');
    text.failed |= !put_real_path(&json, "data", ds->path);
    ln_json_options(&json, linnet_data_options, data);
    ln_json_string(&json, "model", model->arch);
    text.failed |= !put_real_path(&json, "weights", model->begun_with);
    ln_json_int(&json, "imgsz", model->preprocess.width);
    ln_json_options(&json, linnet_train_options, &own);
    ln_json_end(&json);
    ln_free(class_weights);
    return ln_text_write(&text, dir, "args.json");
}

/* ---- read ---------------------------------------------------------------------------------------------- */

static int fail_field(const char *path, const struct linnet_option *o, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "run-args", "%s: '%s' must be %s", path, o->key, what);
}

/* An explicit 0 is stored as LINNET_NONE in the struct, but as 0 in the file, which people read. */
static int take_integer(const char *path, const struct linnet_option *o, const json_t *value, void *at) {
    const bool is_int = o->type == LINNET_OPTION_INT;
    const int64_t least = is_int ? 0 : INT64_MIN, most = is_int ? INT32_MAX : INT64_MAX;
    int64_t whole = json_integer_value(value);
    if (!json_is_integer(value) || whole < least || whole > most) return fail_field(path, o, "an integer");
    if (o->zero_is_none && whole == 0) whole = LINNET_NONE;
    if (is_int)
        *(int *)at = (int)whole;
    else
        *(int64_t *)at = whole;
    return LINNET_OK;
}

static int take_string(const char *path, const struct linnet_option *o, const json_t *value,
                       const char **out) {
    if (json_is_null(value)) return LINNET_OK;
    if (!json_is_string(value)) return fail_field(path, o, "a string");
    *out = ln_strdup(json_string_value(value));
    return *out ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* A missing key leaves the default: the file may come from an older Linnet. */
static int take(const char *path, const struct linnet_option *o, const json_t *json, void *opts) {
    const json_t *value = json_object_get(json, o->key);
    void *at = (char *)opts + o->offset;
    if (!value) return LINNET_OK;
    switch (o->type) {
    case LINNET_OPTION_INT:
    case LINNET_OPTION_INT64: return take_integer(path, o, value, at);
    case LINNET_OPTION_DOUBLE:
    case LINNET_OPTION_SECONDS:
        if (!json_is_number(value)) return fail_field(path, o, "a number");
        *(double *)at = json_number_value(value);
        if (o->zero_is_none && *(double *)at == 0) *(double *)at = LINNET_NONE;
        return LINNET_OK;
    case LINNET_OPTION_BOOL:
        if (!json_is_boolean(value)) return fail_field(path, o, "true or false");
        *(bool *)at = json_is_true(value);
        return LINNET_OK;
    case LINNET_OPTION_STRING: return take_string(path, o, value, at);
    }
    return LINNET_OK;
}

int ln_run_args_open(const char *path, json_t **json) {
    unsigned char *text;
    size_t size;
    LN_TRY(ln_file_read(path, ARGS_MAX, &text, &size));
    int status = ln_json_parse(json, (const char *)text, size,
                               &(struct ln_json_opts){.place = path, .code = "run-args"});
    ln_free(text);
    return status;
}

int ln_run_args_read(const char *dir, struct linnet_train_opts *train) {
    const struct linnet_option *o;
    json_t *json = NULL;
    *train = (struct linnet_train_opts){0};
    char *path = ln_file_join(dir, "args.json");
    int status = path ? ln_run_args_open(path, &json) : LINNET_ERR_LIMIT;
    for (int i = 0; (o = linnet_train_options(i)) && status == LINNET_OK; i++)
        if (o->key) status = take(path, o, json, train);
    ln_options_drop_unused(linnet_train_options, train); /* 0.1.0 wrote step_epochs for every schedule */
    json_decref(json);
    ln_free(path);
    return status;
}

void ln_run_args_free(struct linnet_train_opts *train) {
    const struct linnet_option *o;
    for (int i = 0; (o = linnet_train_options(i)); i++)
        if (o->key && o->type == LINNET_OPTION_STRING) {
            char **string = (char **)((char *)train + o->offset);
            ln_free(*string);
            *string = NULL;
        }
}
