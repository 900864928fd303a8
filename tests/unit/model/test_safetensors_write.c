/* Writing safetensors: we and Python read back what was written; equal input gives equal bytes; a failed
 * write keeps the old file and leaves no temporary file. */
#include "model/safetensors.h"
#include "safetensors_folder.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const float weight[2][3] = {{1, -2.5f, 3}, {0, -0.0f, 0x1p-140f}};
static const int64_t steps = -7;
static const uint16_t half[3] = {0x3c00, 0xc000, 0x7bff};

static struct ln_st_tensor tensors[] = {
    {.name = "conv1.weight", .dtype = LN_F32, .shape = {2, {2, 3}}},
    {.name = "none", .dtype = LN_F32, .shape = {3, {4, 0, 2}}},
    {.name = "bn1.num_batches_tracked", .dtype = LN_I64, .shape = {0}},
    {.name = "caf\xc3\xa9 \"\\\n", .dtype = LN_F16, .shape = {1, {3}}},
};
static const void *const data[] = {weight, NULL, &steps, half};
static const struct ln_st_pair metadata[] = {
    {"format", "pt"},
    {"linnet.net", "input 1 28 28\nconv \"c1\" \\ 6\t5\x01\xe2\x82\xac"},
};
enum { TENSORS = 4, PAIRS = 2 };

static int write_some(const char *path, struct ln_st_tensor *list, size_t count,
                      const struct ln_st_pair *pairs, size_t pair_count) {
    struct ln_st_writer w;
    ln_error_clear();
    int status = ln_st_writer_begin(&w, path, list, count, pairs, pair_count);
    for (size_t i = 0; i < count && status == LINNET_OK; i++) status = ln_st_writer_tensor(&w, data[i]);
    if (status == LINNET_OK) status = ln_st_writer_commit(&w);
    ln_st_writer_abort(&w);
    return status;
}

static int write_all(const char *path) {
    return write_some(path, tensors, TENSORS, metadata, PAIRS);
}

static size_t bytes_read(const char *path, unsigned char **bytes) {
    size_t size;
    assert_int_equal(ln_file_read(path, 1 << 20, bytes, &size), LINNET_OK);
    return size;
}

/* ---- read back ---------------------------------------------------------------------------------------- */

static void check_file(const char *path) {
    struct ln_st_file st;
    float read[2][3];
    int64_t wide;
    assert_int_equal(ln_st_open(&st, path), LINNET_OK);
    assert_int_equal(st.count, TENSORS);
    for (size_t i = 0; i < TENSORS; i++) {
        const struct ln_st_tensor *found = ln_st_find(&st, tensors[i].name);
        assert_non_null(found);
        assert_int_equal(found->dtype, tensors[i].dtype);
        assert_true(ln_shape_equal(&found->shape, &tensors[i].shape));
    }
    assert_int_equal(ln_st_read(&st, ln_st_find(&st, tensors[0].name), read), LINNET_OK);
    assert_memory_equal(read, weight, sizeof weight);
    assert_int_equal(ln_st_read(&st, ln_st_find(&st, tensors[2].name), &wide), LINNET_OK);
    assert_true(wide == steps);
    assert_int_equal(ln_st_read_f32(&st, ln_st_find(&st, tensors[3].name), read[0]), LINNET_OK);
    assert_true(read[0][0] == 1 && read[0][1] == -2 && read[0][2] == 65504);
    assert_int_equal(st.metadata_count, PAIRS);
    for (size_t i = 0; i < PAIRS; i++)
        assert_string_equal(ln_st_metadata(&st, metadata[i].key), metadata[i].value);
    ln_st_close(&st);
}

static void test_round_trip(void **state) {
    int64_t live = ln_alloc_live();
    const char *path = folder_path("round.safetensors");
    assert_int_equal(write_all(path), LINNET_OK);
    assert_int_equal(tensors[0].offset % 64, 0); /* the data begins on a cache line */
    assert_int_equal(tensors[2].offset, tensors[0].offset + sizeof weight);
    assert_int_equal(tensors[3].bytes, sizeof half);
    check_file(path);
    assert_true(ln_alloc_live() == live);
}

static void test_same_bytes(void **state) {
    unsigned char *first, *second;
    assert_int_equal(write_all(folder_path("round.safetensors")), LINNET_OK);
    assert_int_equal(write_all(folder_path("again.safetensors")), LINNET_OK);
    size_t size = bytes_read(folder_path("round.safetensors"), &first);
    assert_int_equal(bytes_read(folder_path("again.safetensors"), &second), size);
    assert_memory_equal(first, second, size);
    ln_free(first);
    ln_free(second);
}

