/* Reads a zip's directory: the end record, the zip64 record if there is one, both headers of every entry, and
 * finally checks the entries against each other.
 *
 * Every number exists twice or more often in a zip, and programs differ in which one they believe: a file can
 * therefore show one content to a scanner and another one to PyTorch. Here all of them must agree. The
 * numbers in the code are positions in the records, from APPNOTE sections 4.3.7 (local header), 4.3.12
 * (central header), 4.3.14 to 4.3.16 (end records).
 */
#include "model/zip.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/size.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    END_BYTES = 22,
    COMMENT_MAX = 65535,
    LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    CENTRAL_BYTES = 46,
    LOCAL_BYTES = 30,
    EXTRA_ZIP64 = 1,
    FLAGS_REFUSED = 0x2061, /* encrypted, patched, strongly encrypted, masked headers */
    FLAG_DESCRIPTOR = 1 << 3,
    NAME_SHOWN = 128,
};

static bool is_mark(const unsigned char *p, const char *two) {
    return p[0] == 'P' && p[1] == 'K' && p[2] == (unsigned char)two[0] && p[3] == (unsigned char)two[1];
}

/* ---- the end of the file ------------------------------------------------------------------------------ */

/* The position of the central directory according to the end records. */
struct directory {
    uint64_t offset, size, count;
};

static int end_fail(const struct ln_file *file, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "pth-zip-end", "%s: zip: %s; truncated?", file->path, what);
}

/* Finds the last end record with a comment that runs exactly to the end of the file. The search goes
 * backwards, because a comment may contain what looks like another end record. */
static int end_find(const struct ln_file *file, uint64_t *at) {
    unsigned char tail[END_BYTES + COMMENT_MAX];
    size_t size = file->size < sizeof tail ? (size_t)file->size : sizeof tail;
    uint64_t start = file->size - size;
    LN_TRY(ln_file_read_at(file, start, tail, size));
    for (size_t i = size < END_BYTES ? 0 : size - END_BYTES + 1; i-- > 0;)
        if (is_mark(tail + i, "\5\6") && ln_le16(tail + i + 20) == size - i - END_BYTES) {
            *at = start + i;
            return LINNET_OK;
        }
    return end_fail(file, "the end record is missing");
}

/* Reads the zip64 record, if there is one: it holds the numbers that do not fit into the end record. *end
 * becomes its position. */
static int end64_read(const struct ln_file *file, struct directory *dir, uint64_t *end) {
    unsigned char locator[LOCATOR_BYTES], record[END64_BYTES];
    if (*end < LOCATOR_BYTES) return LINNET_OK;
    LN_TRY(ln_file_read_at(file, *end - LOCATOR_BYTES, locator, sizeof locator));
    if (!is_mark(locator, "\6\7")) return LINNET_OK;
    uint64_t at = ln_le64(locator + 8), limit = *end - LOCATOR_BYTES;
    if (limit < END64_BYTES || at > limit - END64_BYTES)
        return end_fail(file, "the zip64 record lies outside the file");
    LN_TRY(ln_file_read_at(file, at, record, sizeof record));
    if (!is_mark(record, "\6\6") || ln_le64(record + 4) != limit - at - 12)
        return end_fail(file, "the locator does not point to a zip64 record");
    const struct directory wide = {ln_le64(record + 48), ln_le64(record + 40), ln_le64(record + 32)};
    if (ln_le32(locator + 4) != 0 || ln_le32(locator + 16) != 1 || ln_le64(record + 16) != 0 ||
        ln_le64(record + 24) != wide.count)
        return end_fail(file, "its zip64 record belongs to a multi-part archive");
    if ((dir->count != UINT16_MAX && dir->count != wide.count) ||
        (dir->size != UINT32_MAX && dir->size != wide.size) ||
        (dir->offset != UINT32_MAX && dir->offset != wide.offset))
        return end_fail(file, "its two end records disagree");
    *dir = wide;
    *end = at;
    return LINNET_OK;
}

