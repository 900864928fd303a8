/* The log: no output without a listener, one line per message with one. */
#include "base/log.h"
#include "base_test.h"

struct heard {
    int lines, level;
    char line[2048];
};

static void listen(void *user, int level, const char *line) {
    struct heard *heard = user;
    heard->lines++;
    heard->level = level;
    snprintf(heard->line, sizeof heard->line, "%s", line);
}

static void test_listener(void **state) {
    struct heard heard = {0};
    ln_log(LINNET_LOG_WARNING, "nobody hears %d", 1);
    ln_log_set(listen, &heard);
    ln_log(LINNET_LOG_INFO, "plan: %d steps, %s", 61, "7 fused");
    assert_int_equal(heard.lines, 1);
    assert_int_equal(heard.level, LINNET_LOG_INFO);
    assert_string_equal(heard.line, "plan: 61 steps, 7 fused");
    ln_log_set(NULL, NULL);
    ln_log(LINNET_LOG_INFO, "again nobody");
    assert_int_equal(heard.lines, 1);
}

static void test_long_line(void **state) {
    struct heard heard = {0};
    ln_log_set(listen, &heard);
    ln_log(LINNET_LOG_DEBUG, "%5000d", 1);
    ln_log_set(NULL, NULL);
    assert_int_equal(strlen(heard.line), 1023);
}

static void test_once(void **state) {
    struct heard heard = {0};
    ln_log_set(listen, &heard);
    for (int i = 0; i < 3; i++) ln_log_once(LN_LOG_NO_FONT, LINNET_LOG_WARNING, "no font");
    assert_int_equal(heard.lines, 1);
    ln_log_once(LN_LOG_NO_TEXT, LINNET_LOG_WARNING, "no text");
    assert_int_equal(heard.lines, 2);
    ln_log_set(listen, &heard); /* another run of the same process */
    ln_log_once(LN_LOG_NO_FONT, LINNET_LOG_WARNING, "no font");
    assert_int_equal(heard.lines, 3);
    ln_log_set(NULL, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listener),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
