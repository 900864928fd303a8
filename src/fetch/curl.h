/* libcurl, loaded when something is fetched: it depends on two dozen other libraries, which would take longer to load
 * than everything else that `linnet --help` does. Its functions have their own names without the prefix:
 *
 *     struct ln_curl curl;
 *     LN_TRY(ln_curl_open(&curl));
 *     CURL *handle = curl.easy_init();
 *     ...
 *     ln_curl_close(&curl);
 */
#ifndef LN_FETCH_CURL_H
#define LN_FETCH_CURL_H

#include "base/status.h"
#include <curl/curl.h>

struct ln_curl {
    void *library;
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_global_cleanup) *global_cleanup;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
};

/* LINNET_ERR_IO "fetch-curl" if libcurl is not installed; LINNET_ERR_INTERNAL if it cannot be used. */
LN_MUST_CHECK int ln_curl_open(struct ln_curl *curl);
void ln_curl_close(struct ln_curl *curl); /* allowed after a failed open */

#endif
