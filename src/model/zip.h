/* Zip archives as PyTorch writes them, read under suspicion: where each entry's bytes lie in the file, so
 * that they are read from there without a copy between.
 *
 * Layout (PKWARE, APPNOTE.TXT 6.3.10, section 4.3):
 *   1. for each entry: local header, name, extra field, its bytes, maybe a data descriptor
 *   2. the central directory: a header for each entry again, with its size, CRC-32 and place
 *   3. maybe the zip64 end record and its locator
 *   4. the end record, and a comment to the end of the file
 *
 * Taken: entries that are stored, zip64, data descriptors; a CRC of 0, which says that none was computed.
 * Refused: compression, encryption, parts, entries that overlap (one megabyte of bytes that many entries
 * claim would be many megabytes to read), headers that disagree, two entries of one name.
 */
#ifndef LN_MODEL_ZIP_H
#define LN_MODEL_ZIP_H

#include "base/file.h"

enum { LN_ZIP_ENTRIES_MAX = 65536, LN_ZIP_DIRECTORY_MAX = 16 << 20 };

struct ln_zip_entry {
    char *name;
    uint64_t header, offset, size; /* of its local header; of its bytes */
    uint32_t crc;                  /* 0: none was computed */
};

struct ln_zip {
    const struct ln_file *file;   /* borrowed */
    struct ln_zip_entry *entries; /* by name */
    size_t count;
};

/* Codes "pth-zip-..." (LINNET_ERR_INPUT). On failure *zip is left zeroed. */
LN_MUST_CHECK int ln_zip_open(struct ln_zip *zip, const struct ln_file *file);
const struct ln_zip_entry *ln_zip_find(const struct ln_zip *zip, const char *name); /* NULL: none */
void ln_zip_close(struct ln_zip *zip);                                              /* a zeroed one is fine */

/* CRC-32 of `size` bytes of the file at `offset`, as zip has it. */
LN_MUST_CHECK int ln_zip_crc(const struct ln_file *file, uint64_t offset, uint64_t size, uint32_t *crc);

#endif
