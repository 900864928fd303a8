/* Reads little-endian numbers at any address, aligned or not. */
#ifndef LN_BASE_BYTES_H
#define LN_BASE_BYTES_H

#include <stdint.h>

static inline uint16_t ln_le16(const unsigned char *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t ln_le32(const unsigned char *p) {
    return ln_le16(p) | (uint32_t)ln_le16(p + 2) << 16;
}

static inline uint64_t ln_le64(const unsigned char *p) {
    return ln_le32(p) | (uint64_t)ln_le32(p + 4) << 32;
}

#endif
