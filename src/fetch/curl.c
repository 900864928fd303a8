/* Loads libcurl at run time. */
#include "fetch/curl.h"
#include "base/library.h"

#include <dlfcn.h>

/* Builds with OpenSSL and with GnuTLS have the same interface. */
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

#define AT(field) offsetof(struct ln_curl, field)
static const struct ln_library_function functions[] = {
    {"curl_global_init", AT(global_init)},     {"curl_global_cleanup", AT(global_cleanup)},
    {"curl_easy_init", AT(easy_init)},         {"curl_easy_setopt", AT(easy_setopt)},
    {"curl_easy_perform", AT(easy_perform)},   {"curl_easy_getinfo", AT(easy_getinfo)},
    {"curl_easy_strerror", AT(easy_strerror)}, {"curl_easy_cleanup", AT(easy_cleanup)},
};

/* RTLD_NODELETE: the library stays loaded after dlclose, because OpenSSL has registered functions that run at
 * the end of the program. */
static int load(struct ln_curl *curl) {
    for (size_t i = 0; i < sizeof names / sizeof *names && !curl->library; i++)
        curl->library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (curl->library) return LINNET_OK;
    return ln_fail(
        LINNET_ERR_IO, "fetch-curl",
        "downloads need libcurl, but %s cannot be loaded; install it (Debian's package is libcurl4), "
        "or download the file yourself and give it with --weights",
        names[0]);
}

int ln_curl_open(struct ln_curl *curl) {
    *curl = (struct ln_curl){0};
    LN_TRY(load(curl));
    LN_TRY(ln_library_find(curl->library, functions, sizeof functions / sizeof *functions, curl, "fetch-curl",
                           "libcurl"));
    if (!curl->global_init(CURL_GLOBAL_DEFAULT)) return LINNET_OK;
    curl->global_cleanup = NULL;
    return ln_fail(LINNET_ERR_INTERNAL, "fetch-curl", "libcurl cannot be set up");
}

void ln_curl_close(struct ln_curl *curl) {
    if (curl->global_cleanup) curl->global_cleanup();
    if (curl->library) dlclose(curl->library);
}
