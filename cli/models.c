/* linnet models: the list of architectures.
 *
 *     name             year   parameters  mult-adds      input  paper
 *     lenet5           1998       61,706      417 k    1x32x32  LeCun et al., Gradient-based learning ...
 *     lenet            1998   46,038,242      248 M  3x224x224  after LeCun et al. 1998, with ReLU ...
 */
#include "command.h"
#include "json.h"
#include "table.h"
#include "text.h"

struct models_args {
    bool json;
};

static const struct cli_flags models_flags[] = {{cli_json_flag}, {0}};

static int print_table(void) {
    static const struct cli_column columns[] = {{.title = "name"},
                                                {"year", .right = true},
                                                {"parameters", .right = true},
                                                {"mult-adds", .right = true},
                                                {"input", .right = true},
                                                {.title = "paper"}};
    struct cli_table table;
    struct linnet_arch_info info = {.size = sizeof info};
    char text[CLI_NUMBER];
    cli_table_begin(&table, stdout, columns, 6);
    for (int i = 0; linnet_arch_get(i, &info); i++) {
        cli_table_cell(&table, "%s", info.name);
        cli_table_cell(&table, "%d", info.year);
        cli_table_cell(&table, "%s", cli_text_count(info.parameters, text));
        cli_table_cell(&table, "%s", cli_text_amount((double)info.macs, text));
        cli_table_cell(&table, "%dx%dx%d", info.channels, info.imgsz, info.imgsz);
        cli_table_cell(&table, "%s", info.paper);
    }
    return cli_table_end(&table);
}

static int print_json(void) {
    struct linnet_json json = cli_json_to(stdout, 1);
    struct linnet_arch_info info = {.size = sizeof info};
    linnet_json_begin(&json, NULL, '[');
    for (int i = 0; linnet_arch_get(i, &info); i++) {
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "name", info.name);
        linnet_json_int(&json, "year", info.year);
        linnet_json_int(&json, "parameters", info.parameters);
        linnet_json_int(&json, "macs", info.macs);
        linnet_json_int(&json, "imgsz", info.imgsz);
        linnet_json_int(&json, "channels", info.channels);
        linnet_json_int(&json, "classes", info.classes);
        linnet_json_string(&json, "paper", info.paper);
        linnet_json_end(&json);
    }
    linnet_json_end(&json);
    return LINNET_OK;
}

static int models_run(int argc, char **argv) {
    struct models_args args = {0};
    struct cli_positional positional;
    int status = cli_args_parse(&cli_command_models, argc, argv, &args, &positional);
    if (status) return status;
    return args.json ? print_json() : print_table();
}

const struct cli_command cli_command_models = {
    .name = "models",
    .group = "look",
    .summary = "list the architectures",
    .usage = "models [flags]",
    .about = "The numbers are for the usual input size and number of classes; mult-adds are per image.",
    .example = "linnet models",
    .flags = models_flags,
    .run = models_run,
};
