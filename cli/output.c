/* Output with every write checked: a full disk or a closed pipe is an error, not a shorter file. Messages are
 * lines on stderr that begin with "linnet: ". */
#include "output.h"
#include "style.h"
#include "text.h"
#include "translate.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* Erases the current line of the terminal, where a progress bar may be. A message would otherwise be written
 * into the bar. */
static const char *line_start(void) {
    return cli_is_terminal(stderr) ? "\r\033[K" : "";
}

/* stdout is flushed first, so that on a terminal the message follows what was printed before it. */
__attribute__((format(printf, 1, 0))) static void say(const char *fmt, va_list list) {
    char line[1024];
    vsnprintf(line, sizeof line, cli_tr(fmt), list);
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
    const char *line = linnet_error_translated();
    return cli_fail(status, "%s", *line ? line : "failed without a reason; please report this as a bug");
}

void cli_warn(const char *fmt, ...) {
    va_list list;
    char line[1024];
    va_start(list, fmt);
    vsnprintf(line, sizeof line, cli_tr(fmt), list);
    va_end(list);
    fprintf(stderr, "%slinnet: %s: %s\n", line_start(), cli_tr("note"), line);
}

/* A program may be started with these descriptors closed (2>&-). The next file that is opened, such as a
 * checkpoint, would get number 2, and messages would be written into it. */
void cli_output_begin(void) {
    /* stdin is opened for writing and the others for reading, so that using a closed one still fails. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int cli_output_end(void) {
    /* ferror: a write that failed earlier. fflush: the bytes that are still in the buffer. */
    bool lost = ferror(stdout);
    errno = 0;
    if (fflush(stdout)) lost = true;
    if (!lost) return LINNET_OK;
    if (errno == EPIPE) return LINNET_ERR_IO; /* `| head` closed the pipe on purpose: no message */
    return cli_fail(LINNET_ERR_IO, "standard output: %s; the output is incomplete",
                    errno ? strerror(errno) : "a write failed");
}

/* ---- files ---------------------------------------------------------------------------------------------- */

/* The stream's writes go to the library. The first failure is kept with its message: stdio keeps no reason, and a later call
 * of the library may replace the message before the commit. fopencookie expects 0 for an error. */
static ssize_t put(void *cookie, const char *bytes, size_t count) {
    struct cli_file *file = cookie;
    if (!file->status) {
        file->status = linnet_file_write(file->file, bytes, count);
        if (file->status) snprintf(file->error, sizeof file->error, "%s", linnet_error());
    }
    return file->status ? 0 : (ssize_t)count;
}

int cli_file_begin(struct cli_file *file, const char *path) {
    *file = (struct cli_file){0};
    int status = linnet_file_create(&file->file, path);
    if (status) return cli_fail_library(status);
    file->stream = fopencookie(file, "w", (cookie_io_functions_t){.write = put});
    if (file->stream) return LINNET_OK;
    linnet_file_abort(file->file);
    return cli_fail(LINNET_ERR_LIMIT, "out of memory [cli-memory]");
}

int cli_file_commit(struct cli_file *file) {
    FILE *stream = file->stream;
    file->stream = NULL;
    fclose(stream); /* writes what is buffered */
    if (!file->status) {
        int status = linnet_file_commit(file->file);
        return status ? cli_fail_library(status) : LINNET_OK;
    }
    linnet_file_abort(file->file);
    return cli_fail(file->status, "%s", file->error);
}

void cli_file_abort(struct cli_file *file) {
    if (!file->stream) return;
    fclose(file->stream);
    file->stream = NULL;
    linnet_file_abort(file->file);
}
