/* The file of the running program. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/* Its path, with links resolved; false if /proc does not have it. */
bool cli_program_path(char path[PATH_MAX]);
/* The folder that it lies in. */
bool cli_program_folder(char folder[PATH_MAX]);

#endif
