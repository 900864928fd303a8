/* A file as a stream: plain and gzip files give the same bytes, and damaged gzip data is always detected. */
#include "data/stream.h"
#include "unit/base/read_faults.h"
#include "unit/data/fixture.h"

enum { SIZE = 200000 }; /* more than one input buffer, even compressed */

static const unsigned char *noise(void) {
    static unsigned char data[SIZE];
    uint32_t x = 1;
    for (int i = 0; i < SIZE; i++) data[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
    return data;
}

/* Reads the file in pieces and expects exactly these bytes. */
static void assert_streams(const char *path, const unsigned char *data, size_t size, size_t piece) {
    struct ln_stream stream = {.code = "test-gzip"};
    unsigned char *out = test_malloc(piece);
    assert_int_equal(ln_stream_open(&stream, path), LINNET_OK);
    size_t at = 0, got;
    do {
        assert_true(ln_stream_most(&stream) >= size - at);
        assert_int_equal(ln_stream_read(&stream, out, piece, &got), LINNET_OK);
        assert_true(at + got <= size);
        assert_memory_equal(out, data + at, got);
        at += got;
    } while (got == piece);
    assert_int_equal(at, size);
    ln_stream_close(&stream);
    test_free(out);
}

static void plain_and_gzip_are_the_same(void **state) {
    const unsigned char *data = noise();
    put(*state, "plain", data, SIZE);
    put_gzip(*state, "packed", data, SIZE);
    static const size_t pieces[] = {1000, 1, SIZE, SIZE + 1, 65536};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        assert_streams(in(*state, "plain"), data, SIZE, pieces[i]);
        assert_streams(in(*state, "packed"), data, SIZE, pieces[i]);
    }
}

static void highly_packed_data_stays_below_the_bound(void **state) {
    unsigned char *zeros = test_calloc(5000000, 1);
    put_gzip(*state, "zeros", zeros, 5000000);
    assert_streams(in(*state, "zeros"), zeros, 5000000, 70000);
    test_free(zeros);
}

static void small_files(void **state) {
    put(*state, "empty", "", 0);
    put(*state, "one", "\x1f", 1);
    put_gzip(*state, "nothing packed", "", 0);
    assert_streams(in(*state, "empty"), NULL, 0, 10);
    assert_streams(in(*state, "one"), (const unsigned char *)"\x1f", 1, 10);
    assert_streams(in(*state, "nothing packed"), NULL, 0, 10);
}

/* RFC 1952, 2.2: a gzip file is a series of members. */
static void members_follow_each_other(void **state) {
    unsigned char packed[256];
    size_t size = gzip("one ", 4, packed, sizeof packed);
    size += gzip("", 0, packed + size, sizeof packed - size);
    size += gzip("two", 3, packed + size, sizeof packed - size);
    put(*state, "members", packed, size);
    assert_streams(in(*state, "members"), (const unsigned char *)"one two", 7, 100);
    assert_streams(in(*state, "members"), (const unsigned char *)"one two", 7, 1);
    packed[size] = 'x';
    put(*state, "more", packed, size + 1);
    struct ln_stream stream = {.code = "test-gzip"};
    size_t got;
    assert_int_equal(ln_stream_open(&stream, in(*state, "more")), LINNET_OK);
    assert_refused(ln_stream_read(&stream, packed, sizeof packed, &got), LINNET_ERR_INPUT, "test-gzip",
                   "gzip is damaged");
    ln_stream_close(&stream);
}

/* Opens the file and reads it to the end; the result is the whole text or a refusal. */
static int read_all(const char *path, const char *text) {
    struct ln_stream stream = {.code = "test-gzip"};
    char out[256];
    size_t got = 0;
    int status = ln_stream_open(&stream, path);
    if (status == LINNET_OK) status = ln_stream_read(&stream, out, sizeof out, &got);
    ln_stream_close(&stream);
    if (status == LINNET_OK) {
        assert_int_equal(got, strlen(text));
        assert_memory_equal(out, text, got);
    }
    return status;
}

