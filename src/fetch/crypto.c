/* Loads libcrypto at run time. */
#include "fetch/crypto.h"
#include "base/library.h"

#include <dlfcn.h>

static const char library_name[] = "libcrypto.so.3";

#define AT(name) \
    { #name, offsetof(struct ln_crypto, name) }
static const struct ln_library_function functions[] = {
    AT(EVP_MD_CTX_new),    AT(EVP_MD_CTX_free),  AT(EVP_sha256),
    AT(EVP_DigestInit_ex), AT(EVP_DigestUpdate), AT(EVP_DigestFinal_ex),
};

/* RTLD_NODELETE: libcrypto has registered functions that run at the end of the program. */
int ln_crypto_open(struct ln_crypto *crypto) {
    *crypto = (struct ln_crypto){.library = dlopen(library_name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE)};
    if (!crypto->library)
        return ln_fail(
            LINNET_ERR_IO, "fetch-sha256",
            "checksums need libcrypto, and %s cannot be loaded; Debian's package is libssl3 (libssl3t64 "
            "since Debian 13)",
            library_name);
    return ln_library_find(crypto->library, functions, sizeof functions / sizeof *functions, crypto,
                           "fetch-sha256", library_name);
}

void ln_crypto_close(struct ln_crypto *crypto) {
    if (crypto->library) dlclose(crypto->library);
}
