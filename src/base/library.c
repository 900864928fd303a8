/* Functions of a shared library that is loaded at run time. */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

int ln_library_find(void *library, const struct ln_library_function *functions, size_t count, void *table,
                    const char *code, const char *name) {
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function) return ln_fail(LINNET_ERR_INTERNAL, code, "%s has no %s", name, functions[i].name);
        memcpy((char *)table + functions[i].at, &function, sizeof function);
    }
    return LINNET_OK;
}
