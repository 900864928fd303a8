/* linnet check --json: one object; docs/data.md documents the keys.
 *
 *     {"data": "photos", "images": 62, "readable": 61, "problems": 2, "has_parts": false,
 *      "classes": [{"name": "cat", "images": 31}, ...], "imbalance": 1, "missing": [],
 *      "width": {"min": 80, "median": 80, "max": 80}, ..., "formats": {"PNG": 61},
 *      "unreadable": [{"path", "class", "part", "code", "error"}], "blank": [],
 *      "duplicates": [{"identical", "across_classes", "across_parts", "images": [...]}],
 *      "redundant": 1, "leaked": {"val": 0, "test": 0}}
 *
 * Lists are complete, whatever their length; only the text for people is cut.
 */
#include "check_report.h"
#include "json.h"
#include <math.h>

static void put_image(struct linnet_json *json, const linnet_data *data,
                      const struct linnet_check_image *image) {
    const char *part = cli_check_part_name(image->part);
    linnet_json_string(json, "path", image->path);
    linnet_json_string(json, "class", linnet_data_class_name(data, image->label));
    linnet_json_string(json, "part", *part ? part : NULL);
}

static void put_classes(struct linnet_json *json, const struct cli_check_report *r) {
    linnet_json_begin(json, "classes", '[');
    for (int k = 0; k < r->check->classes; k++) {
        linnet_json_begin(json, NULL, '{');
        linnet_json_string(json, "name", linnet_data_class_name(r->data, k));
        linnet_json_int(json, "images", cli_check_count(r->check, k, LINNET_PART_DEFAULT));
        for (int p = LINNET_TRAIN; r->check->has_parts && p <= LINNET_TEST; p++)
            linnet_json_int(json, cli_check_part_name((enum linnet_part)p),
                            cli_check_count(r->check, k, (enum linnet_part)p));
        linnet_json_end(json);
    }
    linnet_json_end(json);
}

static void put_range(struct linnet_json *json, const char *key, const struct linnet_check_range *range) {
    linnet_json_begin(json, key, '{');
    linnet_json_double(json, "min", range->min);
    linnet_json_double(json, "median", range->median);
    linnet_json_double(json, "max", range->max);
    linnet_json_end(json);
}

static void put_sizes(struct linnet_json *json, const struct linnet_check *check) {
    put_range(json, "width", &check->width);
    put_range(json, "height", &check->height);
    put_range(json, "aspect", &check->aspect);
    put_range(json, "bytes", &check->bytes);
    linnet_json_begin(json, "formats", '{');
    for (int i = 0; i < check->format_count; i++)
        linnet_json_int(json, check->formats[i].name, check->formats[i].count);
    linnet_json_end(json);
}

static void put_bad(struct linnet_json *json, const struct cli_check_report *r) {
    linnet_json_begin(json, "unreadable", '[');
    for (int64_t i = 0; i < r->check->bad_count; i++) {
        const struct linnet_check_bad *bad = &r->check->bad[i];
        linnet_json_begin(json, NULL, '{');
        put_image(json, r->data, &bad->image);
        linnet_json_string(json, "code", bad->code);
        linnet_json_string(json, "error", bad->error);
        linnet_json_end(json);
    }
    linnet_json_end(json);
    linnet_json_begin(json, "blank", '[');
    for (int64_t i = 0; i < r->check->blank_count; i++) {
        linnet_json_begin(json, NULL, '{');
        put_image(json, r->data, &r->check->blank[i]);
        linnet_json_end(json);
    }
    linnet_json_end(json);
}

/* The first image of a group is the one that the others are compared with, so its distance is 0. */
static void put_group(struct linnet_json *json, const linnet_data *data,
                      const struct linnet_check_group *group) {
    linnet_json_begin(json, NULL, '{');
    linnet_json_bool(json, "identical", group->identical);
    linnet_json_bool(json, "across_classes", group->across_classes);
    linnet_json_bool(json, "across_parts", group->across_parts);
    linnet_json_begin(json, "images", '[');
    for (int64_t i = 0; i < group->count; i++) {
        const struct linnet_check_duplicate *image = &group->images[i];
        linnet_json_begin(json, NULL, '{');
        put_image(json, data, &image->image);
        linnet_json_bool(json, "identical", image->identical);
        linnet_json_int(json, "distance", image->distance);
        linnet_json_end(json);
    }
    linnet_json_end(json);
    linnet_json_end(json);
}

static void put_groups(struct linnet_json *json, const struct cli_check_report *r) {
    const struct linnet_check *check = r->check;
    linnet_json_begin(json, "duplicates", '[');
    for (int64_t i = 0; i < check->group_count; i++) put_group(json, r->data, &check->groups[i]);
    linnet_json_end(json);
    linnet_json_int(json, "redundant", check->redundant);
    linnet_json_begin(json, "leaked", '{');
    linnet_json_int(json, "val", check->leaked[LINNET_VAL]);
    linnet_json_int(json, "test", check->leaked[LINNET_TEST]);
    linnet_json_end(json);
}

/* user: the writer, and the data set for its class names. */
static void put_missing(void *user, int label, enum linnet_part part) {
    struct linnet_json *json = ((void **)user)[0];
    const linnet_data *data = ((void **)user)[1];
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "class", linnet_data_class_name(data, label));
    linnet_json_string(json, "part", cli_check_part_name(part));
    linnet_json_end(json);
}

int cli_check_json(const struct cli_check_report *r) {
    struct linnet_json json = cli_json_to(stdout, 0);
    struct cli_check_extremes e;
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "data", linnet_data_path(r->data));
    linnet_json_int(&json, "images", r->check->images);
    linnet_json_int(&json, "readable", r->check->readable);
    linnet_json_int(&json, "problems", cli_check_problems(r->check));
    linnet_json_bool(&json, "has_parts", r->check->has_parts);
    put_classes(&json, r);
    linnet_json_double(&json, "imbalance",
                       cli_check_extremes(r->check, &e) ? (double)e.most / (double)e.least : (double)NAN);
    linnet_json_begin(&json, "missing", '[');
    cli_check_missing(r->check, put_missing, (const void *[]){&json, r->data});
    linnet_json_end(&json);
    put_sizes(&json, r->check);
    put_bad(&json, r);
    put_groups(&json, r);
    linnet_json_end(&json);
    return LINNET_OK;
}
