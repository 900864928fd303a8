/* The parser of multipart/form-data: what browsers and curl send, what is refused, and mutations of it. */
#include "cli_test.h"
#include "serve_multipart.h"

static const char type[] = "multipart/form-data; boundary=XX";

/* The number of parts, or -1 for a refusal. The copy has the exact size, so that a sanitizer detects reads beyond its end. */
static int count(const char *content_type, const void *body, size_t size, struct serve_part *last) {
    struct serve_multipart m;
    struct serve_part part;
    int found, parts = 0;
    unsigned char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, body, size);
    if (serve_multipart_begin(&m, content_type, copy, size)) {
        free(copy);
        return -1;
    }
    while ((found = serve_multipart_next(&m, &part)) > 0) {
        assert_true(part.bytes >= copy && part.bytes + part.count <= copy + size);
        assert_true(strlen(part.file) < SERVE_NAME_MAX && strlen(part.field) < SERVE_NAME_MAX);
        if (last) *last = part;
        if (last) last->bytes = NULL;
        parts++;
        assert_true((size_t)parts <= size);
    }
    free(copy);
    return found < 0 ? -1 : parts;
}

static int count_text(const char *body) {
    return count(type, body, strlen(body), NULL);
}

static void test_type(void **state) {
    assert_true(serve_multipart_is("multipart/form-data; boundary=x"));
    assert_true(serve_multipart_is("Multipart/Form-Data;boundary=x"));
    assert_false(serve_multipart_is("multipart/form-database"));
    assert_false(serve_multipart_is("multipart/mixed; boundary=x"));
    assert_false(serve_multipart_is("image/png"));
    assert_false(serve_multipart_is(NULL));
}

static void test_parts(void **state) {
    static const char body[] = "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"cat.jpg\"\r\n"
                               "Content-Type: image/jpeg\r\n\r\nJPEG\r\n--X not the end\r\n"
                               "\r\n--XX\r\ncontent-disposition: form-data; name=b\r\n\r\n\r\n--XX--\r\n";
    struct serve_multipart m;
    struct serve_part part;
    assert_int_equal(serve_multipart_begin(&m, type, body, sizeof body - 1), 0);
    assert_int_equal(serve_multipart_next(&m, &part), 1);
    assert_string_equal(part.field, "a");
    assert_string_equal(part.file, "cat.jpg");
    assert_true(part.is_file);
    assert_int_equal(part.count, strlen("JPEG\r\n--X not the end\r\n"));
    assert_memory_equal(part.bytes, "JPEG\r\n--X not the end\r\n", part.count);
    assert_int_equal(serve_multipart_next(&m, &part), 1);
    assert_string_equal(part.field, "b");
    assert_false(part.is_file);
    assert_int_equal(part.count, 0);
    assert_int_equal(serve_multipart_next(&m, &part), 0);
    assert_int_equal(serve_multipart_next(&m, &part), 0);
}

