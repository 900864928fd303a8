/* Durations for people, dates for logs. */
#include "base/clock.h"
#include "base_test.h"
#include <math.h>
#include <time.h>

static void test_duration(void **state) {
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0.0s"},     {0.5, "0.5s"},       {9.94, "9.9s"},    {9.96, "10s"},      {12.3, "12s"},
        {59.4, "59s"},   {59.7, "1m00s"},     {75.2, "1m15s"},   {3599.4, "59m59s"}, {3599.6, "1h00m"},
        {7384, "2h03m"}, {360000, "100h00m"}, {-75.2, "-1m15s"}, {NAN, "?"},         {INFINITY, "?"},
        {1e300, "?"},    {0.04, "0.0s"},      {7199.9, "2h00m"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[32];
        assert_string_equal(ln_clock_duration(cases[i].seconds, out, sizeof out), cases[i].text);
    }
    char small[4] = "###";
    ln_clock_duration(7384, small, 3);
    assert_string_equal(small, "2h");
}

static void test_date(void **state) {
    char out[21], small[5];
    struct tm read = {0};
    assert_string_not_equal(ln_clock_date(out, sizeof out), "");
    const char *end = strptime(out, "%Y-%m-%dT%H:%M:%SZ", &read);
    assert_true(end && !*end);
    assert_true(llabs((long long)(timegm(&read) - time(NULL))) <= 2);
    assert_string_equal(ln_clock_date(small, sizeof small), ""); /* no truncated date */
}

static void test_now(void **state) {
    double before = ln_clock_now();
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    double passed = ln_clock_now() - before;
    assert_true(passed >= 0.0199 && passed < 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
