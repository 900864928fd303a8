/* Reading files of a known size; joining and examining paths. */
#include "base/file.h"
#include "base/alloc.h"
#include "base/size.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A missing file is an input error; one that may not or cannot be read is an I/O error. */
static int open_failure(const char *path, int errnum) {
    switch (errnum) {
    case EACCES:
    case EPERM: return ln_fail_errno(LINNET_ERR_IO, "file-access", errnum, "%s", path);
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP: return ln_fail_errno(LINNET_ERR_INPUT, "file-open", errnum, "%s", path);
    default: return ln_fail_errno(LINNET_ERR_IO, "file-read", errnum, "%s: cannot be opened", path);
    }
}

/* O_NONBLOCK: opening a pipe does not wait for its other end. */
static int regular_open(const char *path, int *fd, uint64_t *size) {
    struct stat found;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0) return open_failure(path, errno);
    int status = LINNET_OK;
    if (fstat(*fd, &found) != 0)
        status = open_failure(path, errno);
    else if (!S_ISREG(found.st_mode))
        status = ln_fail(LINNET_ERR_INPUT, "file-open", "%s: %s", path,
                         S_ISDIR(found.st_mode) ? "is a folder, a file is needed" : "is not a regular file");
    if (status != LINNET_OK) {
        close(*fd);
        return status;
    }
    *size = (uint64_t)found.st_size;
    return LINNET_OK;
}

int ln_file_open(struct ln_file *file, const char *path) {
    *file = (struct ln_file){.path = ln_strdup(path)};
    if (!file->path) return LINNET_ERR_LIMIT;
    int status = regular_open(path, &file->fd, &file->size);
    if (status != LINNET_OK) {
        ln_free(file->path);
        *file = (struct ln_file){0};
    }
    return status;
}

int ln_file_read_at(const struct ln_file *file, uint64_t offset, void *out, size_t n) {
    if (!ln_size_slice(file->size, offset, n))
        return ln_fail(LINNET_ERR_INPUT, "file-short",
                       "%s: %zu bytes are needed at byte %" PRIu64 ", but the file has only %" PRIu64,
                       file->path, n, offset, file->size);
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(file->fd, (char *)out + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return ln_fail_errno(LINNET_ERR_IO, "file-read", errno, "%s: cannot be read", file->path);
        if (got == 0)
            return ln_fail(LINNET_ERR_INPUT, "file-short",
                           "%s: the file ends at byte %" PRIu64 ", but had %" PRIu64
                           " bytes when it was opened",
                           file->path, offset + done, file->size);
        done += (size_t)got;
    }
    return LINNET_OK;
}

void ln_file_close(struct ln_file *file) {
    if (file->path) close(file->fd);
    ln_free(file->path);
    *file = (struct ln_file){0};
}

/* The bytes of an open file and a NUL after them. */
static int read_whole(const struct ln_file *file, size_t max, unsigned char **data) {
    if (file->size > max)
        return ln_fail(LINNET_ERR_INPUT, "file-size", "%s: has %" PRIu64 " bytes, at most %zu are allowed",
                       file->path, file->size, max);
    if (file->size >= SIZE_MAX) return ln_fail_memory(SIZE_MAX);
    unsigned char *bytes = ln_alloc((size_t)file->size + 1);
    if (!bytes) return LINNET_ERR_LIMIT;
    int status = ln_file_read_at(file, 0, bytes, (size_t)file->size);
    if (status != LINNET_OK) {
        ln_free(bytes);
        return status;
    }
    bytes[file->size] = '\0';
    *data = bytes;
    return LINNET_OK;
}

int ln_file_read(const char *path, size_t max, unsigned char **data, size_t *size) {
    struct ln_file file;
    LN_TRY(ln_file_open(&file, path));
    int status = read_whole(&file, max, data);
    if (status == LINNET_OK) *size = (size_t)file.size;
    ln_file_close(&file);
    return status;
}

struct ln_file_stamp ln_file_stamp(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0) return (struct ln_file_stamp){0};
    return (struct ln_file_stamp){(uint64_t)found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

bool ln_file_stamp_equals(const struct ln_file_stamp *a, const struct ln_file_stamp *b) {
    return a->size == b->size && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

bool ln_file_exists(const char *path) {
    struct stat found;
    return stat(path, &found) == 0;
}

bool ln_file_is_folder(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

char *ln_file_join(const char *folder, const char *name) {
    size_t length = strlen(folder), rest = strlen(name) + 1;
    bool slash = length > 0 && folder[length - 1] != '/';
    char *path = ln_alloc(length + slash + rest);
    if (!path) return NULL;
    memcpy(path, folder, length);
    if (slash) path[length++] = '/';
    memcpy(path + length, name, rest);
    return path;
}

const char *ln_file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *ln_file_real_path(const char *path) {
    char real[PATH_MAX];
    return ln_strdup(realpath(path, real) ? real : path);
}
