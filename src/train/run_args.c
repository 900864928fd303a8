/* args.json, written and read from one table. */
#include "train/run_args.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#include <stddef.h>

enum kind { WHOLE, WHOLE_64, REAL, FLAG, NAME };

/* none: the file's 0 is LINNET_NONE in the struct, whose 0 would be the default. */
struct field {
    const char *name;
    enum kind kind;
    size_t at;
    bool none;
};

#define AT(field) offsetof(struct linnet_data_opts, field)
static const struct field data_fields[] = {
    {"split", NAME, AT(split)},       {"split_file", NAME, AT(split_file)},
    {"stratify", FLAG, AT(stratify)}, {"group_near", FLAG, AT(group_near)},
    {"skip_bad", FLAG, AT(skip_bad)}, {"data_seed", WHOLE_64, AT(seed)},
    {"limit", WHOLE_64, AT(limit)},
};
#undef AT

#define AT(field) offsetof(struct linnet_train_opts, field)
static const struct field train_fields[] = {
    {"recipe", NAME, AT(recipe)},
    {"epochs", WHOLE, AT(epochs), .none = true},
    {"batch_size", WHOLE, AT(batch)},
    {"opt", NAME, AT(opt)},
    {"lr", REAL, AT(lr)},
    {"momentum", REAL, AT(momentum), .none = true},
    {"weight_decay", REAL, AT(weight_decay), .none = true},
    {"lr_scheduler", NAME, AT(lr_scheduler)},
    {"warmup_epochs", REAL, AT(warmup_epochs)},
    {"step_epochs", WHOLE, AT(step_epochs)},
    {"patience", WHOLE, AT(patience)},
    {"time_s", REAL, AT(time_s)},
    {"model_ema", FLAG, AT(model_ema)},
    {"model_ema_decay", REAL, AT(model_ema_decay)},
    {"augment", NAME, AT(augment)},
    {"freeze", NAME, AT(freeze)},
    {"label_smoothing", REAL, AT(label_smoothing)},
    {"mixup", REAL, AT(mixup)},
    {"cutmix", REAL, AT(cutmix)},
    {"conv", NAME, AT(conv)},
    {"dtype", NAME, AT(dtype)},
    {"seed", WHOLE_64, AT(seed)},
    {"threads", WHOLE, AT(threads)},
    {"workers", WHOLE, AT(workers)},
    {"cache_mb", WHOLE_64, AT(cache_mb), .none = true},
    {"strict", FLAG, AT(strict)},
    {"chapter_csv", NAME, AT(chapter_csv)},
};
#undef AT

enum {
    DATA_FIELDS = sizeof data_fields / sizeof *data_fields,
    TRAIN_FIELDS = sizeof train_fields / sizeof *train_fields,
    ARGS_MAX = 1 << 20,
};

/* ---- write --------------------------------------------------------------------------------------------- */

static void add_string(struct ln_text *t, const char *s) {
    if (s)
        ln_text_add_json(t, s);
    else
        ln_text_add(t, "null");
}

/* A path as it will still be understood from another folder. */
static void add_real_path(struct ln_text *t, const char *path) {
    char *real = path ? ln_file_real_path(path) : NULL;
    add_string(t, real);
    t->failed |= path && !real; /* out of memory */
    ln_free(real);
}

static void add_field(struct ln_text *t, const struct field *f, const void *opts) {
    const void *at = (const char *)opts + f->at;
    ln_text_addf(t, ",\n  \"%s\": ", f->name);
    switch (f->kind) {
    case WHOLE: {
        int value = *(const int *)at;
        ln_text_addf(t, "%d", f->none && value == LINNET_NONE ? 0 : value);
        break;
    }
    case WHOLE_64: {
        int64_t value = *(const int64_t *)at;
        ln_text_addf(t, "%lld", (long long)(f->none && value == LINNET_NONE ? 0 : value));
        break;
    }
    case REAL: {
        double value = *(const double *)at;
        ln_text_add_real(t, f->none && value == LINNET_NONE ? 0 : value);
        break;
    }
    case FLAG: ln_text_add(t, *(const bool *)at ? "true" : "false"); break;
    case NAME: add_string(t, *(const char *const *)at); break;
    }
}

