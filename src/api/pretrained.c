/* Weights from the network. */
#include "api/handles.h"
#include "fetch/fetch.h"

static const struct linnet_fetch_opts defaults;

bool linnet_weights_get(int index, struct linnet_weights_info *info) {
    const struct ln_pretrained_file *file = ln_pretrained_get(index);
    if (file) *info = (struct linnet_weights_info){.arch = file->arch, .file = file->name};
    return file;
}

int linnet_weights_path(const char *arch, const struct linnet_fetch_opts *opts, char **path) {
    const struct ln_pretrained_file *file;
    ln_api_begin();
    LN_TRY(ln_pretrained_find(arch, &file));
    return ln_pretrained_path(file, opts ? opts->dir : NULL, path);
}

int linnet_weights_fetch(const char *arch, const struct linnet_fetch_opts *given, char **path) {
    const struct linnet_fetch_opts *o = given ? given : &defaults;
    ln_api_begin();
    return ln_fetch(arch,
                    &(struct ln_fetch_opts){.dir = o->dir,
                                            .url = o->url,
                                            .verify = o->verify,
                                            .stop = o->stop,
                                            .on_progress = o->on_progress,
                                            .user = o->user},
                    path);
}
