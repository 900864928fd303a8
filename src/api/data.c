/* linnet_data. The public handle is the library's own struct (train/open_data.h), because several calls need
 * the options with which it was opened. */
#include "api/handles.h"
#include "data/check.h"
#include "data/split.h"
#include "train/alike.h"
#include "train/open_data.h"

int linnet_data_open(linnet_data **data, const char *path, const struct linnet_data_opts *given) {
    struct linnet_data_opts opts;
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(path);
    LN_TRY(LN_TAKE_OPTS(data, given, &opts));
    return ln_data_open(data, path, &opts);
}

int linnet_data_open_run(linnet_data **data, const char *run, const char *path,
                         const struct linnet_data_opts *given) {
    struct linnet_data_opts opts;
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(run);
    LN_TRY(LN_TAKE_OPTS(data, given, &opts));
    return ln_data_open_run(data, run, path, &opts);
}

void linnet_data_close(linnet_data *data) {
    ln_data_close(data);
}

/* ---- properties ------------------------------------------------------------------------------------- */

const char *linnet_data_path(const linnet_data *data) {
    LN_NEED_OR(NULL, data);
    return data->ds->path;
}

int linnet_data_classes(const linnet_data *data) {
    LN_NEED_OR(0, data);
    return data->ds->classes;
}

/* A label may come from a file or a computation, so one out of range is not a programming error: NULL. */
const char *linnet_data_class_name(const linnet_data *data, int label) {
    LN_NEED_OR(NULL, data);
    return label >= 0 && label < data->ds->classes ? data->ds->class_names[label] : NULL;
}

static int find_sample(const linnet_data *data, int64_t sample) {
    if (sample >= 0 && (uint64_t)sample < data->ds->count) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "data-sample", "%s: no image %lld; there are %zu images", data->ds->path,
                   (long long)sample, data->ds->count);
}

int linnet_data_image(struct linnet_image **image, const linnet_data *data, int64_t sample, int side) {
    ln_api_begin();
    LN_NEED(image);
    LN_NEED(data);
    LN_TRY(find_sample(data, sample));
    if (side < 0)
        return ln_fail(LINNET_ERR_USAGE, "data-sample", "%s: side: must be 0 or more pixels, got %d",
                       data->ds->path, side);
    struct ln_image own;
    LN_TRY(ln_dataset_picture(data->ds, (uint32_t)sample, side, &own));
    return ln_api_image(&own, image);
}

int linnet_data_label(const linnet_data *data, int64_t sample) {
    LN_NEED_OR(-1, data);
    return sample >= 0 && (uint64_t)sample < data->ds->count ? data->ds->labels[sample] : -1;
}

int linnet_data_name(const linnet_data *data, int64_t sample, char *out, size_t size) {
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(out);
    LN_TRY(find_sample(data, sample));
    if (size) ln_dataset_sample_name(data->ds, (uint32_t)sample, out, size);
    return LINNET_OK;
}

static bool is_part(enum linnet_part part) {
    return part >= LINNET_TRAIN && part <= LINNET_TEST;
}

int linnet_data_samples(const linnet_data *data, enum linnet_part part, int64_t *samples) {
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(samples);
    if (!is_part(part))
        return ln_fail(LINNET_ERR_USAGE, "data-part", "%d is not a part; expected train (%d) to test (%d)",
                       (int)part, LINNET_TRAIN, LINNET_TEST);
    const struct ln_part *from = &data->ds->parts[part];
    for (size_t i = 0; i < from->count; i++) samples[i] = from->index[i];
    return LINNET_OK;
}

/* LINNET_PART_DEFAULT is a choice for options and no part, so it has no images. */
int64_t linnet_data_count(const linnet_data *data, enum linnet_part part) {
    LN_NEED_OR(0, data);
    return is_part(part) ? (int64_t)data->ds->parts[part].count : 0;
}

int linnet_data_channels(const linnet_data *data) {
    LN_NEED_OR(0, data);
    return data->ds->channels;
}

void linnet_data_class_counts(const linnet_data *data, int64_t *counts) {
    LN_NEED_OR(, data);
    LN_NEED_OR(, counts);
    ln_dataset_class_counts(data->ds, counts);
}

bool linnet_data_has_parts(const linnet_data *data) {
    LN_NEED_OR(false, data);
    return ln_dataset_has_parts(data->ds);
}

bool linnet_data_watches_test(const linnet_data *data) {
    LN_NEED_OR(false, data);
    return data->ds->val_is_test;
}

bool linnet_data_held_out(const linnet_data *data) {
    LN_NEED_OR(false, data);
    return data->ds->val_held_out;
}

int linnet_data_save_split(const linnet_data *data, const char *path) {
    ln_api_begin();
    LN_NEED(data);
    LN_NEED(path);
    return ln_split_file_write(data->ds, path);
}

/* ---- what is wrong with it -------------------------------------------------------------------------- */

/* The check needs to know whether the parts mean something: those of the default split, which nobody chose,
 * cannot leak. */
int linnet_data_check(struct linnet_check **check, const linnet_data *data,
                      const struct linnet_check_opts *given) {
    struct linnet_check_opts opts;
    ln_api_begin();
    LN_NEED(check);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(check, given, &opts));
    LN_TRY(ln_alike_data(opts.ranks, data->ds));
    return ln_check_run(check, data->ds, ln_data_is_divided(data), &opts);
}

void linnet_check_free(struct linnet_check *check) {
    ln_check_free(check);
}
