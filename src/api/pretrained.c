/* Pretrained weights: their names and downloads. linnet_weights_fetch is the only function of the library
 * that opens a connection. */
#include "api/guard.h"
#include "fetch/fetch.h"

/* An index past the end is how a program's loop ends, so it is false without an error. */
bool linnet_weights_get(int index, struct linnet_weights_info *info) {
    ln_api_begin();
    if (LN_CHECK_RESULT(info) != LINNET_OK) return false;
    const struct ln_pretrained_file *file = ln_pretrained_get(index);
    if (!file) return false;
    LN_GIVE((&(struct linnet_weights_info){.arch = file->arch, .file = file->name}), info);
    return true;
}

/* The path is computed whether or not the file exists: a program can look for it, or show where it would
 * be. */
int linnet_weights_path(const char *arch, const struct linnet_fetch_opts *given, char **path) {
    const struct ln_pretrained_file *file;
    struct linnet_fetch_opts opts;
    ln_api_begin();
    LN_NEED(arch);
    LN_NEED(path);
    LN_TRY(LN_TAKE_OPTS(fetch, given, &opts));
    LN_TRY(ln_pretrained_find(arch, &file));
    return ln_pretrained_path(file, opts.dir, path);
}

int linnet_weights_fetch(const char *arch, const struct linnet_fetch_opts *given, char **path) {
    struct linnet_fetch_opts opts;
    ln_api_begin();
    LN_NEED(arch);
    LN_NEED(path);
    LN_TRY(LN_TAKE_OPTS(fetch, given, &opts));
    return ln_fetch(arch,
                    &(struct ln_fetch_opts){.dir = opts.dir,
                                            .url = opts.url,
                                            .verify = opts.verify,
                                            .stop = opts.stop,
                                            .on_progress = opts.on_progress,
                                            .user = opts.user},
                    path);
}
