/* The folder that a training fills: a name that is free, and the list of what is in it. */
#ifndef CLI_RUN_FOLDER_H
#define CLI_RUN_FOLDER_H

#include <stdio.h>

enum { CLI_PATH = 4096 };

/* Makes PROJECT/NAME, or where that exists the first free one of NAME2, NAME3 ..., with its parents. Failures
 * are told. */
int cli_run_folder_make(const char *project, const char *name, char out[CLI_PATH]);

/* Its files, in byte order; call with each name. Returns how many. */
int cli_run_folder_list(const char *folder, void (*on_file)(void *user, const char *name), void *user);

#endif
