/* Weights from the network, into a cache. The only code that knows of networks.
 *
 *   pretrained.c  which file an architecture's weights are, and where it lies
 *   fetch.c       the file: there already, or fetched, checked and put there
 *   download.c    an address into a file, continuing an earlier attempt
 *   curl.c        libcurl, loaded when it is needed
 *   sha256.c      the checksum
 *
 * A file comes into the cache under its name only when all of it is there and its SHA-256 begins as its name
 * says; until then it is NAME.part, which a later attempt continues.
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
/* Of the whole file, in hex. */
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
/* Goes on behind what the file has already. LINNET_ERR_IO "fetch-network" where it broke off (the file stays,
 * for the next time), "fetch-http" for an answer other than the file. */
LN_MUST_CHECK int ln_download(const struct ln_download *d);

/* ---- fetch.c ------------------------------------------------------------------------------------------ */

struct ln_fetch_opts {
    const char *dir, *url; /* NULL: as above */
    bool verify;           /* compute the checksum of a file that is there already, too */
    const volatile int *stop;
    void (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
};
/* The path of the weights, ln_free it. LINNET_ERR_INPUT "fetch-hash" where what
 * came is not what the name says (it is removed); and as above. */
LN_MUST_CHECK int ln_fetch(const char *arch, const struct ln_fetch_opts *opts, char **path);

#endif
