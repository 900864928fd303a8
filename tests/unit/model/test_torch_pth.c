/* The three forms of a .pth, read from the seeds of its fuzzer (written by tests/fuzz/pth_corpus.py): correct
 * values for every view and type, a code for each refusal, no leaks when allocations or reads fail.
 * tests/hostile has more refusals, test_torch_tar.c those of the tar form. */
#include "model/torch_pth.h"
#include "unit/base/memory_file.h"
#include "unit/base/read_faults.h"
#include <fcntl.h>

/* The path of a seed; valid until the next call. */
static const char *seed(const char *name) {
    static char path[512];
    const char *source = getenv("LINNET_SOURCE");
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/pth/%s", source ? source : ".", name);
    return path;
}

static void open_seed(struct ln_pth *pth, const char *name) {
    if (ln_pth_open(pth, seed(name)) != LINNET_OK) fail_msg("%s", ln_error_line());
}

static void numbers_are(struct ln_pth *pth, const char *name, const float *expected, size_t count) {
    const struct ln_pth_tensor *t = ln_pth_find(pth, name);
    size_t elements = 0;
    float *values = test_malloc((count + 1) * sizeof *values);
    assert_non_null(t);
    assert_true(ln_shape_count(&t->shape, &elements));
    assert_int_equal(elements, count);
    assert_int_equal(ln_pth_read_f32(pth, t, values), LINNET_OK);
    assert_memory_equal(values, expected, count * sizeof *values);
    test_free(values);
}

static void seed_has(const char *file, const char *name, const float *expected, size_t count) {
    struct ln_pth pth;
    open_seed(&pth, file);
    assert_int_equal(pth.count, 1);
    numbers_are(&pth, name, expected, count);
    assert_null(ln_pth_find(&pth, "another"));
    ln_pth_close(&pth);
}

static const float four[] = {1, 2, 3, 4};

static void test_forms(void **state) {
    static const char *const files[] = {"zip",           "zip-unsummed",   "zip-python2",
                                        "zip-protocol4", "zip-descriptor", "zip-byteorder",
                                        "zip64",         "stream",         "tar"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) seed_has(files[i], "w", four, 4);
    seed_has("zip-checkpoint", "module.w", four, 4);
    seed_has("stream-view", "w", four + 1, 3);
    seed_has("tar-view", "w", four, 4);
    seed_has("zip-metadata", "w", four, 4); /* a tensor's call with a seventh argument */
    seed_has("zip-others", "w", four, 4);   /* next to values that are not tensors */
    seed_has("zip-outside", "w", four, 4);  /* next to entries of other folders */
}

static void test_closed(void **state) {
    struct ln_pth pth;
    open_seed(&pth, "zip");
    ln_pth_close(&pth);
    assert_null(ln_pth_find(&pth, "w"));
}

/* Keys of different lengths, one a prefix of the other. */
static void test_two_storages(void **state) {
    struct ln_pth pth;
    open_seed(&pth, "stream-two");
    assert_int_equal(pth.count, 2);
    assert_string_equal(pth.records[ln_pth_find(&pth, "a")->record].key, "10");
    assert_string_equal(pth.records[ln_pth_find(&pth, "b")->record].key, "1");
    numbers_are(&pth, "a", four, 4);
    numbers_are(&pth, "b", four, 4);
    ln_pth_close(&pth);
}

static void views_check(const char *file) {
    static const float turned[] = {1, 3, 2, 4};
    float repeated[20];
    struct ln_pth pth;
    for (int i = 0; i < 20; i++) repeated[i] = four[i % 4];
    open_seed(&pth, file);
    assert_int_equal(pth.count, 6);
    numbers_are(&pth, "whole", four, 4);
    numbers_are(&pth, "turned", turned, 4);
    numbers_are(&pth, "part", four + 1, 3);
    numbers_are(&pth, "repeated", repeated, 20);
    numbers_are(&pth, "one", four, 1);
    numbers_are(&pth, "none", four, 0);
    ln_pth_close(&pth);
}

static void test_views(void **state) {
    struct ln_pth pth;
    views_check("zip-views");
    views_check("stream-checkpoint"); /* also has a storage that no weight uses */
    open_seed(&pth, "zip-memo");
    numbers_are(&pth, "a", four, 4);
    numbers_are(&pth, "b", four, 4);
    assert_int_equal(ln_pth_find(&pth, "a")->record, ln_pth_find(&pth, "b")->record);
    ln_pth_close(&pth);
}

