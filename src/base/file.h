/* Files: whole reads with a bound, positioned reads, atomic writes, folders.
 *
 * A file is written beside its target (NAME.tmp-PID-N), synced and renamed, and the folder synced, so that a
 * crash or a full disk leaves the old one whole. A failed fsync is reported, never retried. The next write of
 * that file removes the temporary file of a process that was killed (file_leftovers.c).
 */
#ifndef LN_BASE_FILE_H
#define LN_BASE_FILE_H

#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

/* Reads all of `path` (ln_free it; a NUL byte follows the last). LINNET_ERR_INPUT "file-open" if it is
 * missing or not a regular file, "file-size" if it is larger than `max`; LINNET_ERR_IO "file-read", or
 * "file-access" without permission. */
LN_MUST_CHECK int ln_file_read(const char *path, size_t max, unsigned char **data, size_t *size);

/* A file opened for positioned reads. `size` is its size when it was opened. */
struct ln_file {
    int fd;
    uint64_t size;
    char *path;
};
LN_MUST_CHECK int ln_file_open(struct ln_file *file, const char *path);
/* Reads exactly n bytes at offset, or fails with both numbers. Several threads may call it at once. */
LN_MUST_CHECK int ln_file_read_at(const struct ln_file *file, uint64_t offset, void *out, size_t n);
void ln_file_close(struct ln_file *file); /* a zeroed struct is fine */

/* The file that a write replaces. */
struct ln_file_replaced {
    const char *kept_as; /* a path in the same folder to keep it under; NULL: remove it */
    const char *note;    /* the end of an error message; NULL: "PATH is untouched" */
};

/* An atomic write. begin, write ..., then commit; abort (or a failed commit) removes the temporary file. Failures are
 * LINNET_ERR_IO "file-write", or "file-full" if the disk or the quota is full. */
struct ln_file_writer {
    int fd;
    char *path, *temp;
    uint64_t written, expected; /* expected: for the message of a full disk; 0 = not known */
    unsigned char *buffer;
    size_t buffered;
    struct ln_file_replaced replaced; /* its strings are borrowed */
};
LN_MUST_CHECK int ln_file_writer_begin(struct ln_file_writer *w, const char *path, uint64_t expected);
LN_MUST_CHECK int ln_file_writer_begin_over(struct ln_file_writer *w, const char *path, uint64_t expected,
                                            const struct ln_file_replaced *replaced);
LN_MUST_CHECK int ln_file_writer_write(struct ln_file_writer *w, const void *data, size_t n);
/* Replaces bytes that were written before. */
LN_MUST_CHECK int ln_file_writer_patch(struct ln_file_writer *w, uint64_t offset, const void *data, size_t n);
LN_MUST_CHECK int ln_file_writer_commit(struct ln_file_writer *w); /* also ends w */
void ln_file_writer_abort(struct ln_file_writer *w); /* fine after a commit and on a zeroed struct */

/* Removes the temporary files beside `path` that dead processes have left; begin does that. */
void ln_file_remove_leftovers(const char *path);

/* Renames `from` to `to`. With kept_as, a file that stood under `to` stays under that name. From the first step to the
 * last a whole file stands under `to`, or, if the file system has no hard links, under `to` or `kept_as`. Returns
 * false with errno after a failure; `to` is then as it was. */
LN_MUST_CHECK bool ln_file_rename_over(const char *from, const char *to, const char *kept_as);

/* begin + write + commit. */
LN_MUST_CHECK int ln_file_write(const char *path, const void *data, size_t n);

/* Appends to a file, creating it if it is missing. LINNET_ERR_IO "file-append": part of the data may have
 * been written. */
LN_MUST_CHECK int ln_file_append(const char *path, const void *data, size_t n);

/* Changes when the file is written. All zero if the file cannot be examined. */
struct ln_file_stamp {
    uint64_t size;
    int64_t seconds; /* of the last change of its bytes, since 1970 */
    int64_t nanoseconds;
};
struct ln_file_stamp ln_file_stamp(const char *path);
bool ln_file_stamp_equals(const struct ln_file_stamp *a, const struct ln_file_stamp *b);

/* Syncs the folder that contains `path`, so that a rename or mkdir survives a crash. */
LN_MUST_CHECK int ln_file_sync_name(const char *path);

bool ln_file_exists(const char *path);
bool ln_file_is_folder(const char *path);
/* Makes the folder and its parents. */
LN_MUST_CHECK int ln_file_make_folder(const char *path);
/* "a/b" from "a" and "b"; a newly allocated string, NULL on failure (recorded). */
char *ln_file_join(const char *folder, const char *name);
const char *ln_file_name(const char *path); /* what follows the last '/' */
/* The absolute path with links resolved, or `path` itself if that fails. A newly allocated string, NULL on
 * failure. */
char *ln_file_real_path(const char *path);

/* The entries of a folder except "." and "..", in byte order, hidden ones included. */
struct ln_file_entry {
    const char *name;
    bool is_folder; /* symbolic links followed */
};
struct ln_file_list {
    struct ln_file_entry *entries;
    size_t count;
    char *names; /* what the entries' names point into */
};
LN_MUST_CHECK int ln_file_list_read(struct ln_file_list *list, const char *folder);
void ln_file_list_fini(struct ln_file_list *list);

#endif