int ln_run_args_write(const char *dir, const struct ln_model *model, const struct ln_dataset *ds,
                      const struct linnet_data_opts *data, const struct linnet_train_opts *train) {
    struct ln_text t = {0};
    ln_text_add(&t, "{\n  \"data\": ");
    add_real_path(&t, ds->path);
    for (int i = 0; i < DATA_FIELDS; i++) add_field(&t, &data_fields[i], data);
    ln_text_add(&t, ",\n  \"model\": ");
    ln_text_add_json(&t, model->arch);
    ln_text_add(&t, ",\n  \"weights\": ");
    add_real_path(&t, model->begun_with);
    ln_text_addf(&t, ",\n  \"imgsz\": %d", model->preprocess.width);
    for (int i = 0; i < TRAIN_FIELDS; i++) add_field(&t, &train_fields[i], train);
    ln_text_add(&t, "\n}\n");
    return ln_text_write(&t, dir, "args.json");
}

/* ---- read ---------------------------------------------------------------------------------------------- */

static int fail_field(const char *path, const struct field *f, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "run-args", "%s: '%s' is not %s", path, f->name, what);
}

static int take_whole(const char *path, const struct field *f, const json_t *value, int64_t least,
                      int64_t most, int64_t *out) {
    if (!json_is_integer(value) || json_integer_value(value) < least || json_integer_value(value) > most)
        return fail_field(path, f, "a whole number that can be");
    *out = json_integer_value(value);
    if (f->none && *out == 0) *out = LINNET_NONE;
    return LINNET_OK;
}

static int take_name(const char *path, const struct field *f, const json_t *value, const char **out) {
    if (json_is_null(value)) return LINNET_OK;
    if (!json_is_string(value)) return fail_field(path, f, "a string");
    *out = ln_strdup(json_string_value(value));
    return *out ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* A field that is not there keeps its default: an older Linnet did not have it. */
static int take_field(const char *path, const struct field *f, const json_t *json, void *opts) {
    const json_t *value = json_object_get(json, f->name);
    void *at = (char *)opts + f->at;
    int64_t whole = 0;
    if (!value) return LINNET_OK;
    switch (f->kind) {
    case WHOLE:
        LN_TRY(take_whole(path, f, value, 0, INT32_MAX, &whole));
        *(int *)at = (int)whole;
        return LINNET_OK;
    case WHOLE_64: return take_whole(path, f, value, INT64_MIN, INT64_MAX, at);
    case REAL:
        if (!json_is_number(value)) return fail_field(path, f, "a number");
        *(double *)at = json_number_value(value);
        if (f->none && *(double *)at == 0) *(double *)at = LINNET_NONE;
        return LINNET_OK;
    case FLAG:
        if (!json_is_boolean(value)) return fail_field(path, f, "true or false");
        *(bool *)at = json_is_true(value);
        return LINNET_OK;
    case NAME: return take_name(path, f, value, at);
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
    json_t *json = NULL;
    *train = (struct linnet_train_opts){0};
    char *path = ln_file_join(dir, "args.json");
    int status = path ? ln_run_args_open(path, &json) : LINNET_ERR_LIMIT;
    for (int i = 0; i < TRAIN_FIELDS && status == LINNET_OK; i++)
        status = take_field(path, &train_fields[i], json, train);
    json_decref(json);
    ln_free(path);
    return status;
}

void ln_run_args_free(struct linnet_train_opts *train) {
    for (int i = 0; i < TRAIN_FIELDS; i++)
        if (train_fields[i].kind == NAME) {
            char **name = (char **)((char *)train + train_fields[i].at);
            ln_free(*name);
            *name = NULL;
        }
}
