/* SHA-256 (FIPS 180-4) of a file, by OpenSSL's libcrypto. */
#include "base/file.h"
#include "fetch/crypto.h"
#include "fetch/fetch.h"

#include <stdio.h>

enum { PIECE = 1 << 16 };

static int sum_pieces(const struct ln_crypto *crypto, EVP_MD_CTX *context, const struct ln_file *file) {
    unsigned char piece[PIECE];
    for (uint64_t at = 0; at < file->size;) {
        size_t n = file->size - at < PIECE ? (size_t)(file->size - at) : PIECE;
        LN_TRY(ln_file_read_at(file, at, piece, n));
        if (!crypto->EVP_DigestUpdate(context, piece, n))
            return ln_fail(LINNET_ERR_INTERNAL, "fetch-sha256", "SHA-256 failed");
        at += n;
    }
    return LINNET_OK;
}

static int sum(const struct ln_crypto *crypto, const struct ln_file *file,
               unsigned char digest[EVP_MAX_MD_SIZE]) {
    EVP_MD_CTX *context = crypto->EVP_MD_CTX_new();
    if (!context || !crypto->EVP_DigestInit_ex(context, crypto->EVP_sha256(), NULL)) {
        crypto->EVP_MD_CTX_free(context);
        return ln_fail(LINNET_ERR_INTERNAL, "fetch-sha256", "libcrypto has no SHA-256");
    }
    int status = sum_pieces(crypto, context, file);
    if (status == LINNET_OK && !crypto->EVP_DigestFinal_ex(context, digest, NULL))
        status = ln_fail(LINNET_ERR_INTERNAL, "fetch-sha256", "SHA-256 failed");
    crypto->EVP_MD_CTX_free(context);
    return status;
}

int ln_sha256_file(const char *path, char hex[LN_SHA256_TEXT]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct ln_file file;
    struct ln_crypto crypto;
    LN_TRY(ln_file_open(&file, path));
    int status = ln_crypto_open(&crypto);
    if (status == LINNET_OK) status = sum(&crypto, &file, digest);
    ln_crypto_close(&crypto);
    ln_file_close(&file);
    for (int i = 0; status == LINNET_OK && i < (LN_SHA256_TEXT - 1) / 2; i++)
        snprintf(hex + 2 * (size_t)i, 3, "%02x", digest[i]);
    return status;
}
