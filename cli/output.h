/* What leaves the program: the error line, standard output watched for failure, files replaced whole. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <linnet/linnet.h>
#include <stdio.h>

/* "linnet: ..." on stderr; returns status. */
int cli_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with the library's own line, for a call into it that failed. */
int cli_fail_library(int status);
/* The same without a status: the program goes on. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A line that is no failure. */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Makes sure that descriptors 0, 1 and 2 are taken, so that no file of ours becomes standard output. */
void cli_output_begin(void);
/* Flushes stdout; LINNET_ERR_IO (told, unless the reader just went away) where anything written to it was
 * lost. */
int cli_output_end(void);

/* A file written beside its target and renamed onto it: whole or not at all. */
struct cli_file {
    FILE *stream;
    const char *path;  /* borrowed */
    int error;         /* errno of the first write that was lost */
    char target[4096]; /* what is replaced: path, or where that links to */
    char temp[4096];
};
int cli_file_begin(struct cli_file *file, const char *path);
/* To be called now and then while writing: keeps the reason of a lost write, which stdio forgets. */
void cli_file_watch(struct cli_file *file);
int cli_file_commit(struct cli_file *file); /* tells what failed; the file is closed either way */
void cli_file_abort(struct cli_file *file); /* fine after a commit, fine on a zeroed one */

#endif
