/* The atomic write: a temporary file beside the target, synced, renamed over it, and the folder synced. The
 * target is the whole old file until the rename, and the whole new one after it.
 */
#include "base/alloc.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 20, TEMP_TRIES = 1000 };

/* "last.safetensors: write: No space left on device at 12582912 of 98566144 bytes; PATH is untouched" */
static int write_failure(const struct ln_file_writer *w, const char *action, int errnum) {
    char total[32] = "";
    const char *code = errnum == ENOSPC || errnum == EDQUOT ? "file-full" : "file-write";
    const char *note = w->replaced.note;
    if (w->expected) snprintf(total, sizeof total, " of %" PRIu64, w->expected);
    return ln_fail(LINNET_ERR_IO, code, "%s: %s: %s at %" PRIu64 "%s bytes; %s%s", ln_file_name(w->path),
                   action, ln_errno_text(errnum), w->written, total, note ? note : w->path,
                   note ? "" : " is untouched");
}

/* The file to replace; for a symbolic link, its target. Only a regular file may be replaced: a rename over
 * /dev/null would remove the device. */
static int target_resolve(const char *path, char **target) {
    char real[PATH_MAX];
    struct stat found;
    if (!*ln_file_name(path))
        return ln_fail(LINNET_ERR_IO, "file-write", "'%s' is not the name of a file", path);
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
        return ln_fail(LINNET_ERR_IO, "file-write", "%s: %s", path,
                       S_ISDIR(found.st_mode) ? "is a folder; give the name of a file"
                                              : "is not a regular file");
    bool link = lstat(path, &found) == 0 && S_ISLNK(found.st_mode);
    *target = ln_strdup(link && realpath(path, real) ? real : path);
    return *target ? LINNET_OK : LINNET_ERR_LIMIT;
}

/* NAME.tmp-PID-N with the first free N: a killed run may have left some. */
static int temp_open(struct ln_file_writer *w) {
    size_t size = strlen(w->path) + 40;
    w->temp = ln_alloc(size);
    if (!w->temp) return LINNET_ERR_LIMIT;
    for (int n = 0; n < TEMP_TRIES; n++) {
        snprintf(w->temp, size, "%s.tmp-%ld-%d", w->path, (long)getpid(), n);
        w->fd = open(w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (w->fd >= 0 || (errno != EEXIST && errno != EINTR)) break;
    }
    if (w->fd >= 0) (void)flock(w->fd, LOCK_EX | LOCK_NB); /* marks the file as in use */
    if (w->fd >= 0) return LINNET_OK;
    int status = write_failure(w, "create", errno);
    ln_free(w->temp); /* not ours to remove */
    w->temp = NULL;
    return status;
}

int ln_file_writer_begin(struct ln_file_writer *w, const char *path, uint64_t expected) {
    return ln_file_writer_begin_over(w, path, expected, &(struct ln_file_replaced){0});
}

int ln_file_writer_begin_over(struct ln_file_writer *w, const char *path, uint64_t expected,
                              const struct ln_file_replaced *replaced) {
    *w = (struct ln_file_writer){.fd = -1, .expected = expected, .replaced = *replaced};
    int status = target_resolve(path, &w->path);
    if (status == LINNET_OK) status = (w->buffer = ln_alloc(BUFFER_SIZE)) ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) {
        ln_file_remove_leftovers(w->path);
        status = temp_open(w);
    }
    if (status != LINNET_OK) ln_file_writer_abort(w);
    return status;
}