static void test_empty(void **state) {
    struct ln_st_file st;
    const char *path = folder_path("nothing.safetensors");
    assert_int_equal(write_some(path, NULL, 0, NULL, 0), LINNET_OK);
    assert_int_equal(ln_st_open(&st, path), LINNET_OK);
    assert_int_equal(st.file.size, 64);
    assert_int_equal(st.count + st.metadata_count, 0);
    ln_st_close(&st);
}

/* Larger than any buffer involved. */
static void test_large(void **state) {
    enum { N = 3 << 20 };
    struct ln_st_tensor large = {.name = "large", .dtype = LN_F32, .shape = {1, {N}}};
    float *values = test_calloc(N, sizeof *values), *read = test_calloc(N, sizeof *read);
    struct ln_st_writer w;
    struct ln_st_file st;
    const char *path = folder_path("large.safetensors");
    for (int i = 0; i < N; i++) values[i] = (float)i;
    assert_int_equal(ln_st_writer_begin(&w, path, &large, 1, NULL, 0), LINNET_OK);
    assert_int_equal(ln_st_writer_tensor(&w, values), LINNET_OK);
    assert_int_equal(ln_st_writer_commit(&w), LINNET_OK);
    assert_int_equal(ln_st_open(&st, path), LINNET_OK);
    assert_int_equal(ln_st_read_f32(&st, &st.tensors[0], read), LINNET_OK);
    assert_memory_equal(read, values, N * sizeof *values);
    ln_st_close(&st);
    test_free(values);
    test_free(read);
}

/* ---- Python ------------------------------------------------------------------------------------------- */

/* Runs a script from this folder. Returns its exit status, and its output in out[size]. Skips the test if the
 * interpreter is missing. */
