/* Appends to logs that another program may follow as they grow. Replacing the whole file would cut that program off. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int append_failure(const char *path, int errnum) {
    return ln_fail_errno(LINNET_ERR_IO, "file-append", errnum, "%s: cannot be appended to", path);
}

int ln_file_append(const char *path, const void *data, size_t n) {
    const unsigned char *bytes = data;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return append_failure(path, errno);
    int status = LINNET_OK;
    while (n > 0 && status == LINNET_OK) {
        const ssize_t done = write(fd, bytes, n);
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (done == 0 || errno != EINTR)
            status = append_failure(path, done ? errno : EIO);
    }
    if (close(fd) != 0 && status == LINNET_OK) status = append_failure(path, errno);
    return status;
}
