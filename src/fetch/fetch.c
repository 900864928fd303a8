/* The file of an architecture's weights: found in the cache, or fetched and checked, and only then given its
 * name. */
#include "fetch/fetch.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 8 }; /* of the checksum in a name: resnet18-f37072fd.pth */

/* The digits after the name's last dash. */
static const char *digits_of(const char *name) {
    return strrchr(name, '-') + 1;
}

/* hex: the checksum of the file. *good: it begins with the digits in the name. */
static int hash_check(const char *path, const char *name, char hex[LN_SHA256_TEXT], bool *good) {
    LN_TRY(ln_sha256_file(path, hex));
    *good = strncmp(hex, digits_of(name), DIGITS) == 0;
    return LINNET_OK;
}

/* Makes the folder of the path. */
static int make_place(const char *path) {
    char *folder = ln_strdup(path);
    if (!folder) return LINNET_ERR_LIMIT;
    folder[ln_file_name(path) - path - 1] = '\0';
    int status = folder[0] ? ln_file_make_folder(folder) : LINNET_OK;
    ln_free(folder);
    return status;
}

/* ---- the part ------------------------------------------------------------------------------------------- */

/* NAME.part, open and locked. Only the holder of the lock writes, removes and renames the part, and keeps the
 * lock until the part has its name. If two programs fetch the same file, one fetches it and the other changes
 * nothing. */
struct part {
    char *path;
    int fd;
};

static int part_lock(struct part *part) {
    part->fd = open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (part->fd < 0)
        return ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: cannot be opened", part->path);
    if (flock(part->fd, LOCK_EX | LOCK_NB) == 0) return LINNET_OK;
    return ln_fail(LINNET_ERR_IO, "fetch-busy", "%s: another program is fetching it", part->path);
}

static void part_unlock(struct part *part) {
    if (part->fd >= 0) close(part->fd);
    part->fd = -1;
}

/* True if the locked file still has that name. Another program may have renamed it between open and lock. */
static bool part_is_current(const struct part *part) {
    struct stat opened, named;
    return fstat(part->fd, &opened) == 0 && lstat(part->path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

static int part_open(struct part *part, const char *path) {
    struct ln_text t = {0};
    struct stat found;
    *part = (struct part){.fd = -1};
    ln_text_addf(&t, "%s.part", path);
    LN_TRY(ln_text_take(&t, &part->path));
    do {
        part_unlock(part);
        LN_TRY(part_lock(part));
    } while (!part_is_current(part));
    if (fstat(part->fd, &found) == 0 && S_ISREG(found.st_mode)) return LINNET_OK;
    return ln_fail(LINNET_ERR_IO, "fetch-write", "%s: is not a regular file", part->path);
}

static void part_close(struct part *part) {
    part_unlock(part);
    ln_free(part->path);
}

static int64_t part_size(const struct part *part) {
    struct stat found;
    return fstat(part->fd, &found) == 0 ? (int64_t)found.st_size : 0;
}

/* ---- fetching ------------------------------------------------------------------------------------------- */

/* One attempt. A part from an earlier attempt may be the beginning of another file; it is then emptied. */
static int attempt(const struct ln_download *d, const char *name, bool *good, char hex[LN_SHA256_TEXT]) {
    LN_TRY(ln_download(d));
    LN_TRY(hash_check(d->path, name, hex, good));
    if (!*good && ftruncate(d->fd, 0) != 0)
        return ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: truncate", d->path);
    return LINNET_OK;
}

static int fill_part(const struct ln_download *d, const char *name, bool resumed) {
    char hex[LN_SHA256_TEXT];
    bool good;
    LN_TRY(attempt(d, name, &good, hex));
    if (!good && resumed) LN_TRY(attempt(d, name, &good, hex));
    if (good) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "fetch-hash",
                   "%s: its SHA-256 begins with %.8s, but its name requires %.8s; the download was discarded",
                   d->address, hex, digits_of(name));
}

/* Gives the part its final name, and syncs the folder. */
static int part_publish(const struct part *part, const char *path) {
    if (rename(part->path, path) != 0)
        return ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: rename", path);
    return ln_file_sync_name(path);
}

static int fetch_part(const struct ln_pretrained_file *file, const struct ln_fetch_opts *o,
                      const char *address, const struct part *part, const char *path) {
    LN_TRY(fill_part(&(struct ln_download){.address = address,
                                           .fd = part->fd,
                                           .path = part->path,
                                           .stop = o->stop,
                                           .on_progress = o->on_progress,
                                           .user = o->user},
                     file->name, part_size(part) > 0));
    return part_publish(part, path);
}

static int fetch_from(const struct ln_pretrained_file *file, const struct ln_fetch_opts *o,
                      const char *address, const char *path) {
    struct part part;
    LN_TRY(make_place(path));
    int status = part_open(&part, path);
    const bool ours = status == LINNET_OK;
    /* Another program may have finished between the first look and the lock. */
    if (ours && !ln_file_exists(path)) status = fetch_part(file, o, address, &part, path);
    if (ours && part_size(&part) == 0) unlink(part.path); /* there is nothing to continue */
    part_close(&part);
    return status;
}

static int fetch(const struct ln_pretrained_file *file, const struct ln_fetch_opts *o, const char *path) {
    char *address;
    LN_TRY(ln_pretrained_url(file, o->url, &address));
    int status = fetch_from(file, o, address, path);
    ln_free(address);
    return status;
}

/* A file in the cache was checked when it arrived. `verify` checks it once more, and removes it if it is
 * damaged. */
static int look(const struct ln_pretrained_file *file, const struct ln_fetch_opts *o, const char *path,
                bool *there) {
    char hex[LN_SHA256_TEXT];
    *there = ln_file_exists(path);
    if (!*there || !o->verify) return LINNET_OK;
    LN_TRY(hash_check(path, file->name, hex, there));
    if (!*there && unlink(path) != 0)
        return ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: damaged, and cannot be removed", path);
    return LINNET_OK;
}

int ln_fetch(const char *arch, const struct ln_fetch_opts *opts, char **out) {
    const struct ln_pretrained_file *file;
    bool there = false;
    char *path;
    LN_TRY(ln_pretrained_find(arch, &file));
    LN_TRY(ln_pretrained_path(file, opts->dir, &path));
    int status = look(file, opts, path, &there);
    if (status == LINNET_OK && !there) status = fetch(file, opts, path);
    if (status == LINNET_OK)
        *out = path;
    else
        ln_free(path);
    return status;
}
