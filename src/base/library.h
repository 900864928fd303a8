/* Functions of a shared library that is loaded at run time, when it is first needed:
 *
 *     struct ln_curl { void *library; __typeof__(curl_easy_init) *easy_init; };
 *     static const struct ln_library_function functions[] = {{"curl_easy_init", offsetof(struct ln_curl, easy_init)}};
 *
 *     curl->library = dlopen("libcurl.so.4", ...);
 *     LN_TRY(ln_library_find(curl->library, functions, 1, curl, "fetch-curl", "libcurl"));
 */
#ifndef LN_BASE_LIBRARY_H
#define LN_BASE_LIBRARY_H

#include "base/status.h"
#include <stddef.h>

struct ln_library_function {
    const char *name;
    size_t at; /* where its address goes in the table */
};

/* LINNET_ERR_INTERNAL `code` if a function is missing from the library and its dependencies. `name` is the library's
 * name in messages. */
LN_MUST_CHECK int ln_library_find(void *library, const struct ln_library_function *functions, size_t count,
                                  void *table, const char *code, const char *name);

#endif
