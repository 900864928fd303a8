/* linnet split: who trains, who validates, who tests; shown, and written to a file. */
#include "command.h"
#include "data_flags.h"
#include "json.h"
#include "output.h"
#include "progress.h"
#include "stop.h"
#include "table.h"
#include "text.h"
#include <stdlib.h>

struct split_args {
    struct linnet_data_opts data;
    const char *output;
    bool json;
};

#define AT(field) offsetof(struct split_args, field)
static const struct cli_flag split_flags[] = {
    {.help = "parts"},
    CLI_FLAG_SPLIT(AT(data.split)),
    CLI_FLAG_SEED(AT(data.seed), "of the split (0)"),
    CLI_FLAG_STRATIFY(AT(data)),
    CLI_FLAG_GROUP_NEAR(AT(data)),
    CLI_FLAG_SKIP_BAD(AT(data)),
    CLI_FLAG_SPLIT_FILE(AT(data)),
    CLI_FLAG_LIMIT(AT(data.limit)),
    {.help = "output"},
    {"output", 'o', CLI_STRING, AT(output), "FILE", .help = "write the parts as CSV, for --split-file"},
    CLI_FLAG_JSON(AT(json)),
    {0},
};

static const char *const part_names[LINNET_TEST + 1] = {"in none", "train", "val", "test"};

enum { COLUMNS = 6 };

static void put_row(struct cli_table *table, const char *name, const int64_t *row, bool none) {
    char text[CLI_NUMBER];
    cli_table_cell(table, "%s", name);
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++)
        cli_table_cell(table, "%s", cli_text_count(row[p], text));
    if (none) cli_table_cell(table, "%s", cli_text_count(row[0], text));
    cli_table_cell(table, "%s", cli_text_count(row[0] + row[1] + row[2] + row[3], text));
}

static int print_text(const linnet_data *data, const int64_t *counts) {
    struct cli_column columns[COLUMNS] = {{.title = "class"}};
    struct cli_table table;
    int64_t total[LINNET_TEST + 1] = {0};
    int classes = linnet_data_classes(data), n = 1;
    for (int k = 0; k < classes; k++)
        for (int p = 0; p <= LINNET_TEST; p++) total[p] += counts[k * (LINNET_TEST + 1) + p];
    for (int p = LINNET_TRAIN; p <= LINNET_TEST; p++) columns[n++] = (struct cli_column){part_names[p], true};
    if (total[0] > 0) columns[n++] = (struct cli_column){part_names[0], true};
    columns[n++] = (struct cli_column){"images", true};
    cli_table_begin(&table, stdout, columns, n);
    for (int k = 0; k < classes; k++)
        put_row(&table, linnet_data_class_name(data, k), counts + (size_t)k * (LINNET_TEST + 1),
                total[0] > 0);
    put_row(&table, "all", total, total[0] > 0);
    return cli_table_end(&table);
}

static int print_json(const linnet_data *data, const int64_t *counts, const char *output) {
    static const char *const keys[LINNET_TEST + 1] = {"none", "train", "val", "test"};
    struct cli_json json = {.out = stdout};
    cli_json_begin(&json, NULL, '{');
    cli_json_string(&json, "data", linnet_data_path(data));
    cli_json_begin(&json, "classes", '[');
    for (int k = 0; k < linnet_data_classes(data); k++) {
        cli_json_begin(&json, NULL, '{');
        cli_json_string(&json, "name", linnet_data_class_name(data, k));
        for (int p = 0; p <= LINNET_TEST; p++)
            cli_json_int(&json, keys[p], counts[k * (LINNET_TEST + 1) + p]);
        cli_json_end(&json, '}');
    }
    cli_json_end(&json, ']');
    cli_json_string(&json, "file", output);
    cli_json_end(&json, '}');
    return LINNET_OK;
}

static int show(const linnet_data *data, const struct split_args *args) {
    char shown[CLI_SHOWN];
    int64_t *counts = malloc((size_t)linnet_data_classes(data) * (LINNET_TEST + 1) * sizeof *counts);
    if (!counts) return cli_fail(LINNET_ERR_LIMIT, "out of memory");
    linnet_data_class_counts(data, counts);
    int status = args->json ? print_json(data, counts, args->output) : print_text(data, counts);
    if (!status && args->output && !args->json)
        printf("\nwritten to %s\n", cli_text_printable(args->output, shown));
    free(counts);
    return status;
}

static void on_progress(void *user, int64_t done, int64_t total) {
    cli_progress_show(user, "look", done, total, 0, "");
}

static int split_run(int argc, char **argv) {
    struct split_args args = {.data.size = sizeof args.data};
    struct cli_progress progress;
    struct cli_rest rest;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_split, argc, argv, &args, &rest);
    if (!status) status = cli_data_flags_check(&args.data);
    if (status) return status;
    cli_progress_init(&progress, stdout, !args.json);
    args.data.stop = cli_stop_watch();
    args.data.on_progress = on_progress;
    args.data.user = &progress;
    status = linnet_data_open(&data, rest.items[0], &args.data);
    cli_progress_clear(&progress);
    if (!status && args.output) status = linnet_data_save_split(data, args.output);
    if (status)
        cli_fail_library(status);
    else
        status = show(data, &args);
    linnet_data_close(data);
    return status;
}

const struct cli_command cli_command_split = {
    .name = "split",
    .group = "data",
    .summary = "cut a data set into train, validation and test",
    .usage = "split DATA [flags]",
    .about =
        "The list of images, class by class in byte order of their paths, is shuffled as Python's "
        "random.seed(N); random.shuffle(list) does it, and cut. train and eval draw the same split from the "
        "same flags, or read it from the file with --split-file.",
    .example = "linnet split photos --split 400,92,10 --seed 42 -o split.csv",
    .min_rest = 1,
    .max_rest = 1,
    .flags = split_flags,
    .run = split_run,
};
