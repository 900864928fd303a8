/* The output of the program: messages on stderr, a check of stdout for lost writes, files that are replaced
 * as a whole. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <linnet/linnet.h>
#include <stdio.h>

/* Prints "linnet: MESSAGE" on stderr and returns status. */
int cli_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with the library's message, after a library call that failed. */
int cli_fail_library(int status);
/* The same without a status, for a problem after which the program continues. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints "linnet: note: MESSAGE" on stderr. */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Opens descriptors 0, 1 and 2 if they are closed, so that no other file gets one of these numbers. */
void cli_output_begin(void);
/* Flushes stdout. LINNET_ERR_IO if anything written to it was lost; reported on stderr unless the reader of a pipe has
 * gone. */
int cli_output_end(void);

/* A linnet_file with a stream to print to. The stream is not checked line by line: the first failure is kept, and
 * cli_file_commit reports it. */
struct cli_file {
    FILE *stream; /* NULL: closed */
    linnet_file *file;
    int status;      /* of the first lost write */
    char error[512]; /* its message */
};
int cli_file_begin(struct cli_file *file, const char *path);
int cli_file_commit(struct cli_file *file); /* reports a failure on stderr; closes the file either way */
void cli_file_abort(struct cli_file *file); /* allowed after a commit, and on a zeroed struct */

#endif
