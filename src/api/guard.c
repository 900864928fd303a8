/* NULL and sizes. A struct's size is its first member, and a multiple of the size's own: every compiler pads
 * to that. Other values come from a struct whose size was not set. */
#include "api/guard.h"

#include <stdbool.h>
#include <string.h>

enum { SIZE_MOST = 4096 }; /* bytes; more than any struct will ever have */

void ln_api_begin(void) {
    ln_error_clear();
}

int ln_api_null(const char *function, const char *argument) {
    ln_error_clear();
    return ln_fail(LINNET_ERR_USAGE, "api-null", "%s: %s is NULL", function, argument);
}

static size_t size_of(const void *sized) {
    size_t size;
    memcpy(&size, sized, sizeof size);
    return size;
}

static bool is_a_size(size_t size) {
    return size >= sizeof size && size <= SIZE_MOST && size % sizeof size == 0;
}

static bool is_zero(const unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0) return false;
    return true;
}

int ln_api_take(const char *kind, const void *given, void *own, size_t own_size) {
    memset(own, 0, own_size);
    if (given) {
        const size_t size = size_of(given), known = size < own_size ? size : own_size;
        if (!is_a_size(size))
            return ln_fail(LINNET_ERR_USAGE, "api-size",
                           "struct linnet_%s_opts: its size is %zu; write LINNET_OPTS(%s, ...), or .size = "
                           "sizeof opts in a variable",
                           kind, size, kind);
        if (!is_zero((const unsigned char *)given + known, size - known))
            return ln_fail(LINNET_ERR_USAGE, "api-size",
                           "struct linnet_%s_opts: %zu bytes, of which this library knows %zu, and a field "
                           "after them is set; it needs a newer library",
                           kind, size, own_size);
        memcpy(own, given, known);
    }
    memcpy(own, &own_size, sizeof own_size);
    return LINNET_OK;
}

int ln_api_check_size(const char *name, const void *result) {
    const size_t size = size_of(result);
    if (is_a_size(size)) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "api-size",
                   "%s: the struct's size is %zu; begin it with .size = sizeof %s", name, size, name);
}

void ln_api_give(const void *own, size_t own_size, void *result) {
    const size_t size = size_of(result);
    memcpy(result, own, size < own_size ? size : own_size);
    memcpy(result, &size, sizeof size);
}