static int directory_find(const struct ln_file *file, struct directory *dir) {
    unsigned char record[END_BYTES];
    uint64_t end = 0, directory_end;
    LN_TRY(end_find(file, &end));
    LN_TRY(ln_file_read_at(file, end, record, sizeof record));
    if ((ln_le16(record + 4) != 0 && ln_le16(record + 4) != UINT16_MAX) ||
        ln_le16(record + 8) != ln_le16(record + 10))
        return end_fail(file, "it is one part of a multi-part archive");
    *dir = (struct directory){ln_le32(record + 16), ln_le32(record + 12), ln_le16(record + 10)};
    LN_TRY(end64_read(file, dir, &end));
    if (__builtin_add_overflow(dir->offset, dir->size, &directory_end) || directory_end != end)
        return ln_fail(LINNET_ERR_INPUT, "pth-zip-end",
                       "%s: zip: the directory of %" PRIu64 " bytes at byte %" PRIu64
                       " does not end at byte %" PRIu64,
                       file->path, dir->size, dir->offset, end);
    if (dir->size > LN_ZIP_DIRECTORY_MAX || dir->count > LN_ZIP_ENTRIES_MAX)
        return ln_fail(LINNET_ERR_INPUT, "pth-zip-limit",
                       "%s: zip: %" PRIu64 " entries in a directory of %" PRIu64
                       " bytes; the limits are %d and %d",
                       file->path, dir->count, dir->size, LN_ZIP_ENTRIES_MAX, LN_ZIP_DIRECTORY_MAX);
    if (dir->count > dir->size / CENTRAL_BYTES)
        return ln_fail(LINNET_ERR_INPUT, "pth-zip-entry",
                       "%s: zip: the directory of %" PRIu64 " bytes is too small for %" PRIu64 " entries",
                       file->path, dir->size, dir->count);
    return LINNET_OK;
}

/* ---- one entry ---------------------------------------------------------------------------------------- */

/* A header in the central directory. */
struct central {
    const unsigned char *fixed, *name, *extra;
    size_t name_size, extra_size, size;
};

static int entry_fail(const struct ln_file *file, const struct central *c, const char *code,
                      const char *what) {
    char name[NAME_SHOWN];
    ln_text_printable((const char *)c->name, c->name_size, name, sizeof name);
    return ln_fail(LINNET_ERR_INPUT, code, "%s: zip: '%s': %s", file->path, name, what);
}

static int central_read(const struct ln_file *file, const unsigned char *bytes, size_t left, size_t number,
                        struct central *c) {
    if (left < CENTRAL_BYTES || !is_mark(bytes, "\1\2"))
        return ln_fail(LINNET_ERR_INPUT, "pth-zip-entry", "%s: zip: entry %zu has no header in the directory",
                       file->path, number);
    *c = (struct central){.fixed = bytes,
                          .name = bytes + CENTRAL_BYTES,
                          .name_size = ln_le16(bytes + 28),
                          .extra_size = ln_le16(bytes + 30)};
    c->size = CENTRAL_BYTES + c->name_size + c->extra_size + ln_le16(bytes + 32);
    if (c->size > left)
        return ln_fail(
            LINNET_ERR_INPUT, "pth-zip-entry",
            "%s: zip: the header of entry %zu has %zu bytes, but only %zu are left in the directory",
            file->path, number, c->size, left);
    c->extra = c->name + c->name_size;
    return LINNET_OK;
}

/* The zip64 extra field holds those of the three numbers that have all 32 bits set, in this order. */
static bool wide_numbers(const struct central *c, uint64_t *const wide[3]) {
    for (size_t at = 0; at + 4 <= c->extra_size;) {
        size_t size = ln_le16(c->extra + at + 2), taken = 0;
        const unsigned char *field = c->extra + at + 4;
        if (size > c->extra_size - at - 4) return false;
        at += 4 + size;
        if (ln_le16(field - 4) != EXTRA_ZIP64) continue;
        for (int i = 0; i < 3; i++) {
            if (*wide[i] != UINT32_MAX) continue;
            if (size - taken < 8) return false;
            *wide[i] = ln_le64(field + taken);
            taken += 8;
        }
        return true;
    }
    return *wide[0] != UINT32_MAX && *wide[1] != UINT32_MAX && *wide[2] != UINT32_MAX;
}

