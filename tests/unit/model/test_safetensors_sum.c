/* The checksum of a safetensors file: every flipped bit and every cut is found. */
#include "model/safetensors.h"
#include "model/safetensors_sum.h"
#include "safetensors_folder.h"

static const float weight[6] = {1, -2.5f, 3, 0, 1e-3f, 7};
static struct ln_st_tensor tensors[] = {
    {.name = "weight", .dtype = LN_F32, .shape = {2, {2, 3}}},
    {.name = "none", .dtype = LN_F32, .shape = {1, {0}}},
    {.name = "bias", .dtype = LN_F32, .shape = {1, {6}}},
};
static const void *const data[] = {weight, NULL, weight};
enum { TENSORS = 3 };

static void write_summed(const char *path, size_t pairs) {
    static const struct ln_st_pair metadata[] = {{"format", "pt"}};
    struct ln_st_writer w;
    assert_int_equal(ln_st_writer_begin_save(&w, &(struct ln_st_save){.path = path,
                                                                      .tensors = tensors,
                                                                      .count = TENSORS,
                                                                      .metadata = metadata,
                                                                      .metadata_count = pairs,
                                                                      .summed = true}),
                     LINNET_OK);
    for (size_t i = 0; i < TENSORS; i++) assert_int_equal(ln_st_writer_tensor(&w, data[i]), LINNET_OK);
    assert_int_equal(ln_st_writer_commit(&w), LINNET_OK);
    ln_st_writer_abort(&w);
}

static int check(const char *path) {
    struct ln_st_file st;
    ln_error_clear();
    int status = ln_st_open(&st, path);
    if (status != LINNET_OK) return status;
    status = ln_st_check_sum(&st);
    ln_st_close(&st);
    return status;
}

/* Writes without ln_file_write's sync, which would be slow. */
static int put_and_check(const char *path, const unsigned char *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return check(path);
}

static size_t whole(unsigned char **bytes) {
    size_t size;
    write_summed("whole", 1);
    assert_int_equal(ln_file_read("whole", 1 << 20, bytes, &size), LINNET_OK);
    return size;
}

static void test_whole(void **state) {
    struct ln_st_file st;
    for (size_t pairs = 0; pairs < 2; pairs++) {
        write_summed("summed", pairs);
        assert_int_equal(check("summed"), LINNET_OK);
        assert_int_equal(ln_st_open(&st, "summed"), LINNET_OK);
        const char *sum = ln_st_metadata(&st, "linnet.crc32");
        assert_true(sum && strlen(sum) == LN_ST_SUM_DIGITS && strcmp(sum, LN_ST_SUM_ZEROS) != 0);
        ln_st_close(&st);
    }
}

/* The test begins at the digits: a bit flipped before them leaves a file without a checksum, or no safetensors file. */
static void test_every_bit(void **state) {
    unsigned char *bytes;
    const size_t size = whole(&bytes);
    for (size_t i = LN_ST_SUM_AT; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            if (put_and_check("flipped", bytes, size) != LINNET_ERR_INPUT)
                fail_msg("bit %d of byte %zu", bit, i);
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    ln_error_clear();
    ln_free(bytes);
}

static void test_every_length(void **state) {
    unsigned char *bytes;
    const size_t size = whole(&bytes);
    for (size_t n = 0; n < size; n++) assert_int_equal(put_and_check("cut", bytes, n), LINNET_ERR_INPUT);
    ln_error_clear();
    ln_free(bytes);
}

static void test_message(void **state) {
    unsigned char *bytes;
    const size_t size = whole(&bytes);
    bytes[size - 1] ^= 1;
    assert_int_equal(put_and_check("flipped", bytes, size), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "st-sum");
    assert_non_null(strstr(ln_error_get()->text, "flipped: damaged: its checksum is "));
    ln_error_clear();
    ln_free(bytes);
}

/* Files of other programs and of older versions have no checksum. */
static void test_none(void **state) {
    struct ln_st_writer w;
    assert_int_equal(ln_st_writer_begin(&w, "plain", tensors, TENSORS, NULL, 0), LINNET_OK);
    for (size_t i = 0; i < TENSORS; i++) assert_int_equal(ln_st_writer_tensor(&w, data[i]), LINNET_OK);
    assert_int_equal(ln_st_writer_commit(&w), LINNET_OK);
    assert_int_equal(check("plain"), LINNET_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),   cmocka_unit_test(test_every_bit), cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_message), cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
