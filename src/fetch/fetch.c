/* The file of an architecture's weights: there already, or fetched, checked, and only then given its name. */
#include "fetch/fetch.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DIGITS = 8 }; /* of the checksum in a name: resnet18-f37072fd.pth */

/* The digits behind the name's last dash. */
static const char *digits_of(const char *name) {
    return strrchr(name, '-') + 1;
}

/* *good: the checksum begins as the name says; hex is it. */
static int hash_check(const char *path, const char *name, char hex[LN_SHA256_TEXT], bool *good) {
    LN_TRY(ln_sha256_file(path, hex));
    *good = strncmp(hex, digits_of(name), DIGITS) == 0;
    return LINNET_OK;
}

/* The folder of the path. */
static int make_place(const char *path) {
    char *folder = ln_strdup(path);
    if (!folder) return LINNET_ERR_LIMIT;
    folder[ln_file_name(path) - path - 1] = '\0';
    int status = folder[0] ? ln_file_make_folder(folder) : LINNET_OK;
    ln_free(folder);
    return status;
}

/* One attempt. What was begun earlier may be the beginning of something else: then it does not count. */
static int attempt(const struct ln_download *d, const char *name, bool *good, char hex[LN_SHA256_TEXT]) {
    LN_TRY(ln_download(d));
    LN_TRY(hash_check(d->path, name, hex, good));
    if (!*good) unlink(d->path);
    return LINNET_OK;
}

static int fetch_part(const struct ln_download *d, const char *name) {
    char hex[LN_SHA256_TEXT];
    bool resumed = ln_file_exists(d->path), good;
    LN_TRY(attempt(d, name, &good, hex));
    if (!good && resumed) LN_TRY(attempt(d, name, &good, hex));
    if (good) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "fetch-hash",
                   "%s: its SHA-256 begins %.8s, its name says %.8s; not kept", d->address, hex,
                   digits_of(name));
}

static int fetch(const struct ln_pretrained_file *file, const struct ln_fetch_opts *o, const char *path) {
    char *address = NULL, *part = NULL;
    struct ln_text t = {0};
    ln_text_addf(&t, "%s.part", path);
    int status = ln_text_take(&t, &part);
    if (status == LINNET_OK) status = ln_pretrained_url(file, o->url, &address);
    if (status == LINNET_OK) status = make_place(path);
    if (status == LINNET_OK)
        status = fetch_part(&(struct ln_download){.address = address,
                                                  .path = part,
                                                  .stop = o->stop,
                                                  .on_progress = o->on_progress,
                                                  .user = o->user},
                            file->name);
    if (status == LINNET_OK && rename(part, path) != 0)
        status = ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: rename", path);
    ln_free(address);
    ln_free(part);
    return status;
}

/* A file that is there was checked when it came; `verify` looks again, and takes away what has gone bad
 * since. */
static int look(const struct ln_pretrained_file *file, const struct ln_fetch_opts *o, const char *path,
                bool *there) {
    char hex[LN_SHA256_TEXT];
    *there = ln_file_exists(path);
    if (!*there || !o->verify) return LINNET_OK;
    LN_TRY(hash_check(path, file->name, hex, there));
    if (!*there && unlink(path) != 0)
        return ln_fail_errno(LINNET_ERR_IO, "fetch-write", errno, "%s: damaged, and can't be removed", path);
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
