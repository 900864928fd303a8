/* CRC-32C, a bit at a time: fast enough for records of a few hundred bytes. */
#include "base/crc32c.h"

uint32_t ln_crc32c(const void *data, size_t size) {
    const uint32_t polynomial = 0x82F63B78U; /* reflected */
    const unsigned char *bytes = data;
    uint32_t crc = ~0U;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    }
    return ~crc;
}
