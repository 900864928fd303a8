/* The completions that a shell offers after a flag or a command, and the writers of the three shells' scripts. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "command.h"

enum {
    CLI_COMPLETE_FILES = 1,
    CLI_COMPLETE_FOLDERS = 2,
    CLI_COMPLETE_NETWORKS = 4,
    CLI_COMPLETE_COMMANDS = 8,
};

struct cli_complete {
    unsigned kinds;  /* CLI_COMPLETE_FILES and so on, ORed; 0: only the words */
    char words[256]; /* further words, each followed by a space */
};

/* The values of a flag, from its choices or from the words of its placeholder. */
void cli_complete_flag(const struct linnet_option *flag, struct cli_complete *values);
/* The positional arguments of a command, all positions together, from its usage. */
void cli_complete_arguments(const struct cli_command *command, struct cli_complete *values);

/* Print all names, each followed by a space. */
void cli_complete_print_networks(void);
void cli_complete_print_commands(void);
/* Prints text that stands between single quotes: a backslash before characters of `special`, and `quote` for '. */
void cli_complete_print_escaped(const char *text, const char *special, const char *quote);

/* Print the whole script. */
void cli_complete_bash(void);
void cli_complete_zsh(void);
void cli_complete_fish(void);

#endif
