/* Temporary files that a killed program has left beside a file: PATH.tmp-PID. */
#ifndef CLI_LEFTOVERS_H
#define CLI_LEFTOVERS_H

/* Removes those of processes that no longer run. */
void cli_leftovers_remove(const char *path);
/* Puts the name of the file on the disk, by syncing its folder; 0, or an errno value. */
int cli_leftovers_sync(const char *path);

#endif
