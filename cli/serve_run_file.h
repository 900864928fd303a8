/* Files of a run folder, which are not trusted: links are not followed, so that no file outside the folder is read; pipes and
 * devices are refused; a read has a limit. */
#ifndef CLI_SERVE_RUN_FILE_H
#define CLI_SERVE_RUN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVE_RUN_WHY = 200 };

/* Reads a whole file of at most `most` bytes and appends a NUL; the caller frees it. NULL if the file is missing, or refused,
 * which puts a line into `why` unless it already holds one. */
char *serve_run_file_read(int folder, const char *name, size_t most, size_t *size, char why[SERVE_RUN_WHY]);
/* A number that changes when the file is written; 0 if it is not a regular file. */
uint64_t serve_run_file_stamp(int folder, const char *name);
/* Seconds since the file was written; negative if it is not a regular file. */
double serve_run_file_age(int folder, const char *name);

/* Whether a process holds the lock on the folder (flock), as a run does. */
enum serve_run_lock {
    SERVE_RUN_FREE,
    SERVE_RUN_HELD,
    SERVE_RUN_NO_LOCKS, /* the file system has none */
};
enum serve_run_lock serve_run_lock_look(int folder);

/* Writes a line into `why` unless it already holds one. */
void serve_run_note(char why[SERVE_RUN_WHY], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
