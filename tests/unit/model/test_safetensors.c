/* Reading safetensors: every well-formed variant that the format allows, and every kind of malformed file
 * with its error code. */
#include "model/safetensors.h"
#include "safetensors_folder.h"
#include <math.h>

/* ---- well-formed -------------------------------------------------------------------------------------- */

static void open_made(struct ln_st_file *st, const char *header, size_t data) {
    const char *path = file_make(header, strlen(header), strlen(header), data);
    ln_error_clear();
    int status = ln_st_open(st, path);
    if (status != LINNET_OK) print_error("%s\n", ln_error_get()->text);
    assert_int_equal(status, LINNET_OK);
}

static void test_types(void **state) {
    static const char header[] = "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                                 "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,1],\"data_offsets\":[4,8]},"
                                 "\"c\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]}}";
    struct ln_st_file st;
    float two[2];
    uint64_t wide;
    open_made(&st, header, 16);
    assert_int_equal(st.count, 3);
    assert_int_equal(ln_st_read_f32(&st, ln_st_find(&st, "a"), two), LINNET_OK);
    assert_true(two[0] == 0x1p-16f); /* bytes 00 01: 0x0100, a subnormal: 256 * 2^-24 */
    assert_int_equal(ln_st_read_f32(&st, ln_st_find(&st, "b"), two), LINNET_OK);
    assert_int_equal(ln_st_read(&st, ln_st_find(&st, "c"), &wide), LINNET_OK);
    assert_true(wide == 0x0f0e0d0c0b0a0908);
    assert_int_equal(ln_st_find(&st, "b")->shape.rank, 2);
    assert_int_equal(ln_st_find(&st, "c")->shape.rank, 0);
    assert_null(ln_st_find(&st, "d"));

    ln_error_clear();
    assert_int_equal(ln_st_read_f32(&st, ln_st_find(&st, "c"), two), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "st-dtype");
    ln_st_close(&st);
}

/* Long enough for several pieces of the conversion. */
static void test_many_halves(void **state) {
    enum { N = 20001 };
    static const char header[] = "{\"h\":{\"dtype\":\"F16\",\"shape\":[20001],\"data_offsets\":[0,40002]}}";
    struct ln_st_file st;
    float *values = test_malloc(N * sizeof *values), *again = test_malloc(N * sizeof *again);
    open_made(&st, header, 2 * N);
    assert_int_equal(ln_st_read_f32(&st, &st.tensors[0], values), LINNET_OK);
    for (int i = 128; i < N; i++) again[i] = values[i - 128]; /* the bytes repeat after 256 */
    assert_memory_equal(values + 128, again + 128, (N - 128) * sizeof *values);
    assert_true(values[0] == 0x1p-16f && isfinite(values[N - 1]));
    ln_st_close(&st);
    test_free(values);
    test_free(again);
}

static void test_any_order(void **state) {
    static const char header[] = "{ \"late\" : {\"data_offsets\":[2,4],\"shape\":[2],\"dtype\":\"U8\"},\n"
                                 "\"__metadata__\":{\"format\":\"pt\",\"net\":\"a\\nb \\u00e9\"},"
                                 "\"none\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[2,2]},"
                                 "\"early\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[0,2]}}      ";
    struct ln_st_file st;
    unsigned char two[2];
    open_made(&st, header, 4);
    assert_int_equal(st.count, 3);
    assert_string_equal(st.tensors[0].name, "early"); /* in file order */
    assert_string_equal(st.tensors[1].name, "none");
    assert_string_equal(st.tensors[2].name, "late");
    assert_int_equal(ln_st_read(&st, &st.tensors[2], two), LINNET_OK);
    assert_int_equal(two[0], 2);
    assert_int_equal(st.metadata_count, 2);
    assert_string_equal(ln_st_metadata(&st, "net"), "a\nb \xc3\xa9");
    assert_null(ln_st_metadata(&st, "neT"));
    ln_st_close(&st);
}

