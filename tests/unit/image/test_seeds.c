/* Rare kinds of pictures and rare damage, from the seeds of the fuzz targets (tests/fuzz/rare_images.py writes most of them).
 * Each seed gives the expected result, no cut is read beyond its end, and nothing leaks if an allocation fails. */
#include "samples.h"

#include "base/file.h"

static void seed_read(const char *name, struct sample *s) {
    char path[4096];
    const char *source = getenv("LINNET_SOURCE");
    *s = (struct sample){.name = name};
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", source ? source : ".", name);
    if (ln_file_read(path, 1 << 20, &s->data, &s->size) != LINNET_OK) fail_msg("%s", ln_error_line());
}

static int decode(const unsigned char *data, size_t size, struct ln_image *image, struct ln_error *damage) {
    const struct ln_decode_opts opts = {.limits = {.pixels = 1 << 16, .scans = 20}, .damage = damage};
    *damage = (struct ln_error){0};
    return ln_image_decode_with(data, size, "x", &opts, image);
}

/* ---- the result of each seed --------------------------------------------------------------------------- */

struct expected {
    const char *seed;
    const char *text; /* the size and the first pixel, or the code of the refusal */
    const char *part; /* of the message of the refusal or of the damage; NULL: no damage */
};

static void seed_check(const struct expected *e) {
    struct sample s;
    struct ln_image image;
    struct ln_error damage;
    char text[80];
    seed_read(e->seed, &s);
    const bool read = decode(s.data, s.size, &image, &damage) == LINNET_OK;
    const char *message = read ? damage.text : ln_error_get()->text;
    if (read)
        snprintf(text, sizeof text, "%dx%d %d,%d,%d", image.width, image.height, image.pixels[0],
                 image.pixels[1], image.pixels[2]);
    else
        snprintf(text, sizeof text, "%s", ln_error_get()->code);
    if (strcmp(text, e->text) != 0) fail_msg("%s gives %s, not %s: %s", e->seed, text, e->text, message);
    if (!e->part && *message) fail_msg("%s is damaged: %s", e->seed, message);
    if (e->part && !strstr(message, e->part)) fail_msg("%s: '%s' is not in '%s'", e->seed, e->part, message);
    if (read) ln_image_fini(&image);
    ln_error_clear();
    ln_free(s.data);
}

static const struct expected pngs[] = {
    {"png/rare-rgb-16", "2x2 1,3,5", NULL},
    {"png/rare-apple", "img-unsupported", "Apple"},
    {"png/rare-bits-3", "img-damaged", "bit depth"},
    {"png/rare-palette-of-257", "img-damaged", "more than 256 colours"},
    {"png/rare-palette-missing", "2x2 1,1,1", "its palette is missing"},
    {"png/rare-moving", "2x2 1,2,3", NULL},
    {"png/rare-moving-hidden", "2x2 1,2,3", NULL},
    {"png/rare-frame-alone", "2x2 1,2,3", NULL},
    {"png/rare-frames-cut", "2x2 1,2,3", NULL},
    {"png/rare-xmp-deflated", "2x2 1,2,3", NULL},
    {"png/rare-xmp-cut", "2x2 1,2,3", NULL},
    {"png/rare-xmp-damaged", "2x2 1,2,3", NULL},
    {"png/rare-xmp-nothing", "2x2 1,2,3", NULL},
    {"png/rare-one-pixel-short", "img-truncated", "row 0 of 1"},
    {"png/rare-column-short", "1x5 1,2,3", "row 2 of 5: the image data end"},
    {"png/rare-row-short", "5x1 1,2,3", "row 0 of 1: the image data end"},
    {"png/rare-two-idat-short", "2x2 1,2,3", "row 0 of 2: the image data end"},
    {"png/rare-bomb-short", "100x600 0,0,0", "the image data end"},
    {"png/rare-unended", "img-truncated", "row 0 of 2"},
    {"png/rare-unended-nameless", "img-truncated", "row 0 of 2"},
};

