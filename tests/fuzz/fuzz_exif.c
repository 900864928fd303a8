/* Reads the orientation from the input, as an EXIF block and as an XMP packet. It must be from 0 to 8. */
#include "fuzz.h"
#include "image/exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char *copy = malloc(size + !size);
    check(copy != NULL);
    if (size > 0) memcpy(copy, data, size);
    int exif = ln_exif_orientation(copy, size), xmp = ln_xmp_orientation((const char *)copy, size);
    check(exif >= 0 && exif <= 8 && xmp >= 0 && xmp <= 8);
    free(copy);
    return 0;
}
