/* libcrypto, loaded only for the checksum of a download, for the same reason as libcurl (fetch/curl.h). Its
 * functions keep their own names. */
#ifndef LN_FETCH_CRYPTO_H
#define LN_FETCH_CRYPTO_H

#include "base/status.h"
#include <openssl/evp.h>

struct ln_crypto {
    void *library;
    __typeof__(EVP_MD_CTX_new) *EVP_MD_CTX_new;
    __typeof__(EVP_MD_CTX_free) *EVP_MD_CTX_free;
    __typeof__(EVP_sha256) *EVP_sha256;
    __typeof__(EVP_DigestInit_ex) *EVP_DigestInit_ex;
    __typeof__(EVP_DigestUpdate) *EVP_DigestUpdate;
    __typeof__(EVP_DigestFinal_ex) *EVP_DigestFinal_ex;
};

/* LINNET_ERR_IO "fetch-sha256" if libcrypto is not installed; LINNET_ERR_INTERNAL if it lacks a function. */
LN_MUST_CHECK int ln_crypto_open(struct ln_crypto *crypto);
void ln_crypto_close(struct ln_crypto *crypto); /* allowed after a failed open */

#endif
