/* A table of signatures, so that an error message can say "JPEG XL" instead of showing bytes in hexadecimal. */
#include "image/foreign.h"
#include <stdbool.h>
#include <string.h>

static const struct {
    const char *name;
    size_t at; /* offset of the signature */
    size_t length;
    const char *bytes;
} signatures[] = {
    {"a Canon raw photo (CR3)", 4, 8, "ftypcrx "},
    {"an MP4 or QuickTime video", 4, 4, "ftyp"},
    {"JPEG XL", 0, 2, "\xff\x0a"},
    {"JPEG XL", 0, 12, "\0\0\0\x0cJXL \r\n\x87\n"},
    {"JPEG 2000", 0, 12, "\0\0\0\x0cjP  \r\n\x87\n"},
    {"JPEG 2000", 0, 4, "\xff\x4f\xff\x51"},
    {"JPEG-LS", 0, 4, "\xff\xd8\xff\xf7"},
    {"a Photoshop document", 0, 4, "8BPS"},
    {"a Windows icon", 0, 4, "\0\0\1\0"},
    {"PAM (P7)", 0, 3, "P7\n"},
    {"PFM (floats)", 0, 3, "PF\n"},
    {"PFM (floats)", 0, 3, "Pf\n"},
    {"OpenEXR", 0, 4, "\x76\x2f\x31\x01"},
    {"Radiance HDR", 0, 10, "#?RADIANCE"},
    {"QOI", 0, 4, "qoif"},
    {"DDS", 0, 4, "DDS "},
    {"PCX", 0, 3, "\x0a\5\1"},
    {"an SGI image", 0, 2, "\x01\xda"},
    {"a Sun raster image", 0, 4, "\x59\xa6\x6a\x95"},
    {"XPM", 0, 9, "/* XPM */"},
    {"XBM", 0, 8, "#define "},
    {"FITS", 0, 9, "SIMPLE  ="},
    {"DICOM", 128, 4, "DICM"},
    {"a Fujifilm raw photo", 0, 15, "FUJIFILMCCD-RAW"},
    {"a Panasonic raw photo", 0, 4, "IIU\0"},
    {"an Olympus raw photo", 0, 4, "IIRO"},
    {"SVG", 0, 4, "<svg"},
    {"XML (SVG?)", 0, 5, "<?xml"},
    {"a web page", 0, 9, "<!DOCTYPE"},
    {"a web page", 0, 9, "<!doctype"},
    {"a web page", 0, 5, "<html"},
    {"a PDF document", 0, 5, "%PDF-"},
    {"PostScript", 0, 4, "%!PS"},
    {"a zip archive", 0, 4, "PK\3\4"},
    {"a gzip archive", 0, 2, "\x1f\x8b"},
    {"a Matroska or WebM video", 0, 4, "\x1a\x45\xdf\xa3"},
    {"an AVI video", 8, 4, "AVI "},
    {"sound (WAV)", 8, 4, "WAVE"},
    {"a NumPy array", 0, 6, "\x93NUMPY"},
    {"a program", 0, 4,
     "\x7f"
     "ELF"},
    {"a git-lfs pointer instead of the picture itself", 0, 24, "version https://git-lfs."},
    {"a macOS metadata file (AppleDouble) instead of the picture itself", 0, 4, "\0\5\x16\7"},
    {"a Windows thumbnail cache", 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
};

static bool is_zero(const unsigned char *data, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (data[i]) return false;
    return true;
}

const char *ln_foreign_name(const unsigned char *data, size_t size) {
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const size_t at = signatures[i].at, length = signatures[i].length;
        if (at + length <= size && memcmp(data + at, signatures[i].bytes, length) == 0)
            return signatures[i].name;
    }
    return is_zero(data, size) ? "nothing but zero bytes" : NULL;
}