static int python_run(const char *python, const char *script, const char *arguments, char *out, size_t size) {
    const char *source = getenv("LINNET_SOURCE");
    char command[1024];
    if (!source || !python || access(python, X_OK) != 0) {
        print_message("skipped: no %s\n", !source  ? "LINNET_SOURCE"
                                          : python ? python
                                                   : "LINNET_PEERS_PYTHON");
        skip();
    }
    snprintf(command, sizeof command, "'%s' '%s/tests/unit/model/%s' %s", python, source, script, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(out, 1, size - 1, pipe);
    out[length] = '\0';
    return WEXITSTATUS(pclose(pipe));
}

static void test_python_reads(void **state) {
    static const char expected[] =
        "data 0\n"
        "meta [\"format\", \"pt\"]\n"
        "meta [\"linnet.net\", \"input 1 28 28\\nconv \\\"c1\\\" \\\\ 6\\t5\\u0001\\u20ac\"]\n"
        "tensor \"conv1.weight\" F32 [2, 3] 0000803f000020c000004040000000000000008000020000\n"
        "tensor \"none\" F32 [4, 0, 2] \n"
        "tensor \"bn1.num_batches_tracked\" I64 [] f9ffffffffffffff\n"
        "tensor \"caf\\u00e9 \\\"\\\\\\n\" F16 [3] 003c00c0ff7b\n";
    char out[4096];
    const char *path = folder_path("python.safetensors");
    assert_int_equal(write_all(path), LINNET_OK);
    assert_int_equal(python_run("/usr/bin/python3", "safetensors_read.py", path, out, sizeof out), 0);
    assert_string_equal(out, expected);
}

/* Round trip through the safetensors package, if the interpreter named by LINNET_PEERS_PYTHON has it. */
static void test_peer_round_trip(void **state) {
    char out[4096], paths[256];
    snprintf(paths, sizeof paths, "%s/peer.safetensors %s/back.safetensors", folder, folder);
    assert_int_equal(write_all(folder_path("peer.safetensors")), LINNET_OK);
    int status = python_run(getenv("LINNET_PEERS_PYTHON"), "safetensors_peer.py", paths, out, sizeof out);
    if (status == 77) {
        print_message("skipped: %s", out);
        skip();
    }
    assert_int_equal(status, 0);
    check_file(folder_path("back.safetensors"));
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

static const char old[] = "the old file";

static const char *old_make(void) {
    const char *path = folder_path("old.safetensors");
    bytes_write(path, old, sizeof old);
    return path;
}

/* Expects the old file unchanged and no temporary file. */
static void check_old(void) {
    struct ln_file_list list;
    unsigned char *bytes;
    assert_int_equal(bytes_read(folder_path("old.safetensors"), &bytes), sizeof old);
    assert_memory_equal(bytes, old, sizeof old);
    ln_free(bytes);
    assert_int_equal(ln_file_list_read(&list, folder), LINNET_OK);
    for (size_t i = 0; i < list.count; i++) assert_null(strstr(list.entries[i].name, ".tmp"));
    ln_file_list_fini(&list);
}

static void check_refused(const char *code, struct ln_st_tensor *list, size_t count,
                          const struct ln_st_pair *pairs, size_t pair_count) {
    int64_t live = ln_alloc_live();
    assert_true(write_some(old_make(), list, count, pairs, pair_count) != LINNET_OK);
    assert_string_equal(ln_error_get()->code, code);
    assert_true(ln_alloc_live() == live);
    check_old();
}

/* The writer refuses everything that the reader would refuse. */
static void test_refused(void **state) {
    struct ln_st_tensor twice[2] = {tensors[0], tensors[0]};
    struct ln_st_tensor reserved = {.name = "__metadata__", .dtype = LN_F32, .shape = {1, {1}}};
    struct ln_st_tensor negative = {.name = "a", .dtype = LN_F32, .shape = {2, {1, -1}}};
    struct ln_st_tensor huge = {.name = "a", .dtype = LN_F32, .shape = {2, {INT64_MAX, 4}}};
    const struct ln_st_pair pairs[2] = {metadata[0], metadata[0]};
    check_refused("st-duplicate", twice, 2, NULL, 0);
    check_refused("st-duplicate", &reserved, 1, metadata, PAIRS);
    check_refused("st-metadata", &reserved, 1, NULL, 0);
    check_refused("st-duplicate", tensors, TENSORS, pairs, 2);
    check_refused("st-shape", &negative, 1, NULL, 0);
    check_refused("st-shape", &huge, 1, NULL, 0);
}

static void test_abort(void **state) {
    struct ln_st_writer w = {0};
    int64_t live = ln_alloc_live();
    ln_st_writer_abort(&w);
    assert_int_equal(ln_st_writer_begin(&w, old_make(), tensors, TENSORS, metadata, PAIRS), LINNET_OK);
    assert_int_equal(ln_st_writer_tensor(&w, data[0]), LINNET_OK);
    ln_st_writer_abort(&w);
    assert_true(ln_alloc_live() == live);
    check_old();
}

static void test_memory_fails(void **state) {
    const char *path = old_make();
    int64_t live = ln_alloc_live();
    int status = LINNET_ERR_LIMIT, n = 0;
    for (;;) {
        ln_alloc_fail_at((uint64_t)++n);
        status = write_all(path);
        ln_alloc_fail_at(0);
        assert_true(ln_alloc_live() == live);
        if (status == LINNET_OK) break;
        assert_int_equal(status, LINNET_ERR_LIMIT);
        assert_string_equal(ln_error_get()->code, "mem-alloc");
        check_old();
        assert_in_range(n, 1, 200);
    }
    assert_in_range(n, 15, 200);
    check_file(path);
}

/* Simulates a disk that is full after `limit` bytes, without root: a size limit for files. */
static int write_limited(const char *path, rlim_t limit) {
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = limit, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int status = write_all(path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    return status;
}

static void test_disk_full(void **state) {
    const char *path = folder_path("old.safetensors");
    unsigned char *bytes;
    assert_int_equal(write_all(path), LINNET_OK);
    size_t size = bytes_read(path, &bytes);
    ln_free(bytes);
    old_make();
    int64_t live = ln_alloc_live();
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN); /* writing fails with EFBIG instead of a signal */
    for (size_t limit = 0; limit < size; limit += limit < 8 ? 1 : 61) {
        assert_int_equal(write_limited(path, limit), LINNET_ERR_IO);
        assert_string_equal(ln_error_get()->code, "file-write");
        assert_true(ln_alloc_live() == live);
        check_old();
    }
    assert_int_equal(write_limited(path, size), LINNET_OK);
    signal(SIGXFSZ, before);
    check_file(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_empty),        cmocka_unit_test(test_large),
        cmocka_unit_test(test_python_reads), cmocka_unit_test(test_peer_round_trip),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_abort),
        cmocka_unit_test(test_memory_fails), cmocka_unit_test(test_disk_full),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
