/* The tarball (tools/build-tarball) has a font in share/linnet/fonts/, for containers and servers without any. Where
 * fontconfig is installed, the system's fonts are used, and in every other installation that folder does not exist. */
#include "fonts.h"
#include "program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char own_config[] = "share/linnet/fonts/fonts.conf";

void cli_fonts_find(void) {
    char prefix[PATH_MAX], config[PATH_MAX + sizeof own_config];
    if (getenv("FONTCONFIG_FILE") || getenv("FONTCONFIG_PATH") || access("/etc/fonts/fonts.conf", R_OK) == 0)
        return;
    if (!cli_program_folder(prefix)) return; /* PREFIX/bin */
    char *slash = strrchr(prefix, '/');
    if (!slash) return;
    *slash = 0;
    snprintf(config, sizeof config, "%s/%s", prefix, own_config);
    if (access(config, R_OK) == 0) setenv("FONTCONFIG_FILE", config, 1);
}
