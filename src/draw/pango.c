/* Loads Pango and Cairo at run time. */
#include "draw/pango.h"
#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

/* tools/make-wheel writes the name of its own copy here. */
static const char library_name[64] = "libpangocairo-1.0.so.0";

struct ln_pango ln_pango;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool opened;

static const struct ln_library_function functions[] = {
#define ENTRY(name) {#name, offsetof(struct ln_pango, name)},
    LN_PANGO_LIST(ENTRY)
#undef ENTRY
};

/* The library stays loaded: GLib cannot be unloaded. */
static int load(void) {
    void *library = dlopen(library_name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (library) /* all functions are in it or in libraries that it needs */
        return ln_library_find(library, functions, sizeof functions / sizeof *functions, &ln_pango,
                               "draw-pango", library_name);
    return ln_fail(LINNET_ERR_IO, "draw-pango",
                   "drawing needs Pango, and %s cannot be loaded; Debian's package is libpangocairo-1.0-0",
                   library_name);
}

int ln_pango_open(void) {
    pthread_mutex_lock(&lock);
    const int status = opened ? LINNET_OK : load();
    opened = status == LINNET_OK;
    pthread_mutex_unlock(&lock);
    return status;
}