static int numbers_read(const struct ln_file *file, const struct central *c, struct ln_zip_entry *entry) {
    uint64_t packed = ln_le32(c->fixed + 20);
    entry->crc = ln_le32(c->fixed + 16);
    entry->size = ln_le32(c->fixed + 24);
    entry->header = ln_le32(c->fixed + 42);
    if (!wide_numbers(c, (uint64_t *[]){&entry->size, &packed, &entry->header}))
        return entry_fail(file, c, "pth-zip-entry", "its zip64 numbers are missing");
    if (ln_le16(c->fixed + 34) != 0)
        return entry_fail(file, c, "pth-zip-entry", "it begins in another part of an archive of several");
    if (ln_le16(c->fixed + 8) & FLAGS_REFUSED)
        return entry_fail(file, c, "pth-zip-method", "it is encrypted, or a patch of another file");
    if (ln_le16(c->fixed + 10) != 0 || packed != entry->size)
        return entry_fail(file, c, "pth-zip-method", "it is compressed; PyTorch stores tensors uncompressed");
    return LINNET_OK;
}

/* Compares the local header with the directory. Its sizes count only if they were known when it was written:
 * with a data descriptor they are zero here and follow the data. */
static bool local_agrees(const struct central *c, const struct ln_zip_entry *entry,
                         const unsigned char *local) {
    const unsigned char *fixed = local;
    if (!is_mark(local, "\3\4") || ln_le16(fixed + 8) != 0 || ln_le16(fixed + 26) != c->name_size)
        return false;
    if (ln_le16(fixed + 6) & FLAG_DESCRIPTOR) return true;
    uint32_t size = ln_le32(fixed + 22);
    return ln_le32(fixed + 14) == entry->crc && (size == UINT32_MAX || size == entry->size);
}

static int place_find(const struct ln_file *file, const struct central *c, struct ln_zip_entry *entry,
                      uint64_t limit) {
    unsigned char local[LOCAL_BYTES + UINT16_MAX];
    if (!ln_size_slice(limit, entry->header, LOCAL_BYTES + c->name_size))
        return entry_fail(file, c, "pth-zip-entry", "its header lies outside the file");
    LN_TRY(ln_file_read_at(file, entry->header, local, LOCAL_BYTES + c->name_size));
    if (!local_agrees(c, entry, local) || memcmp(local + LOCAL_BYTES, c->name, c->name_size) != 0)
        return entry_fail(file, c, "pth-zip-entry", "its two headers disagree");
    entry->offset = entry->header + LOCAL_BYTES + c->name_size + ln_le16(local + 28);
    if (!ln_size_slice(limit, entry->offset, entry->size))
        return entry_fail(file, c, "pth-zip-entry", "its data extends beyond the end of the file");
    return LINNET_OK;
}

static int entry_read(const struct ln_file *file, const struct central *c, uint64_t limit,
                      struct ln_zip_entry *entry) {
    if (memchr(c->name, '\0', c->name_size))
        return entry_fail(file, c, "pth-zip-entry", "its name contains a NUL byte");
    LN_TRY(numbers_read(file, c, entry));
    LN_TRY(place_find(file, c, entry, limit));
    entry->name = ln_alloc(c->name_size + 1);
    if (!entry->name) return LINNET_ERR_LIMIT;
    memcpy(entry->name, c->name, c->name_size);
    entry->name[c->name_size] = '\0';
    return LINNET_OK;
}

/* ---- all entries -------------------------------------------------------------------------------------- */

