/* The folder of a training run: finding a free name, and listing its files. */
#ifndef CLI_RUN_FOLDER_H
#define CLI_RUN_FOLDER_H

#include <stdio.h>

enum { CLI_PATH = 4096 };

/* Creates PROJECT/NAME with its parents. If it exists, the first free name of NAME2, NAME3 ... is taken. A failure is
 * reported on stderr. */
int cli_run_folder_make(const char *project, const char *name, char out[CLI_PATH]);

/* Calls on_file with the name of each file, in byte order. Returns the number of files. */
int cli_run_folder_list(const char *folder, void (*on_file)(void *user, const char *name), void *user);

#endif
