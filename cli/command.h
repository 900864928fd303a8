/* A command of the program: one file that defines cli_command_NAME, and one line in command_list.h. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "args.h"

struct cli_command {
    const char *name;
    const char *group;      /* the heading that it stands under in `linnet --help` */
    const char *summary;    /* what it does, in a few words */
    const char *usage;      /* "train DATA [flags]" */
    const char *about;      /* what its arguments mean: one paragraph */
    const char *example;    /* a line to try */
    int min_rest, max_rest; /* how many arguments it takes that are no flags */
    bool computes;          /* with a team of threads (patience.h) */
    const struct cli_flag *flags;
    /* argv[0] is the command's name. Returns the library's kind of status; a failure is already told on
     * stderr. */
    int (*run)(int argc, char **argv);
};

#define LN_COMMAND(name) extern const struct cli_command cli_command_##name;
#include "command_list.h"
#undef LN_COMMAND

/* All of them, in the order of command_list.h; NULL past the end. */
const struct cli_command *cli_command_get(int index);
/* By name; NULL, and told on stderr with the nearest name, where there is none. */
const struct cli_command *cli_command_find(const char *name);

#endif
