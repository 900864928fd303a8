/* Writes a comparison as JSON and CSV.
 *
 *     {"runs": [{"path": "runs/train", "arch": "resnet18", ..., "test_acc": 0.913, ...}, ...],
 *      "mcnemar": [{"best": "runs/train2", "other": "runs/train", "count": 2000, "best_only": 61,
 *                   "other_only": 38, "p": 0.0262}]}
 *
 * The CSV has one row for each run and the comparison with the best run in its last three columns, since a
 * spreadsheet has no place for a second list.
 */
#include "compare_report.h"
#include "csv.h"
#include "json.h"
#include "output.h"

/* The fields of an outcome in their order, for JSON and CSV alike: one list, so that the two cannot differ. */
static const struct {
    const char *name;
    size_t at;
    /* The C type: const char *, int64_t, int, double. */
    enum { TEXT, COUNT, WHOLE, REAL } kind;
} fields[] = {
#define FIELD(name, kind) \
    { #name, offsetof(struct linnet_outcome, name), kind }
    FIELD(path, TEXT),          FIELD(arch, TEXT),
    FIELD(data, TEXT),          FIELD(imgsz, WHOLE),
    FIELD(parameters, COUNT),   FIELD(epochs, WHOLE),
    FIELD(best_epoch, WHOLE),   FIELD(time_s, REAL),
    FIELD(images_per_s, REAL),  FIELD(val_count, COUNT),
    FIELD(val_loss, REAL),      FIELD(val_acc, REAL),
    FIELD(val_acc_low, REAL),   FIELD(val_acc_high, REAL),
    FIELD(test_count, COUNT),   FIELD(test_loss, REAL),
    FIELD(test_acc, REAL),      FIELD(test_acc_low, REAL),
    FIELD(test_acc_high, REAL), FIELD(test_balanced_acc, REAL),
    FIELD(test_ece, REAL),
#undef FIELD
};
enum { FIELDS = sizeof fields / sizeof *fields };

static void put_field(struct linnet_json *json, const struct linnet_outcome *o, int i) {
    const void *at = (const char *)o + fields[i].at;
    switch (fields[i].kind) {
    case TEXT: linnet_json_string(json, fields[i].name, *(const char *const *)at); break;
    case COUNT: linnet_json_int(json, fields[i].name, *(const int64_t *)at); break;
    case WHOLE: linnet_json_int(json, fields[i].name, *(const int *)at); break;
    case REAL: linnet_json_double(json, fields[i].name, *(const double *)at); break;
    }
}

static void put_pair(struct linnet_json *json, const struct cli_comparison *c, int i) {
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "best", c->outcomes[c->best]->path);
    linnet_json_string(json, "other", c->outcomes[i]->path);
    linnet_json_int(json, "count", c->pairs[i].count);
    linnet_json_int(json, "best_only", c->pairs[i].first_only);
    linnet_json_int(json, "other_only", c->pairs[i].second_only);
    linnet_json_double(json, "p", c->pairs[i].p);
    linnet_json_end(json);
}

int cli_compare_json(const struct cli_comparison *c) {
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_begin(&json, "runs", '[');
    for (int i = 0; i < c->count; i++) {
        linnet_json_begin(&json, NULL, '{');
        for (int f = 0; f < FIELDS; f++) put_field(&json, c->outcomes[i], f);
        linnet_json_end(&json);
    }
    linnet_json_end(&json);
    linnet_json_begin(&json, "mcnemar", '[');
    for (int i = 0; c->best >= 0 && i < c->count; i++)
        if (i != c->best) put_pair(&json, c, i);
    linnet_json_end(&json);
    linnet_json_end(&json);
    return LINNET_OK;
}

static void write_field(FILE *out, const struct linnet_outcome *o, int i) {
    const void *at = (const char *)o + fields[i].at;
    if (i) putc(',', out);
    switch (fields[i].kind) {
    case TEXT: cli_csv_string(out, *(const char *const *)at); break;
    case COUNT: fprintf(out, "%lld", (long long)*(const int64_t *)at); break;
    case WHOLE: fprintf(out, "%d", *(const int *)at); break;
    case REAL: cli_csv_double(out, *(const double *)at); break;
    }
}

/* The last three columns compare the run with the best one. They are empty for the best run itself, and for a run that
 * was tested on other images. */
static void write_pair(FILE *out, const struct cli_comparison *c, int i) {
    const struct linnet_pair *pair = &c->pairs[i];
    if (i == c->best || pair->count == 0)
        fputs(",,,\n", out);
    else
        fprintf(out, ",%lld,%lld,%.9g\n", (long long)pair->first_only, (long long)pair->second_only, pair->p);
}

int cli_compare_csv(const struct cli_comparison *c, const char *path) {
    struct cli_file file;
    int status = cli_file_begin(&file, path);
    if (status) return status;
    for (int f = 0; f < FIELDS; f++) fprintf(file.stream, "%s,", fields[f].name);
    fputs("best_only,other_only,mcnemar_p\n", file.stream);
    for (int i = 0; i < c->count; i++) {
        for (int f = 0; f < FIELDS; f++) write_field(file.stream, c->outcomes[i], f);
        write_pair(file.stream, c, i);
    }
    return cli_file_commit(&file);
}
