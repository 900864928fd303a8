/* The table of commands, made from command_list.h. */
#include "command.h"
#include "output.h"
#include "text.h"
#include "translate.h"
#include <string.h>

static const struct cli_command *const commands[] = {
#define LN_COMMAND(name) &cli_command_##name,
#include "command_list.h"
#undef LN_COMMAND
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

const struct cli_command *cli_command_get(int index) {
    return index < COMMANDS ? commands[index] : NULL;
}

/* --help and --version may stand in place of a command, so they are suggested too. A name that begins with '-' is reported
 * as an unknown flag. */
static int unknown(const char *name) {
    const char *names[COMMANDS + 2] = {"--help", "--version"};
    for (int i = 0; i < COMMANDS; i++) names[i + 2] = commands[i]->name;
    char shown[CLI_SHOWN];
    const char *kind = cli_tr(name[0] == '-' ? "flag" : "command"),
               *near = linnet_nearest(name, names, COMMANDS + 2);
    cli_text_printable(name, shown);
    if (near) return cli_fail(LINNET_ERR_USAGE, "unknown %s %s; did you mean %s?", kind, shown, near);
    return cli_fail(LINNET_ERR_USAGE, "unknown %s %s; see linnet --help", kind, shown);
}

const struct cli_command *cli_command_find(const char *name) {
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i]->name, name)) return commands[i];
    unknown(name);
    return NULL;
}
