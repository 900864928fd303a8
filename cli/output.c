/* Output with every write checked: a full disk or a closed pipe is an error, not a shorter file. */
#include "output.h"
#include "leftovers.h"
#include "style.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Erases the current line of the terminal, where a progress bar may be. */
static const char *line_start(void) {
    return cli_is_terminal(stderr) ? "\r\033[K" : "";
}

/* stdout is flushed first, so that on a terminal the message follows what was printed before it. */
__attribute__((format(printf, 1, 0))) static void say(const char *fmt, va_list list) {
    char line[1024];
    vsnprintf(line, sizeof line, fmt, list);
    fflush(stdout);
    fprintf(stderr, "%slinnet: %s\n", line_start(), line);
}

int cli_fail(int status, const char *fmt, ...) {
    va_list list;
    va_start(list, fmt);
    say(fmt, list);
    va_end(list);
    return status;
}

void cli_say(const char *fmt, ...) {
    va_list list;
    va_start(list, fmt);
    say(fmt, list);
    va_end(list);
}

int cli_fail_library(int status) {
    const char *line = linnet_error();
    return cli_fail(status, "%s", *line ? line : "failed without a reason; please report this as a bug");
}

void cli_warn(const char *fmt, ...) {
    va_list list;
    char line[1024];
    va_start(list, fmt);
    vsnprintf(line, sizeof line, fmt, list);
    va_end(list);
    fprintf(stderr, "%slinnet: note: %s\n", line_start(), line);
}

void cli_output_begin(void) {
    /* stdin is opened for writing and the others for reading, so that using a closed one still fails. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int cli_output_end(void) {
    bool lost = ferror(stdout);
    errno = 0;
    if (fflush(stdout)) lost = true;
    if (!lost) return LINNET_OK;
    if (errno == EPIPE) return LINNET_ERR_IO; /* `| head` closed the pipe on purpose: no message */
    return cli_fail(LINNET_ERR_IO, "standard output: %s; the output is incomplete",
                    errno ? strerror(errno) : "a write failed");
}

static int file_failed(struct cli_file *file, int error) {
    char shown[CLI_SHOWN];
    cli_file_abort(file);
    return cli_fail(LINNET_ERR_IO, "%s: write: %s; no file was changed [cli-write]",
                    cli_text_printable(file->path, shown), strerror(error));
}

/* Finds the file to replace: for a link, its target. Only a regular file may be replaced: a rename onto /dev/null would
 * remove the device. */
static int find_target(struct cli_file *file, const char *path) {
    struct stat found;
    char shown[CLI_SHOWN];
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
        return cli_fail(LINNET_ERR_IO, "%s: %s [cli-write]", cli_text_printable(path, shown),
                        S_ISDIR(found.st_mode) ? "is a folder; name a file" : "is not a regular file");
    if (realpath(path, file->target)) return LINNET_OK;
    int n = snprintf(file->target, sizeof file->target, "%s", path);
    return n < (int)sizeof file->target ? LINNET_OK : file_failed(file, ENAMETOOLONG);
}

int cli_file_begin(struct cli_file *file, const char *path) {
    *file = (struct cli_file){.path = path};
    int status = find_target(file, path);
    if (status) return status;
    int n = snprintf(file->temp, sizeof file->temp, "%s.tmp-%ld", file->target, (long)getpid());
    if (n >= (int)sizeof file->temp) return file_failed(file, ENAMETOOLONG);
    cli_leftovers_remove(file->target);
    file->stream = fopen(file->temp, "wxe");
    if (!file->stream) return file_failed(file, errno);
    (void)flock(fileno(file->stream), LOCK_EX | LOCK_NB); /* marks the file as in use, see leftovers.c */
    return LINNET_OK;
}

void cli_file_watch(struct cli_file *file) {
    if (!file->error && ferror(file->stream)) file->error = errno ? errno : EIO;
}

/* The file is synced before the rename and its folder after it: whatever the moment of a power failure, the name stands
 * for the complete old or the complete new file. */
int cli_file_commit(struct cli_file *file) {
    FILE *stream = file->stream;
    cli_file_watch(file);
    if (!file->error && (fflush(stream) || fsync(fileno(stream)))) file->error = errno;
    if (file->error) return file_failed(file, file->error);
    file->stream = NULL;
    if (fclose(stream) || rename(file->temp, file->target)) {
        int error = errno;
        unlink(file->temp);
        return file_failed(file, error);
    }
    const int error = cli_leftovers_sync(file->target);
    if (!error) return LINNET_OK;
    char shown[CLI_SHOWN];
    return cli_fail(LINNET_ERR_IO,
                    "%s: sync of its folder: %s; a power failure may restore the old file [cli-write]",
                    cli_text_printable(file->path, shown), strerror(error));
}

void cli_file_abort(struct cli_file *file) {
    if (!file->stream) return;
    fclose(file->stream);
    file->stream = NULL;
    unlink(file->temp);
}
