/* EXIF (CIPA DC-008, based on TIFF 6.0 section 2): a byte order and the offset of a directory. The directory has entries of
 * 12 bytes: tag, type, count, and the value if it fits into 4 bytes, otherwise its offset. The data may be hostile, so
 * every read is checked against the size of the block. */
#include "image/exif.h"
#include "base/size.h"
#include <ctype.h>
#include <string.h>

enum { TAG_ORIENTATION = 274, ENTRY_BYTES = 12 };

struct block {
    const unsigned char *data;
    size_t size;
    bool big_endian;
};

/* Reads an n-byte number at offset `at`, which must be inside the block. */
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

/* Bytes per element of a TIFF type; 0 for an unknown type. */
static int type_size(uint32_t type) {
    static const unsigned char sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
    return type < sizeof sizes ? sizes[type] : 0;
}

static int in_range(uint32_t value) {
    return value >= 1 && value <= 8 ? (int)value : 1;
}

static bool is_integer(uint32_t type) { /* SHORT, LONG, SBYTE, SSHORT, SLONG, IFD; PIL treats BYTE as text */
    return type == 3 || type == 4 || type == 6 || type == 8 || type == 9 || type == 13;
}

int ln_exif_orientation(const unsigned char *data, size_t size) {
    struct block b = {.data = data, .size = size};
    if (!read_header(&b)) return 0;
    size_t at = number(&b, 4, 4);
    if (!ln_size_slice(b.size, at, 2)) return 0;
    uint32_t entries = number(&b, at, 2);
    int orientation = 0;
    at += 2;
    for (; entries > 0 && ln_size_slice(b.size, at, ENTRY_BYTES); entries--, at += ENTRY_BYTES) {
        uint32_t tag = number(&b, at, 2), type = number(&b, at + 2, 2), count = number(&b, at + 4, 4);
        uint64_t bytes = (uint64_t)count * (unsigned)type_size(type);
        size_t value = bytes > 4 ? number(&b, at + 8, 4) : at + 8;
        if (bytes == 0) continue;
        if (!ln_size_slice(b.size, value, bytes))
            break; /* like PIL, ignore everything after a damaged entry */
        if (tag == TAG_ORIENTATION)
            orientation = in_range(is_integer(type) ? number(&b, value, type_size(type)) : 0);
    }
    return orientation;
}

int ln_xmp_orientation(const char *text, size_t size) {
    static const char name[] = "tiff:Orientation";
    const char *end = text + size;
    for (const char *at = text; (at = memmem(at, (size_t)(end - at), name, sizeof name - 1)); at++) {
        const char *rest = at + sizeof name - 1;
        const size_t left = (size_t)(end - rest);
        if (left >= 3 && rest[0] == '=' && rest[1] == '"' && isdigit((unsigned char)rest[2]))
            return in_range(rest[2] - '0');
        if (left >= 2 && rest[0] == '>' && isdigit((unsigned char)rest[1])) return in_range(rest[1] - '0');
    }
    return 0;
}
