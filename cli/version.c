/* linnet version, or --version. The version of oneDNN is shown because the last digits of results depend
 * on it. */
#include "command.h"
#include <stdio.h>

static const struct cli_flags version_flags[] = {{0}};

static int version_run(int argc, char **argv) {
    struct cli_positional positional;
    int status = cli_args_parse(&cli_command_version, argc, argv, NULL, &positional);
    if (status) return status;
    char onednn[16];
    linnet_onednn_version(onednn, sizeof onednn);
    printf("linnet %s (oneDNN %s)\n", linnet_version(), onednn);
    return LINNET_OK;
}

const struct cli_command cli_command_version = {
    .name = "version",
    .group = "help",
    .summary = "show the version of linnet and of oneDNN",
    .usage = "version",
    .example = "linnet --version",
    .flags = version_flags,
    .run = version_run,
};
