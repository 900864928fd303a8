/* Reading images: formats are recognised by content, truncated and oversized files are refused with a
 * message that says where, and failing allocations are handled. tests/parity/image.py compares the
 * pixels with PIL. */
#include "base/alloc.h"
#include "image/format.h"
#include "samples.h"

#include <unistd.h>

static int decode(const struct sample *s, size_t size, struct ln_image *image) {
    ln_error_clear();
    return ln_image_decode(s->data, size, "a/b.img", NULL, image);
}

static void assert_refused(int status, const char *code, const char *words) {
    assert_int_equal(status, LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, code);
    if (!strstr(ln_error_get()->text, words)) fail_msg("'%s' is not in: %s", words, ln_error_get()->text);
}

static void every_format(void **state) {
    struct sample samples[SAMPLE_COUNT];
    make_samples(samples);
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        struct ln_image image;
        if (decode(&samples[i], samples[i].size, &image) != LINNET_OK)
            fail_msg("%s: %s", samples[i].name, ln_error_get()->text);
        assert_int_equal(image.width, SAMPLE_WIDTH);
        assert_int_equal(image.height, SAMPLE_HEIGHT);
        assert_int_equal(image.channels, 3);
        for (int y = 0; samples[i].lossless && y < SAMPLE_HEIGHT; y++)
            for (int x = 0; x < SAMPLE_WIDTH; x++)
                for (int c = 0; c < 3; c++)
                    assert_int_equal(image.pixels[3 * (y * SAMPLE_WIDTH + x) + c], sample_pixel(x, y, c));
        ln_image_fini(&image);
        assert_null(image.pixels);
    }
    drop_samples(samples);
}

/* A file cut anywhere before its trailer is refused, without a leak. A file cut in its trailer may be read, but then its damage
 * is reported. */
static void every_cut(void **state) {
    struct sample samples[SAMPLE_COUNT];
    make_samples(samples);
    const int64_t live = ln_alloc_live();
    for (int i = 0; i < SAMPLE_COUNT; i++)
        for (size_t size = 0; size + 16 < samples[i].size; size++) {
            unsigned char *exact =
                malloc(size + !size); /* so that AddressSanitizer detects reads beyond it */
            struct ln_image image;
            memcpy(exact, samples[i].data, size);
            ln_error_clear();
            struct ln_error damage;
            int status =
                ln_image_decode_with(exact, size, "cut", &(struct ln_decode_opts){.damage = &damage}, &image);
            if (status == LINNET_OK && damage.status != LINNET_OK && size + 24 > samples[i].size) {
                ln_image_fini(&image);
                free(exact);
                continue;
            }
            if (status != LINNET_ERR_INPUT)
                fail_msg("%s cut at %zu of %zu: %d", samples[i].name, size, samples[i].size, status);
            if (strncmp(ln_error_get()->code, "img-", 4) != 0)
                fail_msg("%s: %s", samples[i].name, ln_error_get()->code);
            assert_null(image.pixels);
            free(exact);
        }
    assert_int_equal(ln_alloc_live(), live);
    drop_samples(samples);
}

static void rows_are_named(void **state) {
    struct sample ppm = sample_ppm(), bmp = sample_bmp(), tiff = sample_tiff(COMPRESSION_NONE, false);
    struct ln_image image;
    assert_refused(decode(&ppm, ppm.size - 1, &image), "img-truncated", "a/b.img: PNM ends at row 12 of 13");
    assert_refused(decode(&ppm, ppm.size - 3 * SAMPLE_WIDTH * 5, &image), "img-truncated",
                   "PNM ends at row 8 of 13");
    assert_refused(decode(&bmp, bmp.size - 64 * 2, &image), "img-truncated", "BMP ends at row 11 of 13");
    free(ppm.data);
    free(bmp.data);
    free(tiff.data);
}

