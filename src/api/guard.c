/* Checks of NULL and of struct sizes. A struct's size is its first member. Every compiler pads structs to a
 * multiple of that member's size, so another value means that the size was not set.
 *
 * A program of an older header, with a library that has gained a field since:
 *
 *     the program's struct       size = 24 | batch | threads
 *     the library's struct       size = 32 | batch | threads | dtype
 *     ln_api_take copies                      24 bytes, dtype becomes 0: its default
 *     ln_api_give writes         24 bytes at most, and leaves the size as it is
 */
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

/* memcpy, because the struct's type is unknown here: reading it through a size_t * would break the aliasing
 * rules. */
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

/* A struct of a newer header is accepted while the fields that this library does not know are zero, their
 * defaults. A field that is set asks for something that the library cannot do, and silence would be wrong. */
int ln_api_take(const char *kind, const void *given, void *own, size_t own_size) {
    memset(own, 0, own_size);
    if (given) {
        const size_t size = size_of(given), known = size < own_size ? size : own_size;
        if (!is_a_size(size))
            return ln_fail(
                LINNET_ERR_USAGE, "api-size",
                "struct linnet_%s_opts: its size is %zu; create it with LINNET_OPTS(%s, ...), or set "
                ".size = sizeof opts",
                kind, size, kind);
        if (!is_zero((const unsigned char *)given + known, size - known))
            return ln_fail(
                LINNET_ERR_USAGE, "api-size",
                "struct linnet_%s_opts: it has %zu bytes, this library knows %zu, and a field after "
                "these is set; use a newer library",
                kind, size, own_size);
        memcpy(own, given, known);
    }
    memcpy(own, &own_size, sizeof own_size);
    return LINNET_OK;
}

int ln_api_check_size(const char *name, const void *result) {
    const size_t size = size_of(result);
    if (is_a_size(size)) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "api-size", "%s: the size of the struct is %zu; set .size = sizeof %s",
                   name, size, name);
}

void ln_api_give(const void *own, size_t own_size, void *result) {
    const size_t size = size_of(result);
    memcpy(result, own, size < own_size ? size : own_size);
    memcpy(result, &size, sizeof size);
}
