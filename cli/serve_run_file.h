/* Files of a run folder. They may be anybody's: links are not followed, so that no file outside the folder is read; pipes and
 * devices are refused; a read has a bound. */
#ifndef CLI_SERVE_RUN_FILE_H
#define CLI_SERVE_RUN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVE_RUN_WHY = 200 };

/* Reads a whole file of at most `most` bytes; the caller frees it; a NUL follows the last byte. NULL if it is missing, or, with
 * a line in why, if it is refused. why keeps an earlier line. */
char *serve_run_file_read(int folder, const char *name, size_t most, size_t *size, char why[SERVE_RUN_WHY]);
/* A number that changes when the file is written; 0 if it is not a regular file. */
uint64_t serve_run_file_stamp(int folder, const char *name);
/* Seconds since it was written; a negative number if it is not a regular file. */
double serve_run_file_age(int folder, const char *name);

/* Whether a process holds the lock on the folder (flock), as a run does. */
enum serve_run_lock {
    SERVE_RUN_FREE,
    SERVE_RUN_HELD,
    SERVE_RUN_NO_LOCKS, /* the file system has none */
};
enum serve_run_lock serve_run_lock_look(int folder);

/* Appends a line to why unless it holds one. */
void serve_run_note(char why[SERVE_RUN_WHY], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
