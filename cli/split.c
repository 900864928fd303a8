/* linnet split: divides a data set into training, validation and test, shows the numbers and writes the split
 * to a file.
 *
 *     class  train  val  test  images
 *     cat       25    3     3      31
 *     dog       25    3     3      31
 *     all       50    6     6      62
 *
 * The file (path,class,part) freezes the split: images that are added later belong to no part until it is
 * written once more, so results before and after stay comparable.
 */
#include "command.h"
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

#define OPTS struct split_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, output), .flag = "output", .letter = 'o', .value = "FILE", .group = "output",
     .help = "write the part of each image as CSV, for --split-file"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags split_flags[] = {
    {linnet_data_options, .at = offsetof(OPTS, data)},
    {own},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

static const char *const part_names[LINNET_TEST + 1] = {"in no part", "train", "val", "test"};

/* The class, three parts, "in no part", and the sum. */
enum { COLUMNS = 6 };

/* row: the images in no part, train, val and test. none: show the first of these; most splits use every image. */
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
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "data", linnet_data_path(data));
    linnet_json_begin(&json, "classes", '[');
    for (int k = 0; k < linnet_data_classes(data); k++) {
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "name", linnet_data_class_name(data, k));
        for (int p = 0; p <= LINNET_TEST; p++)
            linnet_json_int(&json, keys[p], counts[k * (LINNET_TEST + 1) + p]);
        linnet_json_end(&json);
    }
    linnet_json_end(&json);
    linnet_json_string(&json, "file", output);
    linnet_json_end(&json);
    return LINNET_OK;
}

static int show(const linnet_data *data, const struct split_args *args) {
    char shown[CLI_SHOWN];
    int64_t *counts = malloc((size_t)linnet_data_classes(data) * (LINNET_TEST + 1) * sizeof *counts);
    if (!counts) return cli_fail(LINNET_ERR_LIMIT, "out of memory");
    linnet_data_class_counts(data, counts);
    int status = args->json ? print_json(data, counts, args->output) : print_text(data, counts);
    if (!status && args->output && !args->json)
        printf("\nsplit written to %s\n", cli_text_printable(args->output, shown));
    free(counts);
    return status;
}

static void on_progress(void *user, int64_t done, int64_t total) {
    cli_progress_show(user, "read", done, total, 0, "");
}

static int split_run(int argc, char **argv) {
    struct split_args args = {.data.size = sizeof args.data};
    struct cli_progress progress;
    struct cli_positional positional;
    linnet_data *data = NULL;
    int status = cli_args_parse(&cli_command_split, argc, argv, &args, &positional);
    if (status) return status;
    cli_progress_init(&progress, true);
    args.data.stop = cli_stop_watch();
    args.data.on_progress = on_progress;
    args.data.user = &progress;
    status = linnet_data_open(&data, positional.items[0], &args.data);
    cli_progress_clear(&progress);
    /* The file first: a table on stdout should not announce a split that could not be saved. */
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
    .summary = "divide a data set into train, validation and test",
    .usage = "split DATA [flags]",
    .about =
        "The list of images, ordered by class and then by the bytes of their paths, is shuffled as by Python's "
        "random.seed(N); random.shuffle(list), and divided. train and eval draw the same split from the same "
        "flags, or read it from a file with --split-file.",
    .example = "linnet split photos --split 400,92,10 --seed 42 -o split.csv",
    .min_args = 1,
    .max_args = 1,
    .flags = split_flags,
    .run = split_run,
};
