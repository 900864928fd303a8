/* The names of TIFF's compression methods and colour models: TIFF 6.0 and later registrations. */
#include "image/tiff_names.h"
#include <stdio.h>
#include <tiff.h>

struct code_name {
    uint16_t code;
    const char *name;
};

static const struct code_name compression_names[] = {
    {COMPRESSION_OJPEG, "the JPEG of TIFF 6.0"},
    {COMPRESSION_LZMA, "LZMA"},
    {COMPRESSION_ZSTD, "ZSTD"},
    {COMPRESSION_WEBP, "WebP"},
    {COMPRESSION_LERC, "LERC"},
    {COMPRESSION_JP2000, "JPEG 2000"},
    {COMPRESSION_JBIG, "JBIG"},
    {COMPRESSION_T85, "JBIG (T.85)"},
    {COMPRESSION_T43, "JBIG (T.43)"},
    {COMPRESSION_NEXT, "NeXT's run lengths"},
    {COMPRESSION_THUNDERSCAN, "ThunderScan's run lengths"},
    {COMPRESSION_PIXARLOG, "PixarLog"},
    {COMPRESSION_SGILOG, "SGILog"},
    {COMPRESSION_SGILOG24, "SGILog"},
    {34892, "lossy JPEG (a DNG raw photo)"},
    {0, NULL},
};

static const struct code_name photometric_names[] = {
    {PHOTOMETRIC_MINISWHITE, "grey"},
    {PHOTOMETRIC_MINISBLACK, "grey"},
    {PHOTOMETRIC_RGB, "RGB"},
    {PHOTOMETRIC_PALETTE, "a palette"},
    {PHOTOMETRIC_MASK, "a mask"},
    {PHOTOMETRIC_SEPARATED, "inks"},
    {PHOTOMETRIC_YCBCR, "YCbCr"},
    {PHOTOMETRIC_CIELAB, "CIE L*a*b*"},
    {PHOTOMETRIC_ICCLAB, "ICC L*a*b*"},
    {PHOTOMETRIC_ITULAB, "ITU L*a*b*"},
    {PHOTOMETRIC_CFA, "a sensor's mosaic (a raw photo)"},
    {34892, "a sensor's linear values (a raw photo)"},
    {PHOTOMETRIC_LOGL, "CIE Log2(L)"},
    {PHOTOMETRIC_LOGLUV, "CIE Log2(L) u'v'"},
    {0, NULL},
};

/* out: the name of the code, or "KIND 12345" if it is unknown. */
static const char *name_code(const struct code_name *names, uint16_t code, const char *kind,
                             char out[LN_TIFF_NAME]) {
    snprintf(out, LN_TIFF_NAME, "%s %d", kind, code);
    for (; names->name; names++)
        if (names->code == code) snprintf(out, LN_TIFF_NAME, "%s", names->name);
    return out;
}

const char *ln_tiff_compression(uint16_t code, char out[LN_TIFF_NAME]) {
    return name_code(compression_names, code, "method", out);
}

const char *ln_tiff_colours(uint16_t code, char out[LN_TIFF_NAME]) {
    return name_code(photometric_names, code, "colour model", out);
}
