/* linnet check --json: one object; docs/data.md documents the keys. */
#include "check_report.h"
#include "json.h"
#include <math.h>

static void put_image(struct cli_json *json, const linnet_data *data,
                      const struct linnet_check_image *image) {
    const char *part = cli_check_part_name(image->part);
    cli_json_string(json, "path", image->path);
    cli_json_string(json, "class", linnet_data_class_name(data, image->label));
    cli_json_string(json, "part", *part ? part : NULL);
}

static void put_classes(struct cli_json *json, const struct cli_check_report *r) {
    cli_json_begin(json, "classes", '[');
    for (int k = 0; k < r->check->classes; k++) {
        cli_json_begin(json, NULL, '{');
        cli_json_string(json, "name", linnet_data_class_name(r->data, k));
        cli_json_int(json, "images", cli_check_count(r->check, k, LINNET_PART_DEFAULT));
        for (int p = LINNET_TRAIN; r->check->has_parts && p <= LINNET_TEST; p++)
            cli_json_int(json, cli_check_part_name((enum linnet_part)p),
                         cli_check_count(r->check, k, (enum linnet_part)p));
        cli_json_end(json, '}');
    }
    cli_json_end(json, ']');
}

static void put_range(struct cli_json *json, const char *key, const struct linnet_check_range *range) {
    cli_json_begin(json, key, '{');
    cli_json_double(json, "min", range->min);
    cli_json_double(json, "median", range->median);
    cli_json_double(json, "max", range->max);
    cli_json_end(json, '}');
}

static void put_sizes(struct cli_json *json, const struct linnet_check *check) {
    put_range(json, "width", &check->width);
    put_range(json, "height", &check->height);
    put_range(json, "aspect", &check->aspect);
    put_range(json, "bytes", &check->bytes);
    cli_json_begin(json, "formats", '{');
    for (int i = 0; i < check->format_count; i++)
        cli_json_int(json, check->formats[i].name, check->formats[i].count);
    cli_json_end(json, '}');
}

static void put_bad(struct cli_json *json, const struct cli_check_report *r) {
    cli_json_begin(json, "unreadable", '[');
    for (int64_t i = 0; i < r->check->bad_count; i++) {
        const struct linnet_check_bad *bad = &r->check->bad[i];
        cli_json_begin(json, NULL, '{');
        put_image(json, r->data, &bad->image);
        cli_json_string(json, "code", bad->code);
        cli_json_string(json, "error", bad->error);
        cli_json_end(json, '}');
    }
    cli_json_end(json, ']');
    cli_json_begin(json, "blank", '[');
    for (int64_t i = 0; i < r->check->blank_count; i++) {
        cli_json_begin(json, NULL, '{');
        put_image(json, r->data, &r->check->blank[i]);
        cli_json_end(json, '}');
    }
    cli_json_end(json, ']');
}

static void put_group(struct cli_json *json, const linnet_data *data,
                      const struct linnet_check_group *group) {
    cli_json_begin(json, NULL, '{');
    cli_json_bool(json, "identical", group->identical);
    cli_json_bool(json, "across_classes", group->across_classes);
    cli_json_bool(json, "across_parts", group->across_parts);
    cli_json_begin(json, "images", '[');
    for (int64_t i = 0; i < group->count; i++) {
        const struct linnet_check_duplicate *image = &group->images[i];
        cli_json_begin(json, NULL, '{');
        put_image(json, data, &image->image);
        cli_json_bool(json, "identical", image->identical);
        cli_json_int(json, "distance", image->distance);
        cli_json_end(json, '}');
    }
    cli_json_end(json, ']');
    cli_json_end(json, '}');
}

static void put_groups(struct cli_json *json, const struct cli_check_report *r) {
    const struct linnet_check *check = r->check;
    cli_json_begin(json, "duplicates", '[');
    for (int64_t i = 0; i < check->group_count; i++) put_group(json, r->data, &check->groups[i]);
    cli_json_end(json, ']');
    cli_json_int(json, "redundant", check->redundant);
    cli_json_begin(json, "leaked", '{');
    cli_json_int(json, "val", check->leaked[LINNET_VAL]);
    cli_json_int(json, "test", check->leaked[LINNET_TEST]);
    cli_json_end(json, '}');
}

static void put_missing(void *user, int label, enum linnet_part part) {
    struct cli_json *json = ((void **)user)[0];
    const linnet_data *data = ((void **)user)[1];
    cli_json_begin(json, NULL, '{');
    cli_json_string(json, "class", linnet_data_class_name(data, label));
    cli_json_string(json, "part", cli_check_part_name(part));
    cli_json_end(json, '}');
}

int cli_check_json(const struct cli_check_report *r) {
    struct cli_json json = {.out = stdout};
    struct cli_check_extremes e;
    cli_json_begin(&json, NULL, '{');
    cli_json_string(&json, "data", linnet_data_path(r->data));
    cli_json_int(&json, "images", r->check->images);
    cli_json_int(&json, "readable", r->check->readable);
    cli_json_int(&json, "problems", cli_check_problems(r->check));
    cli_json_bool(&json, "has_parts", r->check->has_parts);
    put_classes(&json, r);
    cli_json_double(&json, "imbalance",
                    cli_check_extremes(r->check, &e) ? (double)e.most / (double)e.least : (double)NAN);
    cli_json_begin(&json, "missing", '[');
    cli_check_missing(r->check, put_missing, (const void *[]){&json, r->data});
    cli_json_end(&json, ']');
    put_sizes(&json, r->check);
    put_bad(&json, r);
    put_groups(&json, r);
    cli_json_end(&json, '}');
    return LINNET_OK;
}