static void cut_anywhere_is_refused(void **state) {
    static const char text[] = "the end of a gzip file is its checksum and its length";
    unsigned char packed[256];
    size_t size = gzip(text, strlen(text), packed, sizeof packed);
    for (size_t cut = 2; cut < size; cut++) { /* with the two magic bytes it is a gzip file */
        put(*state, "cut", packed, cut);
        assert_refused(read_all(in(*state, "cut"), text), LINNET_ERR_INPUT, "test-gzip", "it ends early");
    }
    put(*state, "whole", packed, size);
    assert_int_equal(read_all(in(*state, "whole"), text), LINNET_OK);
}

static void a_flipped_bit_is_refused_or_harmless(void **state) {
    static const char text[] = "the end of a gzip file is its checksum and its length";
    unsigned char packed[256];
    size_t size = gzip(text, strlen(text), packed, sizeof packed), harmless = 0;
    for (size_t bit = 16; bit < 8 * size; bit++) {
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        put(*state, "flipped", packed, size);
        int status = read_all(in(*state, "flipped"), text);
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (status == LINNET_OK)
            harmless++;
        else
            assert_refused(status, LINNET_ERR_INPUT, "test-gzip", "gzip is damaged");
    }
    assert_in_range(harmless, 1,
                    8 * 8); /* time, extra flags and system in the header do not affect the data */
}

/* The first member ends exactly at the end of an input buffer, because its stored file name has the length for that. */
static void a_member_ends_with_a_buffer(void **state) {
    enum { HEADER = 10, FLAGS = 3, NAME = 8 /* RFC 1952, 2.3.1: FNAME */ };
    unsigned char packed[256], *file = test_malloc(2 * LN_STREAM_INPUT);
    const size_t size = gzip("one", 3, packed, sizeof packed), name = LN_STREAM_INPUT - size;
    memcpy(file, packed, HEADER);
    file[FLAGS] |= NAME;
    memset(file + HEADER, 'n', name);
    file[HEADER + name - 1] = '\0';
    memcpy(file + HEADER + name, packed + HEADER, size - HEADER);
    const size_t second = gzip("two", 3, file + LN_STREAM_INPUT, LN_STREAM_INPUT);
    put(*state, "boundary", file, LN_STREAM_INPUT + second);
    assert_streams(in(*state, "boundary"), (const unsigned char *)"onetwo", 6, 10);
    test_free(file);
}

static int read_packed(const void *path) {
    return read_all(path, "text");
}

static void the_disk_fails_at_any_read(void **state) {
    put_gzip(*state, "packed", "text", 4);
    put(*state, "plain", "text", 4);
    assert_in_range(reads_fail(read_packed, in(*state, "packed")), 2, 10);
    assert_in_range(reads_fail(read_packed, in(*state, "plain")), 1, 10);
}

static void no_memory_at_any_call(void **state) {
    put_gzip(*state, "packed", "text", 4);
    int calls = 0, status;
    do {
        ln_alloc_fail_at((uint64_t)++calls);
        status = read_all(in(*state, "packed"), "text");
        if (status != LINNET_OK) assert_refused(status, LINNET_ERR_LIMIT, "mem-alloc", "out of memory");
    } while (status != LINNET_OK);
    ln_alloc_fail_at(0);
    assert_true(calls > 3); /* the path, our buffer, zlib's buffers */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(plain_and_gzip_are_the_same),
        fixture_test(highly_packed_data_stays_below_the_bound),
        fixture_test(small_files),
        fixture_test(members_follow_each_other),
        fixture_test(cut_anywhere_is_refused),
        fixture_test(a_flipped_bit_is_refused_or_harmless),
        fixture_test(a_member_ends_with_a_buffer),
        fixture_test(the_disk_fails_at_any_read),
        fixture_test(no_memory_at_any_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