/* A picture that is used although its decoder complains: the first complaint is reported, with its row. */
static void damage_is_named(void **state) {
    static const struct {
        size_t cut;
        const char *words;
    } cases[] = {
        {0, ""}, {12, "PNG is damaged at row 13 of 13: the end is missing"}, {13, "the end is missing"}};
    struct sample png = sample_png(false), jpeg = sample_jpeg(false);
    ln_error_clear();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_error damage = {.status = LINNET_ERR_IO};
        struct ln_image image;
        const struct ln_decode_opts opts = {.damage = &damage};
        assert_int_equal(ln_image_decode_with(png.data, png.size - cases[i].cut, "a/b.png", &opts, &image),
                         LINNET_OK);
        assert_int_equal(damage.status, i ? LINNET_ERR_INPUT : LINNET_OK);
        if (i) assert_string_equal(damage.code, "img-damaged");
        if (i) assert_non_null(strstr(damage.text, cases[i].words));
        assert_int_equal(ln_error_get()->status, LINNET_OK);
        ln_image_fini(&image);
    }
    /* an early end marker: the rows below it are grey */
    struct ln_error damage;
    struct ln_image image;
    jpeg.data[jpeg.size - 12] = 0xff;
    jpeg.data[jpeg.size - 11] = 0xd9;
    assert_int_equal(ln_image_decode_with(jpeg.data, jpeg.size, "c.jpg",
                                          &(struct ln_decode_opts){.damage = &damage}, &image),
                     LINNET_OK);
    assert_non_null(strstr(damage.text, "c.jpg: JPEG is damaged at row "));
    ln_image_fini(&image);
    free(png.data);
    free(jpeg.data);
}

static void unknown_formats(void **state) {
    struct ln_image image;
    ln_error_clear();
    assert_refused(ln_image_decode((const unsigned char *)"QQ\3\4rest", 8, "x.png", NULL, &image),
                   "img-format",
                   "x.png: not an image of a format that Linnet reads; it begins with 'QQ\\x03\\x04rest'");
    ln_error_clear();
    assert_refused(ln_image_decode((const unsigned char *)"", 0, "x.png", NULL, &image), "img-empty",
                   "x.png: the file is empty");
    ln_error_clear();
    assert_int_equal(ln_image_read("/no/such/file.png", NULL, &image), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "file-open");
}

static void limits(void **state) {
    struct sample s = sample_ppm(), progressive = sample_jpeg(true);
    struct ln_image image;
    ln_error_clear();
    assert_refused(
        ln_image_decode(s.data, s.size, "x", &(struct ln_image_limits){.pixels = SAMPLE_PIXELS - 1}, &image),
        "img-pixels", "PNM of 21 x 13 pixels, the limit is 272 in all");
    ln_error_clear();
    assert_int_equal(
        ln_image_decode(s.data, s.size, "x", &(struct ln_image_limits){.pixels = SAMPLE_PIXELS}, &image),
        LINNET_OK);
    ln_image_fini(&image);
    assert_refused(
        ln_image_decode(s.data, s.size, "x", &(struct ln_image_limits){.bytes = (int64_t)s.size - 1}, &image),
        "img-bytes", "832 bytes, the limit is 831");
    ln_error_clear();
    assert_refused(ln_image_decode(progressive.data, progressive.size, "x",
                                   &(struct ln_image_limits){.scans = 5}, &image),
                   "img-scans", "more than 5 scans");
    ln_error_clear();
    assert_int_equal(ln_image_decode(progressive.data, progressive.size, "x",
                                     &(struct ln_image_limits){.scans = 10}, &image),
                     LINNET_OK);
    ln_image_fini(&image);
    free(s.data);
    free(progressive.data);
}