static void test_empty(void **state) {
    struct ln_st_file st;
    open_made(&st, "{}", 0);
    assert_int_equal(st.count, 0);
    assert_null(ln_st_find(&st, ""));
    ln_st_close(&st);
    open_made(&st, "{\"__metadata__\":{}}", 0);
    assert_int_equal(st.metadata_count, 0);
    ln_st_close(&st);
    ln_st_close(&st); /* closing twice, so on a zeroed struct */
}

/* ---- malformed ---------------------------------------------------------------------------------------- */

#define ENTRY(dtype, shape, offsets) "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define ONE(dtype, shape, offsets)   "{\"a\":" ENTRY(dtype, shape, offsets) "}"
#define TWO(first, second) \
    "{\"a\":" ENTRY("\"U8\"", "[4]", first) ",\"b\":" ENTRY("\"U8\"", "[4]", second) "}"
#define U8 "\"U8\""

struct bad {
    const char *code;
    const char *says; /* a part of the message, with both numbers if it has two */
    const char *header;
    size_t data;
};

static const struct bad kinds[] = {
    /* JSON */
    {"st-header-json", "does not begin", "[]", 0},
    {"st-header-json", "does not begin", " {}", 0},
    {"st-header-json", "does not begin", "\xef\xbb\xbf{}", 0},
    {"st-header-json", "byte", "{\"a\":}", 0},
    {"st-header-json", "byte", "{\"a\":", 0},
    {"st-header-json", "byte", "{} {}", 0},
    {"st-header-json", "byte", "{'a':1}", 0},
    {"st-header-json", "byte", "{\"a\":1,}", 0},
    {"st-header-json", "byte", "{\"\xff\":1}", 0},
    {"st-header-json", "byte", "{\"\\ud800\":1}", 0},
    {"st-header-json", "byte", "{\"a\\u0000b\":1}", 0},
    {"st-header-json", "byte", "{\"__metadata__\":{\"a\":\"x\\u0000\"}}", 0},
    {"st-header-json", "byte", "{\"a\nb\":1}", 0},
    {"st-header-json", "nested 4 deep; the limit is 3", ONE(U8, "[[4]]", "[0,4]"), 4},
    {"st-header-json", "18446744073709551616", ONE(U8, "[4]", "[0,18446744073709551616]"), 4},
    {"st-duplicate", "\"a\"", "{\"a\":" ENTRY(U8, "[4]", "[0,4]") ",\"a\":" ENTRY(U8, "[4]", "[4,8]") "}", 8},
    {"st-duplicate", "\"shape\"",
     "{\"a\":{\"shape\":[4],\"dtype\":\"U8\",\"data_offsets\":[0,4],\"shape\":[4]}}", 4},
    {"st-duplicate", "\"k\"", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}", 0},
    /* metadata */
    {"st-metadata", "not an object", "{\"__metadata__\":null}", 0},
    {"st-metadata", "not an object", "{\"__metadata__\":[\"a\"]}", 0},
    {"st-metadata", "'epoch'", "{\"__metadata__\":{\"epoch\":3}}", 0},
    {"st-metadata", "'net'", "{\"__metadata__\":{\"net\":{\"a\":\"b\"}}}", 0},
    /* an entry */
    {"st-entry", "'a': the entry is not an object", "{\"a\":4}", 0},
    {"st-entry", "no dtype", "{\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}}", 4},
    {"st-entry", "no shape", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}}", 4},
    {"st-entry", "no data_offsets", "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}", 4},
    {"st-entry", "4 keys", "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"strides\":[1]}}",
     4},
    {"st-entry", "'\\x1b[31m\xc3\xa9'", "{\"\\u001b[31m\xc3\xa9\":0}", 0},
    {"st-dtype", "not a string", ONE("4", "[4]", "[0,4]"), 4},
    {"st-dtype", "'F8_E4M3'", ONE("\"F8_E4M3\"", "[4]", "[0,4]"), 4},
    {"st-dtype", "'u8'", ONE("\"u8\"", "[4]", "[0,4]"), 4},
    {"st-dtype", "''", ONE("\"\"", "[4]", "[0,4]"), 4},
    {"st-shape", "not an array", ONE(U8, "4", "[0,4]"), 4},
    {"st-shape", "not an array", ONE(U8, "{\"0\":4}", "[0,4]"), 4},
    {"st-shape", "dimension 2 of 2", ONE(U8, "[4,-1]", "[0,4]"), 4},
    {"st-shape", "dimension 1 of 1", ONE(U8, "[4.0]", "[0,4]"), 4},
    {"st-shape", "dimension 1 of 1", ONE(U8, "[\"4\"]", "[0,4]"), 4},
    {"st-shape", "dimension 1 of 1", ONE(U8, "[true]", "[0,4]"), 4},
    {"st-shape", "9 dimensions; the limit is 8", ONE(U8, "[1,1,1,1,1,1,1,1,4]", "[0,4]"), 4},
    {"st-shape", "does not fit", ONE(U8, "[4294967296,4294967296]", "[0,4]"), 4},
    {"st-shape", "does not fit", ONE("\"F32\"", "[9223372036854775807]", "[0,4]"), 4},
    {"st-offsets", "not a pair", ONE(U8, "[4]", "4"), 4},
    {"st-offsets", "not a pair", ONE(U8, "[4]", "[0]"), 4},
    {"st-offsets", "not a pair", ONE(U8, "[4]", "[0,4,8]"), 4},
    {"st-offsets", "not a pair", ONE(U8, "[4]", "[0,4.0]"), 4},
    {"st-offsets", "not a pair", ONE(U8, "[4]", "[-4,0]"), 4},
    {"st-offsets", "not a pair", ONE(U8, "[4]", "{\"0\":0,\"1\":4}"), 4},
    {"st-offsets", "byte 8 but ends at byte 4", ONE(U8, "[4]", "[8,4]"), 8},
    {"st-size", "4 bytes of data, F32[4] needs 16", ONE("\"F32\"", "[4]", "[0,4]"), 4},
    {"st-size", "5 bytes of data, U8[4] needs 4", ONE(U8, "[4]", "[0,5]"), 5},
    {"st-size", "0 bytes of data, F64[] needs 8", ONE("\"F64\"", "[]", "[0,0]"), 0},
    /* all entries */
    {"st-hole", "byte 1 but the previous tensor ends at 0", ONE(U8, "[4]", "[1,5]"), 5},
    {"st-hole", "byte 5 but the previous tensor ends at 4", TWO("[0,4]", "[5,9]"), 9},
    {"st-overlap", "byte 3 but the previous tensor ends at 4", TWO("[0,4]", "[3,7]"), 7},
    {"st-overlap", "byte 0 but the previous tensor ends at 4", TWO("[0,4]", "[0,4]"), 4},
    {"st-hole", "'a'", ONE(U8, "[4]", "[9223372036854775803,9223372036854775807]"), 4},
    /* the file */
    {"st-file-length", "; truncated?", ONE(U8, "[4]", "[0,4]"), 3},
    {"st-file-length", "but its header describes", ONE(U8, "[4]", "[0,4]"), 5},
    {"st-file-length", "file has 11 bytes, but its header describes 10", "{}", 1},
    {"st-file-length", "; truncated?", ONE(U8, "[9223372036854775807]", "[0,9223372036854775807]"), 4},
};

