/* Zip archives written by PyTorch, read without trust. Gives the position of each entry's bytes, so that
 * tensors are read straight from the file.
 *
 * Layout (PKWARE, APPNOTE.TXT 6.3.10, section 4.3):
 *   1. for each entry: local header, name, extra field, data, perhaps a data descriptor
 *   2. the central directory: another header for each entry, with size, CRC-32 and position
 *   3. perhaps the zip64 end record and its locator
 *   4. the end record, and a comment that runs to the end of the file
 *
 * Accepted: stored entries, zip64, data descriptors, a CRC of 0, which means that none was computed. Refused:
 * compression, encryption, multi-part archives, overlapping entries (many entries that share one megabyte
 * would be many megabytes to read), contradictory headers, duplicate names.
 */
#ifndef LN_MODEL_ZIP_H
#define LN_MODEL_ZIP_H

#include "base/file.h"

enum { LN_ZIP_ENTRIES_MAX = 65536, LN_ZIP_DIRECTORY_MAX = 16 << 20 };

struct ln_zip_entry {
    char *name;
    uint64_t header, offset, size; /* positions of its local header and of its data */
    uint32_t crc;                  /* 0: none was computed */
};

struct ln_zip {
    const struct ln_file *file;   /* borrowed */
    struct ln_zip_entry *entries; /* sorted by name */
    size_t count;
};

/* Codes "pth-zip-..." (LINNET_ERR_INPUT). On failure *zip is zeroed. */
LN_MUST_CHECK int ln_zip_open(struct ln_zip *zip, const struct ln_file *file);
const struct ln_zip_entry *ln_zip_find(const struct ln_zip *zip, const char *name); /* NULL if absent */
/* a zeroed struct is fine */
void ln_zip_close(struct ln_zip *zip);

/* The CRC-32, as zip defines it, of `size` bytes of the file from `offset` on. */
LN_MUST_CHECK int ln_zip_crc(const struct ln_file *file, uint64_t offset, uint64_t size, uint32_t *crc);

#endif