static int entries_read(struct ln_zip *zip, const struct directory *dir) {
    zip->entries = ln_calloc((size_t)dir->count, sizeof *zip->entries);
    unsigned char *bytes = ln_alloc((size_t)dir->size);
    int status = zip->entries && bytes ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = ln_file_read_at(zip->file, dir->offset, bytes, (size_t)dir->size);
    for (size_t at = 0; status == LINNET_OK && zip->count < dir->count;) {
        struct central c = {0};
        status = central_read(zip->file, bytes + at, (size_t)dir->size - at, zip->count, &c);
        if (status == LINNET_OK) status = entry_read(zip->file, &c, dir->offset, &zip->entries[zip->count]);
        if (status != LINNET_OK) break;
        at += c.size;
        zip->count++;
    }
    ln_free(bytes);
    return status;
}

static int by_place(const void *left, const void *right) {
    const struct ln_zip_entry *a = left, *b = right;
    return a->header < b->header ? -1 : a->header > b->header;
}

static int by_name(const void *left, const void *right) {
    const struct ln_zip_entry *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static int pair_fail(const struct ln_zip *zip, const char *code, size_t i, const char *what) {
    char a[NAME_SHOWN], b[NAME_SHOWN];
    const char *first = zip->entries[i].name, *second = zip->entries[i + 1].name;
    return ln_fail(LINNET_ERR_INPUT, code, "%s: zip: '%s' and '%s' %s", zip->file->path,
                   ln_text_printable(first, strlen(first), a, sizeof a),
                   ln_text_printable(second, strlen(second), b, sizeof b), what);
}

/* Sorted by place, an overlap can only be between neighbours; sorted by name, so can a duplicate. */
static int entries_compare(struct ln_zip *zip) {
    qsort(zip->entries, zip->count, sizeof *zip->entries, by_place);
    for (size_t i = 0; i + 1 < zip->count; i++)
        if (zip->entries[i + 1].header < zip->entries[i].offset + zip->entries[i].size)
            return pair_fail(zip, "pth-zip-overlap", i, "overlap");
    qsort(zip->entries, zip->count, sizeof *zip->entries, by_name);
    for (size_t i = 0; i + 1 < zip->count; i++)
        if (by_name(&zip->entries[i], &zip->entries[i + 1]) == 0)
            return pair_fail(zip, "pth-zip-duplicate", i, "have the same name");
    return LINNET_OK;
}

int ln_zip_open(struct ln_zip *zip, const struct ln_file *file) {
    struct directory dir = {0};
    *zip = (struct ln_zip){.file = file};
    int status = directory_find(file, &dir);
    if (status == LINNET_OK) status = entries_read(zip, &dir);
    if (status == LINNET_OK) status = entries_compare(zip);
    if (status != LINNET_OK) ln_zip_close(zip);
    return status;
}

void ln_zip_close(struct ln_zip *zip) {
    for (size_t i = 0; i < zip->count; i++) ln_free(zip->entries[i].name);
    ln_free(zip->entries);
    *zip = (struct ln_zip){0};
}

static int name_order(const void *name, const void *entry) {
    return strcmp(name, ((const struct ln_zip_entry *)entry)->name);
}

const struct ln_zip_entry *ln_zip_find(const struct ln_zip *zip, const char *name) {
    if (zip->count == 0) return NULL;
    return bsearch(name, zip->entries, zip->count, sizeof *zip->entries, name_order);
}

int ln_zip_crc(const struct ln_file *file, uint64_t offset, uint64_t size, uint32_t *crc) {
    unsigned char piece[65536];
    uLong sum = crc32(0, NULL, 0);
    for (uint64_t done = 0; done < size;) {
        size_t n = size - done < sizeof piece ? (size_t)(size - done) : sizeof piece;
        LN_TRY(ln_file_read_at(file, offset + done, piece, n));
        sum = crc32(sum, piece, (uInt)n);
        done += n;
    }
    *crc = (uint32_t)sum;
    return LINNET_OK;
}
