/* Who may talk to the server: Host, Origin, Authorization. */
#include "cli_test.h"
#include "serve_guard.h"

static void test_hosts(void **state) {
    const struct serve_guard local = {0}, named = {.names = "a.example,b.example:81,"}, open = {.open = true};
    static const char *const good[] = {"localhost", "LocalHost:8080", "127.0.0.1:1", "[::1]", "[::1]:65535"};
    static const char *const bad[] = {
        "",       ":80",       "evil.example", "localhost.evil.example", "localhost:8x",   "[::1",
        "[::1]x", "127.0.0.2", "10.0.0.1:80",  "localhost:123456",       "localhost:80:80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_true(serve_guard_host(&local, good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(serve_guard_host(&local, bad[i]));
    assert_false(serve_guard_host(&local, NULL));
    assert_true(serve_guard_host(&named, "A.example"));
    assert_true(serve_guard_host(&named, "a.example:9"));
    assert_true(serve_guard_host(&named, "b.example:81"));
    assert_false(serve_guard_host(&named, "b.example:82"));
    assert_false(serve_guard_host(&named, "b.example"));
    assert_false(serve_guard_host(&named, "xa.example"));
    assert_false(serve_guard_host(&named, "a.example.x"));
    assert_true(serve_guard_host(&open, "10.0.0.1:80"));
    assert_true(serve_guard_host(&open, "[fe80::1]:80"));
    assert_false(serve_guard_host(&open, "10.0.0.1.example:80"));
    assert_false(serve_guard_host(&open, "[x]"));
    assert_false(serve_guard_host(&open, "[]"));
}

static void test_origins(void **state) {
    assert_true(serve_guard_origin("localhost:8080", NULL));
    assert_true(serve_guard_origin("localhost:8080", "http://localhost:8080"));
    assert_true(serve_guard_origin("linnet.example", "https://LINNET.example"));
    assert_false(serve_guard_origin("localhost:8080", "http://localhost:80801"));
    assert_false(serve_guard_origin("localhost:8080", "http://localhost"));
    assert_false(serve_guard_origin("localhost:8080", "ftp://localhost:8080"));
    assert_false(serve_guard_origin("localhost:8080", "null"));
    assert_false(serve_guard_origin("localhost:8080", ""));
    assert_false(serve_guard_origin(NULL, "http://"));
}

static void test_tokens(void **state) {
    const struct serve_guard none = {0}, guard = {.token = "secret"};
    assert_true(serve_guard_token(&none, NULL));
    assert_true(serve_guard_token(&guard, "Bearer secret"));
    assert_true(serve_guard_token(&guard, "bearer secret"));
    static const char *const bad[] = {"",
                                      "secret",
                                      "Bearer ",
                                      "Bearer secre",
                                      "Bearer secretx",
                                      "Bearer xecret",
                                      "Basic secret",
                                      "Bearer Secret",
                                      "Bearersecret"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(serve_guard_token(&guard, bad[i]));
    assert_false(serve_guard_token(&guard, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hosts), cmocka_unit_test(test_origins),
                                       cmocka_unit_test(test_tokens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
