/* What --help shows. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

/* The help of one command on stdout, and the list of all: in full on stdout, or in short on stderr. */
void cli_help_command(const struct cli_command *command);
void cli_help_all(void);
void cli_help_short(void);

#endif