/* Expects that opening `path` fails with the code and one printable line, without a leak. */
static void check_refused(const char *path, const char *code, const char *says, const char *what) {
    struct ln_st_file st;
    int64_t live = ln_alloc_live();
    ln_error_clear();
    int status = ln_st_open(&st, path);
    const struct ln_error *error = ln_error_get();
    if (status != LINNET_ERR_INPUT || strcmp(error->code, code) != 0 || !strstr(error->text, says))
        fail_msg("%s: status %d [%s] %s; expected [%s] ...%s...", what, status, error->code, error->text,
                 code, says);
    assert_ptr_equal(strstr(error->text, path), error->text);
    assert_true(ln_alloc_live() == live);
    ln_st_close(&st); /* allowed after a failure too */
}

static void test_malformed(void **state) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct bad *bad = &kinds[i];
        size_t size = strlen(bad->header);
        check_refused(file_make(bad->header, size, size, bad->data), bad->code, bad->says, bad->header);
    }
}

static void test_malformed_lengths(void **state) {
    const char *path = folder_path("made.safetensors");
    bytes_write(path, "", 0);
    check_refused(path, "st-file-length", "file has 0 bytes", "empty file");
    bytes_write(path, "\2\0\0\0\0\0\0", 7);
    check_refused(path, "st-file-length", "file has 7 bytes", "7 bytes");
    check_refused(file_make("{}", 2, UINT64_MAX, 0), "st-header-length",
                  "length 18446744073709551615, file has 10 bytes", "length 2^64 - 1");
    check_refused(file_make("{}", 2, 3, 0), "st-header-length", "length 3, file has 10 bytes",
                  "one byte too many");
    check_refused(file_make("{}", 2, 0, 0), "st-header-json", "does not begin", "no header");
    check_refused(file_make("{}", 2, 1, 1), "st-header-json", "byte", "half a header");
    check_refused(file_make("{}\0", 3, 3, 0), "st-header-json", "byte", "padded with NUL");
}