/* Sizes in the header are checked against the limits before any memory is allocated. */
static void claims(void **state) {
    static const struct {
        const char *file, *code, *words;
    } cases[] = {
        {"P6 100000 100000 255\n", "img-pixels", "100000 x 100000 pixels, the limit is 100000000 in all"},
        {"P5 10000 9999 255\n", "img-bomb", "PNM of 18 bytes claims 10000 x 9999 pixels"},
        {"P1 1 90000000 ", "img-pixels", "1 x 90000000 pixels, the limit is 262144 a side"},
        {"P4 0 5\n", "img-size", "PNM with a width or height of 0: 0 x 5 pixels"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint64_t allocations = ln_alloc_count();
        struct ln_image image;
        ln_error_clear();
        int status =
            ln_image_decode((const unsigned char *)cases[i].file, strlen(cases[i].file), "x", NULL, &image);
        assert_refused(status, cases[i].code, cases[i].words);
        assert_null(image.pixels);
        assert_int_equal(ln_alloc_count(), allocations);
    }
}

static int decode_one(void *user) {
    const struct sample *s = user;
    struct ln_image image;
    int status = ln_image_decode(s->data, s->size, "x", NULL, &image);
    ln_image_fini(&image);
    return status;
}

static void memory_fails(void **state) {
    struct sample samples[SAMPLE_COUNT];
    make_samples(samples);
    for (int i = 0; i < SAMPLE_COUNT; i++) fail_each_allocation(decode_one, &samples[i]);
    drop_samples(samples);
}

/* ---- scaled decoding ---------------------------------------------------------------------------------- */

struct wish {
    int factor, width, height; /* the factor to return; the size it was called with */
};

static int shrink(void *user, int width, int height) {
    struct wish *wish = user;
    wish->width = width;
    wish->height = height;
    return wish->factor;
}

static void shrinking(void **state) {
    static const int factors[] = {0, 1, 2, 3, 4, 7, 8, 100}, done[] = {1, 1, 2, 2, 4, 4, 8, 8};
    struct sample jpeg = sample_jpeg(false), png = sample_png(false);
    for (int i = 0; i < 8; i++) {
        struct wish wish = {.factor = factors[i]};
        const struct ln_decode_opts opts = {.shrink = shrink, .user = &wish};
        struct ln_image image;
        assert_int_equal(ln_image_decode_with(jpeg.data, jpeg.size, "x", &opts, &image), LINNET_OK);
        assert_int_equal(wish.width, SAMPLE_WIDTH);
        assert_int_equal(wish.height, SAMPLE_HEIGHT);
        assert_int_equal(image.width, (SAMPLE_WIDTH + done[i] - 1) / done[i]);
        assert_int_equal(image.height, (SAMPLE_HEIGHT + done[i] - 1) / done[i]);
        ln_image_fini(&image);
        assert_int_equal(ln_image_decode_with(png.data, png.size, "x", &opts, &image), LINNET_OK);
        assert_int_equal(image.width, SAMPLE_WIDTH);
        ln_image_fini(&image);
    }
    free(jpeg.data);
    free(png.data);
}

/* For a JPEG that is rotated by EXIF, the callback gets the upright size. */
static void shrinking_rotated(void **state) {
    static const unsigned char app1[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0,  0, 'I', 'I',
                                         42,   0,    8, 0,  0,   0,   1,   0,   18, 1, 3,   0,
                                         1,    0,    0, 0,  6,   0,   0,   0,   0,  0, 0,   0};
    struct sample jpeg = sample_jpeg(false);
    unsigned char *turned = malloc(jpeg.size + sizeof app1);
    struct wish wish = {.factor = 2};
    struct ln_image image;
    memcpy(turned, jpeg.data, 2);
    memcpy(turned + 2, app1, sizeof app1);
    memcpy(turned + 2 + sizeof app1, jpeg.data + 2, jpeg.size - 2);
    const struct ln_decode_opts opts = {.shrink = shrink, .user = &wish};
    assert_int_equal(ln_image_decode_with(turned, jpeg.size + sizeof app1, "x", &opts, &image), LINNET_OK);
    assert_int_equal(wish.width, SAMPLE_HEIGHT);
    assert_int_equal(wish.height, SAMPLE_WIDTH);
    assert_int_equal(image.width, (SAMPLE_HEIGHT + 1) / 2);
    assert_int_equal(image.height, (SAMPLE_WIDTH + 1) / 2);
    ln_image_fini(&image);
    free(turned);
    free(jpeg.data);
}

/* ---- what a header claims ------------------------------------------------------------------------------ */

static size_t largest_block;

static void *watched_alloc(void *user, size_t size) {
    if (size > largest_block) largest_block = size;
    return malloc(size);
}

static void *watched_realloc(void *user, void *block, size_t size) {
    if (size > largest_block) largest_block = size;
    return realloc(block, size);
}

static void watched_free(void *user, void *block) {
    free(block);
}

/* Only the piece with the header is read from a large file. */
static void peak_by_the_header(void **state) {
    static const struct linnet_allocator watched = {watched_alloc, watched_realloc, watched_free, NULL};
    static const char header[] = "P6 1000 700 255\n";
    char path[] = "/tmp/linnet_peak_XXXXXX";
    const int fd = mkstemp(path), size = (int)sizeof header - 1 + 3 * 1000 * 700;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, header, sizeof header - 1), sizeof header - 1);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
    ln_alloc_replace(&watched);
    const struct ln_image_peak peak = ln_image_read_peak(path);
    ln_alloc_replace(NULL);
    unlink(path);
    assert_int_equal(peak.pixels, 1000 * 700);
    assert_true(peak.bytes >= 3 * 1000 * 700 + size);
    assert_true(largest_block < 100 << 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(rows_are_named),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(limits),
        cmocka_unit_test(claims),
        cmocka_unit_test(unknown_formats),
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(shrinking),
        cmocka_unit_test(shrinking_rotated),
        cmocka_unit_test(peak_by_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
