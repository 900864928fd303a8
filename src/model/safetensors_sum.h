/* The checksum of a safetensors file, as the first pair of its metadata. The file begins
 *     8 bytes: length of the header; {"__metadata__":{"linnet.crc32":"1a2b3c4d", ...
 * The value is the CRC-32 (zlib's) of all bytes of the file, its own eight digits read as zeros. It is
 * checked only at this place: a program that writes the file in another order, with the metadata of the old
 * one, does not make it damaged.
 */
#ifndef LN_MODEL_SAFETENSORS_SUM_H
#define LN_MODEL_SAFETENSORS_SUM_H

#define LN_ST_SUM_BEFORE "{\"__metadata__\":{\"linnet.crc32\":\""
#define LN_ST_SUM_ZEROS  "00000000"

enum {
    LN_ST_SUM_DIGITS = sizeof LN_ST_SUM_ZEROS - 1,
    LN_ST_SUM_AT = 8 + sizeof LN_ST_SUM_BEFORE - 1, /* file position of the digits */
};

#endif
