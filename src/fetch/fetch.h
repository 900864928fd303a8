/* Weights from the network, into a cache. The only code that knows of networks.
 *
 *   pretrained.c  which file has an architecture's weights, and where it is
 *   fetch.c       the file: found in the cache, or fetched, checked and stored there
 *   download.c    an address into a file, continuing an earlier attempt
 *   curl.c        libcurl, loaded when it is needed
 *   sha256.c      the checksum
 *   crypto.c      libcrypto, loaded when it is needed
 *
 * A file gets its name in the cache only when it is complete and its SHA-256 begins with the digits in that
 * name. Until then it is NAME.part, which a later attempt continues.
 */
#ifndef LN_FETCH_FETCH_H
#define LN_FETCH_FETCH_H

#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

/* ---- pretrained.c ------------------------------------------------------------------------------------- */

struct ln_pretrained_file {
    const char *arch, *name;
};
const struct ln_pretrained_file *ln_pretrained_get(int index); /* NULL past the end */
/* LINNET_ERR_USAGE "fetch-name" if there are no weights of that name, with the nearest name. */
LN_MUST_CHECK int ln_pretrained_find(const char *arch, const struct ln_pretrained_file **file);
/* Where the file is or will be: `dir`, or NULL for $XDG_CACHE_HOME/linnet, ~/.cache/linnet; ln_free it. */
LN_MUST_CHECK int ln_pretrained_path(const struct ln_pretrained_file *file, const char *dir, char **path);
/* Where it comes from: `url`, or NULL for $LINNET_WEIGHTS_URL, PyTorch's server; ln_free it. */
LN_MUST_CHECK int ln_pretrained_url(const struct ln_pretrained_file *file, const char *url, char **address);

/* ---- sha256.c ----------------------------------------------------------------------------------------- */

enum { LN_SHA256_TEXT = 65 };
/* The checksum of the whole file, in hex. */
LN_MUST_CHECK int ln_sha256_file(const char *path, char hex[LN_SHA256_TEXT]);

/* ---- download.c --------------------------------------------------------------------------------------- */

struct ln_download {
    const char *address;
    int fd;                   /* of the file that grows; open for writing */
    const char *path;         /* of that file, for messages */
    const volatile int *stop; /* turned non-zero: LINNET_ERR_INTERRUPTED, and the file stays; NULL: never */
    void (*on_progress)(void *user, int64_t done, int64_t total); /* bytes; total 0: not known */
    void *user;
};
/* Continues after the bytes that the file already has. LINNET_ERR_IO "fetch-network" if the connection fails (the
 * file stays for the next attempt), "fetch-http" if the server's answer is not the file. */
LN_MUST_CHECK int ln_download(const struct ln_download *d);

/* ---- fetch.c ------------------------------------------------------------------------------------------ */

struct ln_fetch_opts {
    const char *dir, *url; /* NULL: as above */
    bool verify;           /* also compute the checksum of a file that is in the cache already */
    const volatile int *stop;
    void (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
};
/* The path of the weights, ln_free it. LINNET_ERR_INPUT "fetch-hash" if the checksum does not match the name (the
 * file is removed); and the errors of the functions above. */
LN_MUST_CHECK int ln_fetch(const char *arch, const struct ln_fetch_opts *opts, char **path);

#endif
