/* CRC-32C, the checksum of Castagnoli, Braeuer and Herrmann (IEEE Transactions on Communications 41, 1993),
 * as in RFC 3720 (appendix B.4): polynomial 0x1EDC6F41, bits reflected, initial value all ones, result inverted.
 */
#ifndef LN_BASE_CRC32C_H
#define LN_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t ln_crc32c(const void *data, size_t size);

#endif
