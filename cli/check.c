/* linnet check: the contents of a data set, and its problems. The library finds them; the program decides
 * what counts as a problem for --strict, and how it is shown: check_text.c for people, check_json.c for
 * programs. */
#include "check_report.h"
#include "command.h"
#include "output.h"
#include "progress.h"
#include "ranks.h"
#include "stop.h"

struct check_args {
    struct linnet_data_opts data;
    struct linnet_check_opts check;
    bool all, strict, json;
};

#define OPTS struct check_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(BOOL, all), .flag = "all", .group = "output",
     .help = "show every image with a problem, not only ten of each kind"},
    {CLI_ROW(BOOL, strict), .flag = "strict", .group = "output",
     .help = "exit with status 3 if there is a problem",
     .detail =
         "A problem is an unreadable image, an image in two parts or with two labels, or a class that is "
         "missing from a part."},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags check_flags[] = {
    {linnet_data_options, .at = offsetof(OPTS, data), .only = " split seed split-file "},
    {linnet_check_options, .at = offsetof(OPTS, check)},
    {own},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* ---- figures that both reports need ------------------------------------------------------------------- */

int64_t cli_check_count(const struct linnet_check *check, int label, enum linnet_part part) {
    const int64_t *row = check->counts + (size_t)label * (LINNET_TEST + 1);
    return part ? row[part] : row[0] + row[LINNET_TRAIN] + row[LINNET_VAL] + row[LINNET_TEST];
}

/* Only training images matter for the balance: the classes of the test part may have any shares. A class
 * without images is a finding of its own (cli_check_missing); here it would make the ratio infinite. */
bool cli_check_extremes(const struct linnet_check *check, struct cli_check_extremes *out) {
    enum linnet_part part = check->has_parts ? LINNET_TRAIN : LINNET_PART_DEFAULT;
    *out = (struct cli_check_extremes){.least = INT64_MAX};
    for (int k = 0; k < check->classes; k++) {
        int64_t n = cli_check_count(check, k, part);
        if (n > out->most) {
            out->most = n;
            out->largest = k;
        }
        if (n > 0 && n < out->least) {
            out->least = n;
            out->smallest = k;
        }
    }
    return check->classes > 1 && out->most > 0;
}

/* A class is missing from a part that has images of other classes. An empty part misses nothing: many data sets have no
 * test part. */
void cli_check_missing(const struct linnet_check *check,
                       void (*found)(void *user, int label, enum linnet_part part), void *user) {
    for (int part = LINNET_TRAIN; check->has_parts && part <= LINNET_TEST; part++) {
        int64_t total = 0;
        for (int k = 0; k < check->classes; k++) total += cli_check_count(check, k, (enum linnet_part)part);
        for (int k = 0; total > 0 && k < check->classes; k++)
            if (cli_check_count(check, k, (enum linnet_part)part) == 0)
                found(user, k, (enum linnet_part)part);
    }
}

static void count_missing(void *user, int label, enum linnet_part part) {
    ++*(int64_t *)user;
}

/* Duplicates within one part and one class do not count: they waste time and change no result. Nor do blank
 * images, which may be real photos of fog or night. */
int64_t cli_check_problems(const struct linnet_check *check) {
    int64_t problems = check->bad_count;
    for (int64_t i = 0; i < check->group_count; i++)
        problems += check->groups[i].across_parts || check->groups[i].across_classes;
    cli_check_missing(check, count_missing, &problems);
    return problems;
}

const char *cli_check_part_name(enum linnet_part part) {
    static const char *const names[] = {"", "train", "val", "test"};
    return names[part];
}

/* ---- the command -------------------------------------------------------------------------------------- */

static void on_progress(void *user, int64_t done, int64_t total) {
    cli_progress_show(user, "check", done, total, 0, "");
}

static int check_data(const linnet_data *data, struct check_args *args) {
    struct linnet_check *check;
    struct cli_progress progress;
    cli_progress_init(&progress, true);
    args->check.stop = cli_stop_watch();
    args->check.on_progress = on_progress;
    args->check.user = &progress;
    int status = linnet_data_check(&check, data, &args->check);
    cli_progress_clear(&progress);
    if (status) return cli_fail_library(status);
    /* The report is printed even if --strict fails: the exit status alone does not name the problem. */
    const struct cli_check_report report = {data, check, args->all};
    int64_t problems = cli_check_problems(check);
    status = (args->json ? cli_check_json : cli_check_text)(&report);
    linnet_check_free(check);
    return status ? status : args->strict && problems > 0 ? LINNET_ERR_INPUT : LINNET_OK;
}

static int check_on_ranks(int argc, char **argv, linnet_ranks *ranks) {
    struct check_args args = {.data.size = sizeof args.data, .check.size = sizeof args.check};
    struct cli_positional positional;
    linnet_data *data = NULL;
    int status = cli_ranks_agree(ranks, cli_args_parse(&cli_command_check, argc, argv, &args, &positional));
    if (status) return status;
    args.check.ranks = ranks;
    status = linnet_ranks_agree(ranks, linnet_data_open(&data, positional.items[0], &args.data));
    if (status) return cli_fail_library(status);
    status = cli_ranks_agree(ranks, check_data(data, &args));
    linnet_data_close(data);
    return status;
}

static int check_run(int argc, char **argv) {
    return cli_ranks_run(argc, argv, check_on_ranks);
}

const struct cli_command cli_command_check = {
    .name = "check",
    .group = "data",
    .summary = "find unreadable images, duplicates and leaks in a data set",
    .usage = "check DATA [flags]",
    .about =
        "Reads every image and changes nothing. Reports unreadable images with the reason, duplicates (the same "
        "bytes, or the same photo saved again), above all those in two parts or with two labels, and classes "
        "that are missing from a part. The exit status is 0 whatever is found, unless --strict is given.",
    .example = "linnet check photos",
    .min_args = 1,
    .max_args = 1,
    .ranks = true,
    .flags = check_flags,
    .run = check_run,
};
