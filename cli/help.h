/* The text of --help. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

void cli_help_command(const struct cli_command *command); /* one command, on stdout */
void cli_help_all(void);                                  /* all commands with examples, on stdout */
void cli_help_short(void);                                /* the list of commands, on stderr */

#endif