static const struct expected tiffs[] = {
    {"tiff/rare-grey-2", "4x4 0,0,0", NULL},
    {"tiff/rare-grey-4", "4x4 0,0,0", NULL},
    {"tiff/rare-grey-white-8", "4x4 255,255,255", NULL},
    {"tiff/rare-grey-signed-16", "4x4 255,255,255", NULL},
    {"tiff/rare-grey-signed-32", "4x4 255,255,255", NULL},
    {"tiff/rare-grey-float-32", "4x4 0,0,0", NULL},
    {"tiff/rare-grey-signed-8", "img-unsupported", "1 signed sample of 8 bits"},
    {"tiff/rare-grey-signed-1", "img-unsupported", "1 signed sample of 1 bits"},
    {"tiff/rare-grey-float-16", "img-unsupported", "1 float sample of 16 bits"},
    {"tiff/rare-grey-void-32", "img-unsupported", "1 untyped sample of 32 bits"},
    {"tiff/rare-grey-64", "img-unsupported", "1 sample of 64 bits"},
    {"tiff/rare-grey-two-1", "img-unsupported", "2 samples of 1 bits"},
    {"tiff/rare-grey-nine", "img-unsupported", "9 samples of 8 bits"},
    {"tiff/rare-palette-8", "4x4 0,0,0", NULL},
    {"tiff/rare-palette-4", "4x4 0,0,0", NULL},
    {"tiff/rare-palette-2", "4x4 0,0,0", NULL},
    {"tiff/rare-palette-1", "4x4 0,0,0", NULL},
    {"tiff/rare-palette-two-4", "img-unsupported", "of a palette with 2 samples of 4 bits"},
    {"tiff/rare-palette-3", "img-unsupported", "of a palette with 1 sample of 3 bits"},
    {"tiff/rare-palette-16", "img-damaged", "beyond the end of the file"},
    {"tiff/rare-palette-signed", "img-unsupported", "of a palette with 1 signed sample"},
    {"tiff/rare-rgb-16", "4x4 1,3,5", NULL},
    {"tiff/rare-rgb-big-16", "4x4 0,2,4", NULL},
    {"tiff/rare-rgb-separate", "4x4 0,0,0", NULL},
    {"tiff/rare-rgb-four", "4x4 0,1,2", NULL},
    {"tiff/rare-rgba", "4x4 0,1,2", NULL},
    {"tiff/rare-rgba-multiplied", "4x4 0,85,170", NULL},
    {"tiff/rare-rgb-signed", "img-unsupported", "of RGB with 3 signed samples"},
    {"tiff/rare-rgb-32", "img-unsupported", "of RGB with 3 samples of 32 bits"},
    {"tiff/rare-rgb-two", "img-unsupported", "of RGB with 2 samples"},
    {"tiff/rare-cmyk-16", "4x4 247,245,243", NULL},
    {"tiff/rare-cmyk-signed", "img-unsupported", "of inks with 4 signed samples"},
    {"tiff/rare-cmyk-three", "img-unsupported", "of inks with 3 samples"},
    {"tiff/rare-cmyk-32", "img-unsupported", "of inks with 4 samples of 32 bits"},
    {"tiff/rare-ycbcr", "4x4 0,134,0", NULL},
    {"tiff/rare-ycbcr-signed", "img-unsupported", "of YCbCr with 3 signed samples"},
    {"tiff/rare-ycbcr-16", "img-unsupported", "of YCbCr with 3 samples of 16 bits"},
    {"tiff/rare-ycbcr-separate", "img-unsupported", "not supported"},
    {"tiff/rare-ycbcr-jpeg-separate", "img-unsupported", "not supported"},
    {"tiff/rare-lab", "img-unsupported", "of CIE L*a*b*"},
    {"tiff/rare-thunderscan", "img-unsupported", "ThunderScan"},
    {"tiff/rare-deflate-old", "4x4 0,0,0", NULL},
    {"tiff/rare-strips-few", "img-damaged", "fewer strips or tiles than it needs"},
    {"tiff/rare-strips-shared", "img-damaged", "its strips or tiles overlap"},
    {"tiff/rare-strip-away", "img-truncated", "row 0 of 4"},
    {"tiff/rare-strip-ends-early", "img-truncated", "row 44 of 100"},
    {"tiff/rare-tile", "4x4 0,0,0", NULL},
    {"tiff/rare-tile-cut", "img-truncated", "row 0 of 4"},
    {"tiff/rare-tile-wide", "img-damaged", "the size of its strips or tiles is invalid"},
    {"tiff/rare-tile-high", "img-damaged", "the size of its strips or tiles is invalid"},
    {"tiff/rare-tile-huge", "img-damaged", "the size of its strips or tiles is invalid"},
    {"tiff/rare-wide-of-2-32", "img-pixels", "4294967295 x 1"},
};

