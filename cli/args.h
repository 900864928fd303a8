/* The command line, driven by tables of options (struct linnet_option): the library's for its own structs, and the
 * command's. Parsing, checks, suggestions and --help all come from them.
 *
 *     struct eval_args { struct linnet_eval_opts eval; bool all; };
 *     #define OPTS struct eval_args
 *     static const struct linnet_option rows[] = {{CLI_ROW(BOOL, all), .flag = "all", .help = "show every class"}};
 *     CLI_TABLE(own, rows)
 *     static const struct cli_flags flags[] = {{linnet_eval_options, .at = offsetof(OPTS, eval)}, {own}, {0}};
 *
 * Flags may stand anywhere; --flag=value and --flag value are the same, `--` ends the flags. The last one wins. A
 * flag that several tables have sets the field of each; the help shows the first.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <linnet/linnet.h>
#include <stdbool.h>
#include <stddef.h>

struct cli_command;

/* A row of a command's own table, whose struct is OPTS. */
#define CLI_ROW(kind, field) .name = #field, .type = LINNET_OPTION_##kind, .offset = offsetof(OPTS, field)

/* The function that gives the rows. */
#define CLI_TABLE(function, rows)                                                                   \
    static const struct linnet_option *function(int index) {                                        \
        return index >= 0 && (size_t)index < sizeof(rows) / sizeof *(rows) ? &(rows)[index] : NULL; \
    }

/* One table whose rows are flags of a command. */
struct cli_flags {
    linnet_option_fn *options;
    size_t at;        /* offset of the table's struct in the command's arguments */
    const char *only; /* the flags that the command takes, between spaces: " split seed "; NULL: all */
    bool resumable;   /* of these only the ones that a resumed run may change */
    const char *default_text; /* shown as the default of all; NULL: each row's own */
};

/* --json of most commands, for a bool. */
linnet_option_fn cli_json_flag;
/* --quiet and --json of the commands that train. */
struct cli_verbosity {
    bool quiet, json;
};
linnet_option_fn cli_verbosity_flags;

/* Walks over a command's flags: rows with a flag, each name once. Starts zeroed; false at the end. */
struct cli_flag_walk {
    const struct linnet_option *option;
    const struct cli_flags *flags; /* the table of this row, */
    int index;                     /* and the place of the next one in it */
};
bool cli_flag_next(const struct cli_command *command, struct cli_flag_walk *walk);

/* The arguments that are not flags, in order. */
struct cli_positional {
    const char **items;
    int count;
};

enum { CLI_HELP_ASKED = 1 }; /* the status of --help: not a failure, and the command has nothing to do */

/* Fills *args, which the caller zeroed, and moves the positional arguments to the front of argv + 1.
 * LINNET_ERR_USAGE, reported on stderr, or CLI_HELP_ASKED. */
int cli_args_parse(const struct cli_command *command, int argc, char **argv, void *args,
                   struct cli_positional *positional);

#endif