static int write_all(struct ln_file_writer *w, const unsigned char *data, size_t n) {
    while (n > 0) {
        ssize_t done = write(w->fd, data, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return write_failure(w, "write", done ? errno : EIO);
        data += done;
        n -= (size_t)done;
        w->written += (uint64_t)done;
    }
    return LINNET_OK;
}

static int buffer_flush(struct ln_file_writer *w) {
    size_t n = w->buffered;
    w->buffered = 0;
    return write_all(w, w->buffer, n);
}

int ln_file_writer_write(struct ln_file_writer *w, const void *data, size_t n) {
    if (n > BUFFER_SIZE - w->buffered) LN_TRY(buffer_flush(w));
    if (n >= BUFFER_SIZE) return write_all(w, data, n);
    if (n) memcpy(w->buffer + w->buffered, data, n);
    w->buffered += n;
    return LINNET_OK;
}

int ln_file_writer_patch(struct ln_file_writer *w, uint64_t offset, const void *data, size_t n) {
    const unsigned char *left = data;
    LN_TRY(buffer_flush(w));
    while (n > 0) {
        ssize_t done = pwrite(w->fd, left, n, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return write_failure(w, "write", done ? errno : EIO);
        left += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
    return LINNET_OK;
}

/* ---- rename and sync ------------------------------------------------------------------------------------ */

/* Keeps the file under kept_as: by a hard link, or by renaming it (*moved) if the file system has no hard links. A
 * file on another disk than kept_as (EXDEV), to which a symbolic link led, is not kept. */
static bool keep(const char *path, const char *kept_as, bool *moved) {
    *moved = false;
    if (unlink(kept_as) != 0 && errno != ENOENT) return false;
    if (link(path, kept_as) == 0 || errno == ENOENT) return true;
    *moved = rename(path, kept_as) == 0;
    return *moved || errno == EXDEV;
}

bool ln_file_rename_over(const char *from, const char *to, const char *kept_as) {
    bool moved = false;
    if (kept_as && !keep(to, kept_as, &moved)) return false;
    if (rename(from, to) == 0) return true;
    const int errnum = errno;
    if (moved) (void)rename(kept_as, to);
    errno = errnum;
    return false;
}

/* The data reaches the disk before the name points to it. A failed fsync is not retried: the kernel may have
 * dropped the pages, and a second fsync would succeed without them. */
static int temp_finish(struct ln_file_writer *w) {
    LN_TRY(buffer_flush(w));
    if (fsync(w->fd) != 0) return write_failure(w, "sync", errno);
    int closed = close(w->fd);
    w->fd = -1;
    if (closed != 0 && errno != EINTR) return write_failure(w, "close", errno);
    if (!ln_file_rename_over(w->temp, w->path, w->replaced.kept_as)) return write_failure(w, "rename", errno);
    ln_free(w->temp);
    w->temp = NULL;
    return LINNET_OK;
}

/* Some file systems cannot sync a folder (EINVAL), and some folders cannot be opened to be synced (EACCES). */
int ln_file_sync_name(const char *path) {
    size_t length = strlen(path);
    char folder[PATH_MAX] = ".";
    while (length > 1 && path[length - 1] == '/') length--;
    while (length > 0 && path[length - 1] != '/') length--;
    if (length) snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int errnum = fd >= 0 && fsync(fd) == 0 ? 0 : errno;
    if (fd >= 0) close(fd);
    if (errnum == 0 || errnum == EINVAL || errnum == EACCES) return LINNET_OK;
    return ln_fail(
        LINNET_ERR_IO, "file-write",
        "%s: sync of its folder: %s; %s is the new file, but a power cut may bring the old one back",
        ln_file_name(path), ln_errno_text(errnum), path);
}

int ln_file_writer_commit(struct ln_file_writer *w) {
    int status = temp_finish(w);
    if (status == LINNET_OK) status = ln_file_sync_name(w->path);
    ln_file_writer_abort(w);
    return status;
}

/* w->path is set once a write has begun, w->temp as long as the temporary file has not been renamed. */
void ln_file_writer_abort(struct ln_file_writer *w) {
    if (w->path && w->fd >= 0) close(w->fd);
    if (w->path && w->temp) unlink(w->temp);
    ln_free(w->buffer);
    ln_free(w->temp);
    ln_free(w->path);
    *w = (struct ln_file_writer){0};
}

int ln_file_write(const char *path, const void *data, size_t n) {
    struct ln_file_writer w;
    LN_TRY(ln_file_writer_begin(&w, path, n));
    int status = ln_file_writer_write(&w, data, n);
    if (status == LINNET_OK) status = ln_file_writer_commit(&w);
    ln_file_writer_abort(&w);
    return status;
}
