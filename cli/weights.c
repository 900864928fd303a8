/* linnet weights: lists or downloads the weights that torchvision trained on ImageNet. */
#include "command.h"
#include "fetch.h"
#include "json.h"
#include "output.h"
#include "table.h"
#include "text.h"
#include <sys/stat.h>

struct weights_args {
    struct linnet_fetch_opts fetch;
    bool json;
};

#define OPTS struct weights_args
static const struct cli_flags weights_flags[] = {
    {linnet_fetch_options, .at = offsetof(OPTS, fetch)},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

/* The path of the file in the cache, and its size; -1 if it is not there. Listing opens no connection. */
static int look_up(const char *arch, const struct weights_args *args, char **path, int64_t *bytes) {
    struct stat found;
    int status = linnet_weights_path(arch, &args->fetch, path);
    if (status) return cli_fail_library(status);
    *bytes = stat(*path, &found) ? -1 : (int64_t)found.st_size;
    return LINNET_OK;
}

static void put_size(struct cli_table *table, int64_t bytes) {
    if (bytes < 0)
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.1f MB", (double)bytes / 1e6);
}

static int list_as_table(const struct weights_args *args) {
    static const struct cli_column columns[] = {
        {.title = "name"}, {.title = "file"}, {"in the cache", .right = true}};
    struct linnet_weights_info info = {.size = sizeof info};
    struct cli_table table;
    cli_table_begin(&table, stdout, columns, 3);
    int status = LINNET_OK;
    for (int i = 0; !status && linnet_weights_get(i, &info); i++) {
        int64_t bytes = -1;
        char *path = NULL;
        status = look_up(info.arch, args, &path, &bytes);
        linnet_free(path);
        if (status) break;
        cli_table_cell(&table, "%s", info.arch);
        cli_table_cell(&table, "%s", info.file);
        put_size(&table, bytes);
    }
    int ended = cli_table_end(&table);
    return status ? status : ended;
}

static int list_as_json(const struct weights_args *args) {
    struct linnet_weights_info info = {.size = sizeof info};
    struct linnet_json json = cli_json_to(stdout, 1);
    int status = LINNET_OK;
    linnet_json_begin(&json, NULL, '[');
    for (int i = 0; !status && linnet_weights_get(i, &info); i++) {
        int64_t bytes = -1;
        char *path = NULL;
        status = look_up(info.arch, args, &path, &bytes);
        if (status) break;
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "name", info.arch);
        linnet_json_string(&json, "file", info.file);
        linnet_json_string(&json, "path", path);
        linnet_json_bool(&json, "cached", bytes >= 0);
        linnet_json_end(&json);
        linnet_free(path);
    }
    linnet_json_end(&json);
    return status;
}

/* Only paths go to stdout, so that --weights $(linnet weights resnet18) works. The checksum is verified also
 * if the file is in the cache: someone who names it here may suspect that it is damaged. */
static int fetch_all(const struct weights_args *args, const struct cli_positional *names) {
    struct linnet_fetch_opts opts = args->fetch;
    struct linnet_json json = cli_json_to(stdout, 1);
    int status = LINNET_OK;
    opts.verify = true;
    if (args->json) linnet_json_begin(&json, NULL, '[');
    for (int i = 0; i < names->count && !status; i++) {
        char *path = NULL;
        status = cli_fetch(names->items[i], &opts, &path);
        if (!status && args->json) linnet_json_string(&json, NULL, path);
        if (!status && !args->json) puts(path);
        fflush(stdout);
        linnet_free(path);
    }
    if (args->json) linnet_json_end(&json);
    return status;
}

static int weights_run(int argc, char **argv) {
    struct weights_args args = {.fetch.size = sizeof args.fetch};
    struct cli_positional positional;
    int status = cli_args_parse(&cli_command_weights, argc, argv, &args, &positional);
    if (status) return status;
    if (positional.count) return fetch_all(&args, &positional);
    return args.json ? list_as_json(&args) : list_as_table(&args);
}

const struct cli_command cli_command_weights = {
    .name = "weights",
    .group = "look",
    .summary = "list or download torchvision's ImageNet weights",
    .usage = "weights [NAME...] [flags]",
    .about = "Without NAME, lists the available weights and those in the cache. With NAME, downloads the "
             "file or resumes an interrupted download, verifies its SHA-256 and prints its path. "
             "--weights imagenet in other commands downloads the file too.",
    .example = "linnet weights resnet18",
    .max_args = 100,
    .flags = weights_flags,
    .run = weights_run,
};
