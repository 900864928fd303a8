/* Everything that is written goes through a check: a full disk or a closed pipe is an error, not a shorter
 * file. */
#include "output.h"
#include "style.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* A progress bar may stand in the line that we are about to write on. */
static const char *line_start(void) {
    return cli_is_terminal(stderr) ? "\r\033[K" : "";
}

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
    return cli_fail(status, "%s", *line ? line : "failed, and no reason was given");
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
    /* Opened the wrong way round, so that writing to a closed stdout still fails. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int cli_output_end(void) {
    bool lost = ferror(stdout);
    errno = 0;
    if (fflush(stdout)) lost = true;
    if (!lost) return LINNET_OK;
    if (errno == EPIPE) return LINNET_ERR_IO; /* `| head` has seen enough: no news */
    return cli_fail(LINNET_ERR_IO, "standard output: %s; what was to be shown is lost",
                    errno ? strerror(errno) : "a write failed");
}

static int file_failed(struct cli_file *file, int error) {
    char shown[CLI_SHOWN];
    cli_file_abort(file);
    return cli_fail(LINNET_ERR_IO, "%s: write: %s; no file was changed [cli-write]",
                    cli_text_printable(file->path, shown), strerror(error));
}

int cli_file_begin(struct cli_file *file, const char *path) {
    *file = (struct cli_file){.path = path};
    int n = snprintf(file->temp, sizeof file->temp, "%s.tmp-%ld", path, (long)getpid());
    if (n >= (int)sizeof file->temp) return file_failed(file, ENAMETOOLONG);
    file->stream = fopen(file->temp, "wxe");
    return file->stream ? LINNET_OK : file_failed(file, errno);
}

void cli_file_watch(struct cli_file *file) {
    if (!file->error && ferror(file->stream)) file->error = errno ? errno : EIO;
}

int cli_file_commit(struct cli_file *file) {
    FILE *stream = file->stream;
    cli_file_watch(file);
    if (!file->error && (fflush(stream) || fsync(fileno(stream)))) file->error = errno;
    if (file->error) return file_failed(file, file->error);
    file->stream = NULL;
    if (fclose(stream) || rename(file->temp, file->path)) {
        int error = errno;
        unlink(file->temp);
        return file_failed(file, error);
    }
    return LINNET_OK;
}

void cli_file_abort(struct cli_file *file) {
    if (!file->stream) return;
    fclose(file->stream);
    file->stream = NULL;
    unlink(file->temp);
}
