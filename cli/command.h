/* A command of the program: one file that defines cli_command_NAME, and one line in command_list.h. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "args.h"

struct cli_command {
    const char *name;
    const char *group;      /* its heading in `linnet --help` */
    const char *summary;    /* what it does, in a few words */
    const char *usage;      /* "train DATA [flags]" */
    const char *about;      /* what its arguments mean: one paragraph */
    const char *example;    /* a line to try */
    int min_args, max_args; /* how many positional arguments it takes */
    bool computes;          /* runs a network, with a team of threads (spin_limit.h) */
    const struct cli_flags *flags;
    /* argv[0] is the command's name. Returns a status as the library's functions do; a failure is already
     * reported on stderr. */
    int (*run)(int argc, char **argv);
};

#define LN_COMMAND(name) extern const struct cli_command cli_command_##name;
#include "command_list.h"
#undef LN_COMMAND

/* All of them, in the order of command_list.h; NULL past the end. */
const struct cli_command *cli_command_get(int index);
/* By name. NULL for an unknown one, reported on stderr with the nearest name. */
const struct cli_command *cli_command_find(const char *name);

#endif
