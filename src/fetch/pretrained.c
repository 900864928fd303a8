/* The file with an architecture's weights: its name, its address and its place in the cache. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "fetch/fetch.h"

#include <stdlib.h>
#include <string.h>

static const char server[] = "https://download.pytorch.org/models/";

static const struct ln_pretrained_file files[] = {
#define LN_WEIGHTS(arch, name) {arch, name},
#include "fetch/pretrained_table.h"
#undef LN_WEIGHTS
};
enum { FILES = sizeof files / sizeof *files };

const struct ln_pretrained_file *ln_pretrained_get(int index) {
    return index >= 0 && index < FILES ? &files[index] : NULL;
}

int ln_pretrained_find(const char *arch, const struct ln_pretrained_file **file) {
    const char *names[FILES];
    char shown[128];
    for (int i = 0; i < FILES; i++) {
        names[i] = files[i].arch;
        if (strcmp(files[i].arch, arch) != 0) continue;
        *file = &files[i];
        return LINNET_OK;
    }
    const char *near = ln_text_nearest(arch, names, FILES);
    ln_text_printable(arch, strlen(arch), shown, sizeof shown);
    if (near)
        return ln_fail(LINNET_ERR_USAGE, "fetch-name", "there are no weights for '%s'; did you mean %s?",
                       shown, near);
    return ln_fail(LINNET_ERR_USAGE, "fetch-name",
                   "there are no weights for '%s'; `linnet weights` lists those available", shown);
}

/* By the XDG base directory specification a path that is not absolute is ignored. */
static int cache_folder(char **folder) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    struct ln_text t = {0};
    if (cache && cache[0] == '/')
        ln_text_addf(&t, "%s/linnet", cache);
    else if (home && home[0])
        ln_text_addf(&t, "%s/.cache/linnet", home);
    else
        return ln_fail(
            LINNET_ERR_USAGE, "fetch-cache",
            "no folder for weights: neither XDG_CACHE_HOME nor HOME is set; choose one with --dir");
    return ln_text_take(&t, folder);
}

int ln_pretrained_path(const struct ln_pretrained_file *file, const char *dir, char **path) {
    char *folder = NULL;
    if (!dir) LN_TRY(cache_folder(&folder));
    *path = ln_file_join(dir ? dir : folder, file->name);
    ln_free(folder);
    return *path ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_pretrained_url(const struct ln_pretrained_file *file, const char *url, char **address) {
    const char *set = getenv("LINNET_WEIGHTS_URL");
    struct ln_text t = {0};
    if (!url) url = set && set[0] ? set : server;
    if (!ln_text_starts(url, "https://") && !ln_text_starts(url, "http://"))
        return ln_fail(LINNET_ERR_USAGE, "fetch-url",
                       "%s: the address of weights must begin with https:// or http://", url);
    ln_text_addf(&t, "%s%s%s", url, ln_text_ends(url, "/") ? "" : "/", file->name);
    return ln_text_take(&t, address);
}
