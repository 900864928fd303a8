/* HEIF: Linnet's declarations match libheif's header, where that is installed; sizes are read from the headers of streams;
 * every failing allocation is reported. tests/parity/image_heif.py compares pixels and refuses hostile files. */
#include "image/heif_boxes.h"
#include "image/heif_library.h"
#include "image/heif_stream.h"
#include "samples.h"

#include "base/file.h"

#if __has_include(<libheif/heif.h>)
#include <libheif/heif.h>

#define SAME(a, b)                 _Static_assert(__builtin_types_compatible_p(a, b), "libheif declares " #a " otherwise")
#define SAME_FUNCTION(name, field) SAME(__typeof__(name) *, __typeof__(((struct ln_heif *)0)->field))
SAME_FUNCTION(heif_context_alloc, context_alloc);
SAME_FUNCTION(heif_context_free, context_free);
SAME_FUNCTION(heif_context_set_maximum_image_size_limit, set_size_limit);
SAME_FUNCTION(heif_context_set_max_decoding_threads, set_threads);
SAME_FUNCTION(heif_image_handle_get_width, width);
SAME_FUNCTION(heif_image_handle_get_height, height);
SAME_FUNCTION(heif_image_handle_release, handle_release);
SAME_FUNCTION(heif_image_release, image_release);
/* These take structs and enumerations where Linnet declares its own struct and ints. */
SAME(__typeof__(heif_context_read_from_memory_without_copy),
     struct heif_error(struct heif_context *, const void *, size_t, const struct heif_reading_options *));
SAME(__typeof__(heif_context_get_primary_image_handle),
     struct heif_error(struct heif_context *, struct heif_image_handle **));
SAME(__typeof__(heif_decode_image),
     struct heif_error(const struct heif_image_handle *, struct heif_image **, enum heif_colorspace,
                       enum heif_chroma, const struct heif_decoding_options *));
SAME(__typeof__(heif_image_get_width), int(const struct heif_image *, enum heif_channel));
SAME(__typeof__(heif_image_get_height), int(const struct heif_image *, enum heif_channel));
SAME(__typeof__(heif_image_get_plane_readonly),
     const uint8_t *(const struct heif_image *, enum heif_channel, int *));
_Static_assert(sizeof(struct heif_error) == sizeof(struct ln_heif_error), "the error has another size");
_Static_assert(offsetof(struct heif_error, subcode) == offsetof(struct ln_heif_error, subcode),
               "the subcode's place");
_Static_assert(offsetof(struct heif_error, message) == offsetof(struct ln_heif_error, message),
               "the message's place");
_Static_assert(sizeof(enum heif_channel) == sizeof(int) && sizeof(enum heif_chroma) == sizeof(int),
               "an enumeration");
_Static_assert(LN_HEIF_OK == (int)heif_error_Ok && LN_HEIF_MEMORY == (int)heif_error_Memory_allocation_error,
               "a code");
_Static_assert(LN_HEIF_UNSUPPORTED_FILE == (int)heif_error_Unsupported_filetype, "a code");
_Static_assert(LN_HEIF_UNSUPPORTED_FEATURE == (int)heif_error_Unsupported_feature, "a code");
_Static_assert(LN_HEIF_SECURITY_LIMIT == (int)heif_suberror_Security_limit_exceeded, "a code");
_Static_assert(LN_HEIF_UNSUPPORTED_CODEC == (int)heif_suberror_Unsupported_codec, "a code");
_Static_assert(LN_HEIF_COLORSPACE_RGB == (int)heif_colorspace_RGB, "a value");
_Static_assert(LN_HEIF_CHROMA_RGB == (int)heif_chroma_interleaved_RGB, "a value");
_Static_assert(LN_HEIF_CHANNEL_RGB == (int)heif_channel_interleaved, "a value");
#endif

/* A sequence parameter set of HEVC: one layer, 4:2:0, 4032 x 3024, and an escaped byte in its profile. */
static const unsigned char sps[] = {0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00,
                                    0xb0, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x5a,
                                    0xa0, 0x01, 0xf8, 0x20, 0x02, 0xf4, 0x60};

static void hevc(void **state) {
    unsigned char stream[4 + sizeof sps + 4 + 3 + 4 + 3] = {0, 0, 0, sizeof sps};
    static const unsigned char slices[] = {0, 0, 0, 3, 0x26, 0x01, 0xaf, 0, 0, 0, 3, 0x26, 0x01, 0x0f};
    struct ln_heif_stream s = {0};
    memcpy(stream + 4, sps, sizeof sps);
    memcpy(stream + 4 + sizeof sps, slices, sizeof slices);
    assert_true(ln_heif_hevc(stream, sizeof stream, &s));
    assert_int_equal(s.width, 4032);
    assert_int_equal(s.height, 3024);
    assert_int_equal(s.pictures, 1); /* the second slice continues it */
    assert_int_equal(s.slices, 2);
    for (size_t size = 1; size < 4 + sizeof sps; size++) {
        struct ln_heif_stream cut = {0};
        assert_false(ln_heif_hevc(stream, size, &cut));
    }
}

/* A reduced still picture: its size is read, and a sequence header cut at any byte is refused. */
static void av1(void **state) {
    static const unsigned char reduced[] = {0x0a, 0x06, 0x18, 0x15, 0x7f, 0xfe, 0xff, 0xc0, 0x32, 0x01, 0};
    struct ln_heif_stream s = {0};
    assert_true(ln_heif_av1(reduced, sizeof reduced, &s));
    assert_int_equal(s.pictures, 1);
    assert_true(s.width > 0 && s.height > 0);
    for (size_t size = 1; size < 8; size++) {
        struct ln_heif_stream cut = {0};
        assert_false(ln_heif_av1(reduced, size, &cut));
    }
}

static int inspect(void *user) {
    const struct sample *s = user;
    const struct ln_image_input in = {.data = s->data,
                                      .size = s->size,
                                      .name = "x",
                                      .opts = {.limits = {.pixels = 1 << 20, .scans = 1, .bytes = 1 << 20}}};
    extern const struct ln_image_format ln_image_format_heif;
    struct ln_heif_layout layout;
    const int status = ln_heif_inspect(&in, &ln_image_format_heif, &layout);
    if (status != LINNET_OK) return status;
    assert_true(layout.grid);
    assert_int_equal(layout.width, 120);
    assert_int_equal(layout.height, 90);
    assert_int_equal(layout.tile_width, 64);
    assert_int_equal(layout.pictures, 4);
    assert_int_equal(layout.work, 4 * 64 * 64);
    return LINNET_OK;
}

static void grid(void **state) {
    const char *source = getenv("LINNET_SOURCE");
    char path[4096];
    struct sample s = {0};
    if (!source) skip();
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/heif/wide.heic", source);
    assert_int_equal(ln_file_read(path, 1 << 20, &s.data, &s.size), LINNET_OK);
    fail_each_allocation(inspect, &s);
    ln_free(s.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hevc), cmocka_unit_test(av1), cmocka_unit_test(grid)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
