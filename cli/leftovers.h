/* Temporary files that a killed program left next to a file: PATH.tmp-PID. */
#ifndef CLI_LEFTOVERS_H
#define CLI_LEFTOVERS_H

/* Removes the temporary files of processes that no longer run. */
void cli_leftovers_remove(const char *path);
/* Syncs the folder of `path`, so that the new name of the file survives a power failure. 0 or an errno value. */
int cli_leftovers_sync(const char *path);

#endif
