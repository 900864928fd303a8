/* Fetching weights. The bar is drawn on stderr, because stdout may hold a table, JSON, or a path for $(...).
 * There is no handler for Ctrl-C: the library keeps the bytes that have arrived, so ending at once loses
 * nothing, and the next attempt continues after them. */
#include "fetch.h"
#include "output.h"
#include "progress.h"
#include <string.h>

/* 10^6, as download sizes are usually given. */
enum { MEGABYTE = 1000000 };

struct fetching {
    struct cli_progress progress;
    const char *arch;
};

static void on_progress(void *user, int64_t done, int64_t total) {
    struct fetching *f = user;
    cli_progress_show(&f->progress, f->arch, done / MEGABYTE, total / MEGABYTE, 0, "MB");
}

int cli_fetch(const char *arch, const struct linnet_fetch_opts *given, char **path) {
    struct linnet_fetch_opts opts = given ? *given : (struct linnet_fetch_opts){.size = sizeof opts};
    struct fetching fetching = {.arch = arch};
    cli_progress_init(&fetching.progress, true);
    opts.on_progress = on_progress;
    opts.user = &fetching;
    int status = linnet_weights_fetch(arch, &opts, path);
    cli_progress_clear(&fetching.progress);
    return status ? cli_fail_library(status) : LINNET_OK;
}