/* A sparse file with a header length beyond the limit is refused without reading the header. */
static void test_header_too_long(void **state) {
    const char *path = file_make("{", 1, LN_ST_HEADER_MAX + 1, 0);
    assert_int_equal(truncate(path, 2 * (off_t)LN_ST_HEADER_MAX), 0);
    uint64_t calls = ln_alloc_count();
    check_refused(path, "st-header-length", "length 100000001; the limit is 100000000", "beyond the limit");
    assert_in_range(ln_alloc_count() - calls, 0, 8);
}

/* jansson would allocate 7 GB for such a header. */
static void test_bomb(void **state) {
    enum { SIZE = 30 * 1000 * 1000 };
    char *header = test_malloc(SIZE);
    memcpy(header, "{\"a\":[", 6);
    for (size_t i = 6; i + 3 <= SIZE; i += 3) memcpy(header + i, "{},", 3);
    check_refused(file_make(header, SIZE, SIZE, 0), "st-header-json", "values; the limit is 1048576",
                  "objects");
    memset(header + 1, '[', SIZE - 1);
    check_refused(file_make(header, SIZE, SIZE, 0), "st-header-json", "deep; the limit is 3", "brackets");
    test_free(header);
}

/* A missing file and a folder are refused by base/file. */
static void test_no_file(void **state) {
    struct ln_st_file st;
    ln_error_clear();
    assert_int_equal(ln_st_open(&st, folder_path("missing.safetensors")), LINNET_ERR_INPUT);
    ln_st_close(&st);
    ln_error_clear();
    assert_true(ln_st_open(&st, folder) != LINNET_OK);
    ln_st_close(&st);
}

/* ---- memory ------------------------------------------------------------------------------------------- */

static void test_memory_fails(void **state) {
    static const char header[] = "{\"__metadata__\":{\"k\":\"v\",\"l\":\"w\"},"
                                 "\"a\":" ENTRY(U8, "[4]", "[0,4]") ",\"b\":" ENTRY(U8, "[4]", "[4,8]") "}";
    const char *path = file_make(header, strlen(header), strlen(header), 8);
    int64_t live = ln_alloc_live();
    int status = LINNET_ERR_LIMIT, n = 0;
    while (status != LINNET_OK) {
        struct ln_st_file st;
        ln_error_clear();
        ln_alloc_fail_at((uint64_t)++n);
        status = ln_st_open(&st, path);
        ln_alloc_fail_at(0);
        if (status != LINNET_OK) {
            assert_int_equal(status, LINNET_ERR_LIMIT);
            assert_string_equal(ln_error_get()->code, "mem-alloc");
            assert_true(ln_alloc_live() == live);
        }
        ln_st_close(&st);
        assert_true(ln_alloc_live() == live);
        assert_in_range(n, 1, 100);
    }
    assert_in_range(n, 10,
                    100); /* path, text, metadata, strings, tensors and names: each allocation failed once */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),           cmocka_unit_test(test_many_halves),
        cmocka_unit_test(test_any_order),       cmocka_unit_test(test_empty),
        cmocka_unit_test(test_malformed),       cmocka_unit_test(test_malformed_lengths),
        cmocka_unit_test(test_header_too_long), cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_no_file),         cmocka_unit_test(test_memory_fails),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