/* The bytes 0, 1, 2, ... as elements of a type. */
static void test_types(void **state) {
    seed_has("zip-Byte", "w", (const float[]){0, 1, 2, 3}, 4);
    seed_has("zip-Char", "w", (const float[]){0, 1, 2, 3}, 4);
    seed_has("zip-Bool", "w", (const float[]){0, 1, 1, 1}, 4);
    seed_has("zip-Short", "w", (const float[]){0x100, 0x302, 0x504, 0x706}, 4);
    seed_has("zip-Int", "w",
             (const float[]){(float)0x3020100, (float)0x7060504, (float)0xb0a0908, (float)0xf0e0d0c}, 4);
    seed_has("zip-Long", "w",
             (const float[]){(float)0x706050403020100, (float)0xf0e0d0c0b0a0908, (float)0x1716151413121110,
                             (float)0x1f1e1d1c1b1a1918},
             4);
}

/* The stride of a dimension of size 1 is never used, so it may be any number. */
static void test_unused_stride(void **state) {
    seed_has("zip-stride", "w", four, 4);
    seed_has("zip-stride-first", "w", four, 4);
}

/* Two floats, 1 TiB apart: reading them takes little time and memory. */
static void test_sparse(void **state) {
    const uint64_t numbers = 1ULL << 38;
    const float ends[] = {1.5F, -2.5F};
    char folder[64];
    unsigned char *bytes;
    size_t size;
    assert_int_equal(ln_file_read(seed("stream-sparse"), 1 << 20, &bytes, &size), LINNET_OK);
    scratch_enter(folder);
    assert_int_equal(ln_file_write("sparse.pth", bytes, size), LINNET_OK);
    ln_free(bytes);
    int fd = open("sparse.pth", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    if (ftruncate(fd, (off_t)(size + numbers * sizeof(float)))) { /* a file system without sparse files */
        close(fd);
        scratch_leave(folder);
        print_message("skipped: this file system has no sparse files\n");
        skip();
    }
    for (uint64_t i = 0; i < 2; i++) {
        const off_t at = (off_t)(size + i * (numbers - 1) * sizeof(float));
        assert_int_equal(pwrite(fd, &ends[i], sizeof(float), at), sizeof(float));
    }
    close(fd);
    struct ln_pth pth;
    if (ln_pth_open(&pth, "sparse.pth") != LINNET_OK) fail_msg("%s", ln_error_line());
    numbers_are(&pth, "w", ends, 2);
    ln_pth_close(&pth);
    scratch_leave(folder);
}

static void test_no_file(void **state) {
    struct ln_pth pth;
    assert_failure(ln_pth_open(&pth, "/no/such.pth"), LINNET_ERR_INPUT, "file-open", "/no/such.pth");
    assert_failure(ln_pth_open(&pth, "/"), LINNET_ERR_INPUT, "file-open", "folder");
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

static void test_refused(void **state) {
    static const struct {
        const char *file, *code, *part;
    } refusals[] = {
        {"refused-shape-of-2-61", "pth-shape", "does not fit into memory"},
        {"refused-reach-of-2-64", "pth-stride", "its strides exceed any storage"},
        {"refused-shape-that-is-a-list", "pth-tensor", "are not whole numbers"},
        {"refused-shape-of-a-text", "pth-tensor", "are not whole numbers"},
        {"refused-first-that-is-a-text", "pth-tensor", "are not whole numbers"},
        {"refused-storage-that-is-a-number", "pth-tensor", "the tensor has no storage"},
        {"refused-storage-of-a-dict", "pth-tensor", "the tensor has no storage"},
        {"refused-storage-of-a-number", "pth-tensor", "the tensor has no storage"},
        {"refused-storage-of-a-text-of-elements", "pth-tensor", "the tensor has no storage"},
        {"refused-storage-of-another-word", "pth-tensor", "the tensor has no storage"},
        {"refused-key-of-257-bytes", "pth-limit", "its key has 257 bytes"},
        {"refused-name-twice", "pth-duplicate", "two tensors have this name"},
        {"refused-view-of-one-word", "pth-storage", "not a storage"},
        {"refused-view-of-two-words", "pth-storage", "not a storage"},
        {"refused-view-from-minus-one", "pth-storage", "not a storage"},
        {"refused-view-of-minus-one", "pth-storage", "not a storage"},
        {"refused-magic-of-nothing", "pth-form", "magic number is missing"},
        {"refused-magic-of-11-bytes", "pth-form", "magic number is missing"},
        {"refused-version-of-a-text", "pth-form", "not protocol 1001"},
        {"refused-order-that-is-a-number", "pth-endian", "big-endian"},
        {"refused-stream-of-a-number", "pth-empty", "no dict of tensors"},
        {"refused-stream-of-a-key", "pth-storage", "'0' belongs to no tensor"},
        {"refused-mention-of-a-number", "pth-storage", "not a storage"},
        {"refused-mention-of-257-bytes", "pth-limit", "its key has 257 bytes"},
        {"refused-key-with-NUL", "pth-storage", "contains a NUL byte"},
        {"refused-storage-of-two-counts", "pth-storage", "different types or sizes"},
        {"refused-count-of-2-62-doubles", "pth-truncated", "extends beyond the end"},
        {"refused-mark", "pth-opcode", "opcode 0x6c"},
    };
    struct ln_pth pth;
    int64_t live = ln_alloc_live();
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        assert_failure(ln_pth_open(&pth, seed(refusals[i].file)), LINNET_ERR_INPUT, refusals[i].code,
                       refusals[i].part);
    assert_int_equal(ln_alloc_live(), live);
}

/* A file that is cut anywhere is refused. */
static void test_cut(void **state) {
    static const char *const files[] = {"zip-views", "zip64", "stream", "stream-view", "tar-view"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ln_pth pth;
        unsigned char *bytes;
        size_t size;
        const bool tar =
            strncmp(files[i], "tar", 3) == 0; /* the two blocks after its last member are not read */
        assert_int_equal(ln_file_read(seed(files[i]), 1 << 20, &bytes, &size), LINNET_OK);
        if (tar) size -= 1024;
        const struct memory_file file = memory_file_make(bytes, size);
        ln_free(bytes);
        int64_t live = ln_alloc_live();
        while (size > 0) {
            size -= tar ? 512 : 1;
            memory_file_cut(&file, size);
            assert_int_equal(ln_pth_open(&pth, file.path), LINNET_ERR_INPUT);
            assert_int_equal(strncmp(ln_error_get()->code, "pth-", 4), 0);
        }
        assert_int_equal(ln_alloc_live(), live);
        memory_file_drop(&file);
        ln_error_clear();
    }
}

/* ---- a checksum is verified once, before the first read ----------------------------------------------- */

static void test_damaged(void **state) {
    char folder[64];
    struct ln_pth pth;
    unsigned char *bytes;
    size_t size;
    float values[4];
    assert_int_equal(ln_file_read(seed("zip"), 1 << 20, &bytes, &size), LINNET_OK);
    unsigned char *number = memmem(bytes, size, four, sizeof four);
    assert_non_null(number);
    number[1] ^= 1;
    scratch_enter(folder);
    assert_int_equal(ln_file_write("damaged.pth", bytes, size), LINNET_OK);
    assert_int_equal(ln_pth_open(&pth, "damaged.pth"), LINNET_OK);
    assert_failure(ln_pth_read_f32(&pth, ln_pth_find(&pth, "w"), values), LINNET_ERR_INPUT, "pth-zip-crc",
                   "storage '0': CRC-32 is ");
    ln_pth_close(&pth);
    ln_free(bytes);
    scratch_leave(folder);
}

/* ---- memory ------------------------------------------------------------------------------------------- */

static int read_all(const void *path) {
    struct ln_pth pth;
    LN_TRY(ln_pth_open(&pth, path));
    int status = LINNET_OK;
    for (size_t i = 0; i < pth.count && status == LINNET_OK; i++) {
        float values[32];
        status = ln_pth_read_f32(&pth, &pth.tensors[i], values);
    }
    ln_pth_close(&pth);
    return status;
}

static void test_out_of_memory(void **state) {
    static const char *const files[] = {"zip-views", "zip-checkpoint", "zip-python2", "stream-checkpoint",
                                        "tar-view"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_in_range(allocations_fail(read_all, seed(files[i])), 8, 100);
}

/* Each read of a record or a value fails in turn. */
static void test_disk_fails(void **state) {
    static const char *const files[] = {"zip",   "zip-views",         "zip-byteorder", "zip-Half",
                                        "zip64", "stream-checkpoint", "stream-view",   "tar-view"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_in_range(reads_fail(read_all, seed(files[i])), 4, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_two_storages), cmocka_unit_test(test_views),
        cmocka_unit_test(test_types),        cmocka_unit_test(test_unused_stride),
        cmocka_unit_test(test_sparse),       cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_cut),
        cmocka_unit_test(test_damaged),      cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_disk_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