static const struct expected others[] = {
    {"webp/rare-exif-twice", "11x19 5,224,68", NULL},
    {"webp/rare-exif-unsaid", "19x11 26,32,0", NULL},
    {"webp/rare-exif-missing", "19x11 26,32,0", NULL},
    {"webp/rare-odd-end", "19x11 26,32,0", NULL},
    {"webp/rare-frame", "19x11 26,32,0", NULL},
    {"webp/rare-frame-too-wide", "img-damaged", "the frame reaches beyond the canvas"},
    {"webp/rare-frame-too-high", "img-damaged", "the frame reaches beyond the canvas"},
    {"jpeg/rare-exif-short", "19x11 25,25,25", NULL},
    {"jpeg/rare-exif-other", "19x11 25,25,25", NULL},
    {"jpeg/rare-skip-beyond", "img-truncated", "ends in its header"},
};

static void each_gives(void **state) {
    for (size_t i = 0; i < sizeof pngs / sizeof *pngs; i++) seed_check(&pngs[i]);
    for (size_t i = 0; i < sizeof tiffs / sizeof *tiffs; i++) seed_check(&tiffs[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) seed_check(&others[i]);
}

/* ---- cuts and faults ----------------------------------------------------------------------------------- */

static const char *const faulty[] = {
    "png/rare-xmp-deflated",    "png/damaged-crc",  "png/damaged-three-rows", "png/raw-profile-z.png",
    "png/rare-rgb-16",          "tiff/rare-ycbcr",  "tiff/rare-rgb-separate", "tiff/rare-palette-8",
    "tiff/rare-deflate-old",    "tiff/rare-grey-2", "webp/rare-exif-twice",   "webp/rare-frame",
    "jpeg/exif-be-t3-n3-2.jpg",
};

/* Each cut is copied to a block of its own, so that AddressSanitizer notices a read beyond it. */
static void cuts(void **state) {
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        struct sample s;
        seed_read(faulty[i], &s);
        const int64_t live = ln_alloc_live();
        for (size_t size = 0; size < s.size; size++) {
            struct ln_image image;
            struct ln_error damage;
            unsigned char *data = malloc(size + !size);
            memcpy(data, s.data, size);
            if (decode(data, size, &image, &damage) == LINNET_OK)
                ln_image_fini(&image);
            else
                assert_true(ln_error_get()->status == LINNET_ERR_INPUT && ln_error_get()->code[0]);
            ln_error_clear();
            free(data);
            assert_int_equal(ln_alloc_live(), live);
        }
        ln_free(s.data);
    }
}

static int decode_one(void *user) {
    const struct sample *s = user;
    struct ln_image image;
    struct ln_error damage;
    const int status = decode(s->data, s->size, &image, &damage);
    ln_image_fini(&image);
    return status;
}

static void memory_fails(void **state) {
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        struct sample s;
        seed_read(faulty[i], &s);
        fail_each_allocation(decode_one, &s);
        ln_free(s.data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_gives), cmocka_unit_test(cuts),
                                       cmocka_unit_test(memory_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
