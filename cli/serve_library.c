/* Loads libmicrohttpd and looks up its functions. */
#include "serve_library.h"
#include "output.h"

#include <dlfcn.h>
#include <string.h>

/* tools/make-wheel writes the name of its own copy here. */
static const char library_name[64] = "libmicrohttpd.so.12";

struct serve_mhd serve_mhd;

static const struct {
    const char *name;
    size_t at;
} functions[] = {
#define ENTRY(name) {#name, offsetof(struct serve_mhd, name)},
    SERVE_MHD_LIST(ENTRY)
#undef ENTRY
};

int serve_library_open(void) {
    void *library = dlopen(library_name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return cli_fail(
            LINNET_ERR_IO,
            "the server needs libmicrohttpd, and %s cannot be loaded; Debian's package is libmicrohttpd12 "
            "(libmicrohttpd12t64 since Debian 13) [serve-library]",
            library_name);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function)
            return cli_fail(LINNET_ERR_INTERNAL, "%s has no %s [serve-library]", library_name,
                            functions[i].name);
        memcpy((char *)&serve_mhd + functions[i].at, &function, sizeof function);
    }
    return LINNET_OK;
}
