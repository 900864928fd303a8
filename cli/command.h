/* A command of the program: one file that defines cli_command_NAME, and one line in command_list.h. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "args.h"

struct cli_command {
    const char *name;
    const char *group;             /* its heading in `linnet --help` */
    const char *summary;           /* what it does, in a few words; an infinitive */
    const char *usage;             /* "train DATA [flags]" */
    const char *about;             /* what its arguments mean: one paragraph; NULL: the usage says it all */
    const char *example;           /* one command line to try */
    int min_args, max_args;        /* number of positional arguments */
    bool computes;                 /* runs a network with a team of threads (spin_limit.h) */
    bool ranks;                    /* works with the other ranks of an mpirun (ranks.h) */
    const struct cli_flags *flags; /* its tables of options, ended by {0} */
    /* argv[0] is the command's name. Returns a status like the library's functions; a failure has been reported on
     * stderr by then. */
    int (*run)(int argc, char **argv);
};

#define LN_COMMAND(name) extern const struct cli_command cli_command_##name;
#include "command_list.h"
#undef LN_COMMAND

/* Command number `index` in the order of command_list.h; NULL past the end. */
const struct cli_command *cli_command_get(int index);
/* NULL for an unknown name, which is reported on stderr with the nearest command. */
const struct cli_command *cli_command_find(const char *name);

#endif