static void test_names(void **state) {
    struct serve_part part;
    static const char body[] =
        "--XX\r\nContent-Disposition: form-data; name=\"a;b\"; filename=\"q\\\"; filename=x\"\r\n"
        "\r\n1\r\n--XX--";
    assert_int_equal(count(type, body, sizeof body - 1, &part), 1);
    assert_string_equal(part.field, "a;b");
    assert_string_equal(part.file, "q\"; filename=x");
    char name[2000], whole[3000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    snprintf(whole, sizeof whole, "--XX\r\nContent-Disposition: form-data; filename=%s\r\n\r\n1\r\n--XX--",
             name);
    assert_int_equal(count(type, whole, strlen(whole), &part), 1);
    assert_int_equal(strlen(part.file), SERVE_NAME_MAX - 1);
}

static void test_boundaries(void **state) {
    static const char body[] = "--a b\r\n\r\nx\r\n--a b--";
    assert_int_equal(
        count("multipart/form-data; charset=utf-8; boundary=\"a b\"", body, sizeof body - 1, NULL), 1);
    char long_type[200] = "multipart/form-data; boundary=";
    memset(long_type + strlen(long_type), 'b', 71);
    assert_int_equal(count(long_type, body, sizeof body - 1, NULL), -1);
    assert_int_equal(count("multipart/form-data", body, sizeof body - 1, NULL), -1);
    assert_int_equal(count("multipart/form-data; boundary=", body, sizeof body - 1, NULL), -1);
    assert_int_equal(count("multipart/form-data; boundary=\"\"", body, sizeof body - 1, NULL), -1);
    assert_int_equal(count_text("preamble\r\n--XX \t\r\n\r\nx\r\n--XX--"), 1);
    assert_int_equal(count_text("--XX--"), 0);
}

static void test_refusals(void **state) {
    struct serve_multipart empty;
    assert_int_equal(serve_multipart_begin(&empty, "multipart/form-data; boundary=b", NULL, 0), -1);
    assert_int_equal(count_text(""), -1);
    assert_int_equal(count_text("--X"), -1);
    assert_int_equal(count_text("--XX"), -1);
    assert_int_equal(count_text("--XX\r\n"), -1);
    assert_int_equal(count_text("--XX\r\n\r\n"), -1);
    assert_int_equal(count_text("--XX\r\n\r\nno end"), -1);
    assert_int_equal(count_text("--XX\r\nheader without end\r\n--XX--"), -1);
    assert_int_equal(count_text("--XXa\r\n\r\nx\r\n--XX--"), -1);
    assert_int_equal(count_text("--XX\r\n\r\nx\r\n--XXwrong\r\n"), -1);
    static const char nul[] = "--XX\r\nA: \0\r\n\r\nx\r\n--XX--";
    assert_int_equal(count(type, nul, sizeof nul - 1, NULL), -1);
    char *large = calloc(1, 20000);
    assert_non_null(large);
    memset(large, 'h', 19000);
    memcpy(large, "--XX\r\nA: ", 9);
    memcpy(large + 19000, "\r\n\r\nx\r\n--XX--", 13);
    assert_int_equal(count(type, large, strlen(large), NULL), -1); /* headers of more than 8 KiB */
    free(large);
}

static uint32_t next_random(uint32_t *x) {
    *x ^= *x << 13, *x ^= *x >> 17, *x ^= *x << 5;
    return *x;
}

/* Flipped bits, removed and repeated pieces: the parser never reads beyond the body and never loops for ever. */
static void test_mutations(void **state) {
    static const char seed[] =
        "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"cat.jpg\"\r\n\r\nJPEG\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--XX--\r\n";
    static const char *const pieces[] = {"\r\n", "--XX", "\r\n--XX", "--", "\"", "\\", ";", "=", "filename="};
    uint32_t x = 2463534242u;
    for (int round = 0; round < 200000; round++) {
        char body[400], kind[] = "multipart/form-data; boundary=XX";
        size_t size = sizeof seed - 1;
        memcpy(body, seed, size);
        for (uint32_t n = 1 + next_random(&x) % 5; n > 0 && size > 0; n--) {
            const size_t at = next_random(&x) % size;
            const char *piece = pieces[next_random(&x) % 9];
            const size_t length = strlen(piece);
            switch (next_random(&x) % 4) {
            case 0: body[at] = (char)(body[at] ^ 1 << next_random(&x) % 8); break;
            case 1: size = at; break;
            case 2:
                if (size + length > sizeof body) break;
                memmove(body + at + length, body + at, size - at);
                memcpy(body + at, piece, length);
                size += length;
                break;
            default: kind[20 + next_random(&x) % 12] = (char)next_random(&x); break;
            }
        }
        count(kind, body, size, NULL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_type),     cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_names),    cmocka_unit_test(test_boundaries),
                                       cmocka_unit_test(test_refusals), cmocka_unit_test(test_mutations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
