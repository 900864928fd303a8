/* Checks a safetensors file against its checksum. CRC-32 finds what disks and copies do (flipped bits, a lost
 * block, a cut end), not what a person does: someone who can change the file can compute its checksum too. */
#include "model/safetensors_sum.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { PIECE = 1 << 16, LENGTH_BYTES = 8 };

/* A file without a checksum passes: other programs write none, and so do older versions of this one. */
static bool has_sum(const unsigned char *begin, size_t n) {
    const size_t before = LN_ST_SUM_AT - LENGTH_BYTES;
    return n >= LN_ST_SUM_AT + LN_ST_SUM_DIGITS &&
           memcmp(begin + LENGTH_BYTES, LN_ST_SUM_BEFORE, before) == 0;
}

static int compare(const struct ln_st_file *st, const char *stored, uint32_t sum) {
    char digits[LN_ST_SUM_DIGITS + 1];
    snprintf(digits, sizeof digits, "%08x", (unsigned)sum);
    if (strcmp(stored, digits) == 0) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "st-sum", "%s: damaged: its checksum is %s, but its bytes give %s",
                   st->file.path, stored, digits);
}

int ln_st_check_sum(const struct ln_st_file *st) {
    unsigned char piece[PIECE];
    char stored[LN_ST_SUM_DIGITS + 1] = "";
    uLong sum = crc32(0, NULL, 0);
    for (uint64_t at = 0; at < st->file.size;) {
        const uint64_t left = st->file.size - at;
        const size_t n = left < PIECE ? (size_t)left : PIECE;
        LN_TRY(ln_file_read_at(&st->file, at, piece, n));
        if (at == 0) {
            if (!has_sum(piece, n)) return LINNET_OK;
            memcpy(stored, piece + LN_ST_SUM_AT, LN_ST_SUM_DIGITS);
            memcpy(piece + LN_ST_SUM_AT, LN_ST_SUM_ZEROS, LN_ST_SUM_DIGITS);
        }
        sum = crc32(sum, piece, (uInt)n);
        at += n;
    }
    return compare(st, stored, (uint32_t)sum);
}
