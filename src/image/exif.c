/* EXIF (CIPA DC-008, which is TIFF 6.0 section 2): a byte order, the offset of a directory, and in it entries
 * of 12 bytes: tag, type, count, and the value where it fits into 4 bytes, else its offset. Hostile; read
 * with bounds. */
#include "image/exif.h"
#include "base/size.h"
#include <string.h>

enum { TAG_ORIENTATION = 274, ENTRY_BYTES = 12 };

struct block {
    const unsigned char *data;
    size_t size;
    bool big_endian;
};

/* An n-byte number at `at`, which is inside. */
static uint32_t number(const struct block *b, size_t at, int n) {
    uint32_t value = 0;
    for (int i = 0; i < n; i++) value |= (uint32_t)b->data[at + i] << 8 * (b->big_endian ? n - 1 - i : i);
    return value;
}

static bool read_header(struct block *b) {
    if (b->size >= 6 && memcmp(b->data, "Exif\0\0", 6) == 0) {
        b->data += 6;
        b->size -= 6;
    }
    if (b->size < 8) return false;
    if (memcmp(b->data, "II*\0", 4) == 0) return true;
    b->big_endian = true;
    return memcmp(b->data, "MM\0*", 4) == 0;
}

/* Bytes of one element by TIFF type; 0: none that we know. */
static int type_size(uint32_t type) {
    static const unsigned char sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
    return type < sizeof sizes ? sizes[type] : 0;
}

static bool is_integer(uint32_t type) { /* SHORT, LONG, SBYTE, SSHORT, SLONG, IFD; PIL takes BYTE for text */
    return type == 3 || type == 4 || type == 6 || type == 8 || type == 9 || type == 13;
}

int ln_exif_orientation(const unsigned char *data, size_t size) {
    struct block b = {.data = data, .size = size};
    if (!read_header(&b)) return 1;
    size_t at = number(&b, 4, 4);
    if (!ln_size_slice(b.size, at, 2)) return 1;
    uint32_t entries = number(&b, at, 2), orientation = 1;
    at += 2;
    for (; entries > 0 && ln_size_slice(b.size, at, ENTRY_BYTES); entries--, at += ENTRY_BYTES) {
        uint32_t tag = number(&b, at, 2), type = number(&b, at + 2, 2), count = number(&b, at + 4, 4);
        uint64_t bytes = (uint64_t)count * (unsigned)type_size(type);
        size_t value = bytes > 4 ? number(&b, at + 8, 4) : at + 8;
        if (bytes == 0) continue;
        if (!ln_size_slice(b.size, value, bytes))
            break; /* as PIL: what comes after a broken entry does not count */
        if (tag == TAG_ORIENTATION) orientation = is_integer(type) ? number(&b, value, type_size(type)) : 1;
    }
    return orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
}

int ln_xmp_orientation(const char *text, size_t size) {
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    for (const char *at = text, *end = text + size; (at = memmem(at, (size_t)(end - at), name, length));
         at++) {
        const char *rest = at + length;
        size_t left = (size_t)(end - rest);
        size_t skip = left > 2 && memcmp(rest, "=\"", 2) == 0 ? 2 : left > 1 && *rest == '>' ? 1 : 0;
        if (skip && rest[skip] >= '0' && rest[skip] <= '9')
            return rest[skip] >= '1' && rest[skip] <= '8' ? rest[skip] - '0' : 1;
    }
    return 1;
}
