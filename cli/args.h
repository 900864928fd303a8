/* The command line, driven by tables of options (struct linnet_option): the library's tables for its own structs, and
 * the command's own. Parsing, checks, suggestions, --help and the manual all come from these tables, so a new option is
 * one row.
 *
 *     struct eval_args { struct linnet_eval_opts eval; bool all; };
 *     #define OPTS struct eval_args
 *     static const struct linnet_option rows[] = {{CLI_ROW(BOOL, all), .flag = "all", .help = "show every class"}};
 *     CLI_TABLE(own, rows)
 *     static const struct cli_flags flags[] = {{linnet_eval_options, .at = offsetof(OPTS, eval)}, {own}, {0}};
 *
 * Flags may stand anywhere; --flag=value and --flag value are equivalent, and `--` ends the flags. If a flag is
 * repeated, the last one counts. A flag in several tables sets a field in each; the help shows the first table's row.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <linnet/linnet.h>
#include <stdbool.h>
#include <stddef.h>

struct cli_command;

/* A row of a command's own table, whose struct is OPTS. */
#define CLI_ROW(kind, field) .name = #field, .type = LINNET_OPTION_##kind, .offset = offsetof(OPTS, field)

/* Rows that several commands share: the architecture, in OPTS.arch, and the seed, in OPTS.data.seed. */
#define CLI_ARCH_DETAIL                                                                       \
    "A .safetensors or .onnx file or a run folder supplies the network, its weights and the " \
    "normalisation; the last layer is newly initialised if the number of classes differs."
#define CLI_ARCH_ROW                                                                                 \
    CLI_ROW(STRING, arch), .flag = "model", .letter = 'm', .value = "NAME",                          \
                           .help = "architecture from linnet models, or a model file to start from", \
                           .detail = CLI_ARCH_DETAIL
/* Shown as the default by commands that train, where linnet_recipe_fit() chooses the architecture. */
#define CLI_ARCH_DEFAULT                                           \
    "photos: resnet18d_half or resnet18d, depending on the time; " \
    "else lenet, or cifar_resnet20 with --recipe best"
#define CLI_SEED_ROW                                                                               \
    .name = "seed", .type = LINNET_OPTION_INT64, .offset = offsetof(OPTS, data.seed), .max = 1e18, \
    .zero_is_none = true, .flag = "seed", .value = "N"

/* Defines `function`, the linnet_option_fn of a command's own rows. */
#define CLI_TABLE(function, rows)                                                                   \
    static const struct linnet_option *function(int index) {                                        \
        return index >= 0 && (size_t)index < sizeof(rows) / sizeof *(rows) ? &(rows)[index] : NULL; \
    }

/* One table whose rows are flags of a command. */
struct cli_flags {
    linnet_option_fn *options;
    size_t at;        /* offset of the table's struct in the command's arguments */
    const char *only; /* the flags that the command takes, between spaces: " split seed "; NULL: all */
    bool resumable;   /* take only the flags that may differ when a run is resumed */
    const char *default_text; /* shown as the default of every row; NULL: each row's own */
    /* A field whose flag is not given gets its row's preset. Not for the library's tables: the library applies its own. */
    bool presets;
};

/* --json of most commands; its struct is a single bool. */
linnet_option_fn cli_json_flag;
/* --quiet and --json of the commands that train. */
struct cli_verbosity {
    bool quiet, json;
};
linnet_option_fn cli_verbosity_flags;

/* Walks over a command's flags, each name once. Zero it before the first call; returns false at the end. */
struct cli_flag_walk {
    const struct linnet_option *option; /* the current row, */
    const struct cli_flags *flags;      /* its table, */
    int index;                          /* and the index of the next row in that table */
};
bool cli_flag_next(const struct cli_command *command, struct cli_flag_walk *walk);

/* The arguments that are not flags, in order. */
struct cli_positional {
    const char **items;
    int count;
};

enum {
    CLI_HELP_ASKED = 1
}; /* --help was given: the command returns this status at once, and main() shows the help */

/* Fills *args, which the caller zeroed, and moves the positional arguments to the front of argv + 1. Returns
 * LINNET_ERR_USAGE, reported on stderr, or CLI_HELP_ASKED. */
int cli_args_parse(const struct cli_command *command, int argc, char **argv, void *args,
                   struct cli_positional *positional);

#endif
