/* The model of a link: its text, and exchanges that the computation hides or exposes. */
#include "train/bench_ranks.h"
#include "unit/base/base_test.h"

#include <math.h>

static void a_link_is_a_rate_and_a_number_of_ranks(void **state) {
    struct ln_link link;
    assert_int_equal(ln_link_parse("10GbE,64", &link), LINNET_OK);
    assert_int_equal(link.ranks, 64);
    assert_true(link.bytes_per_s == 10e9 / 8 * 0.9);
    assert_int_equal(ln_link_parse("2.5,2", &link), LINNET_OK);
    static const char *const bad[] = {"",    "10GbE", "10GbE,", "10GbE,1",  "GbE,4", "10 GbE,4",
                                      "0,4", "-1,4",  "inf,4",  "10GbE,4x", ",4"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ln_link_parse(bad[i], &link), LINNET_ERR_USAGE);
        assert_string_equal(ln_error_get()->code, "bench-link");
        ln_error_clear();
    }
}

/* 1e6 bytes per second and two ranks: a bucket takes a second per million bytes, and twice the latency. */
static void what_ends_after_the_backward_pass_is_exposed(void **state) {
    const struct ln_link link = {1e6, 2};
    const double most = 1e-3;
    struct ln_exchange_bucket hidden[] = {{1000000, 0.5}, {1000000, 2.5}, {1000, 5}};
    assert_true(ln_link_exposed(&link, hidden, 3, 5) < 1e-3 + most); /* the last bucket alone */
    struct ln_exchange_bucket queued[] = {{4000000, 1}, {4000000, 2}, {1000, 5}};
    assert_true(ln_link_exposed(&link, queued, 3, 5) - 4.001 < most); /* from 1 to 9.001 */
    assert_true(ln_link_exposed(&link, queued, 3, 5) > 4);
    assert_true(ln_link_exposed(&link, NULL, 0, 0) == 0);
}

/* 62 MiB go round two ranks in 31 pieces, each of which waits twice for 30 us. */
static void each_piece_has_its_latency(void **state) {
    const struct ln_link link = {1e9, 2};
    struct ln_exchange_bucket large[] = {{(size_t)62 << 20, 0}};
    const double bytes_s = (double)large[0].bytes / 1e9;
    assert_true(fabs(ln_link_exposed(&link, large, 1, 0) - bytes_s - 31 * 60e-6) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_a_rate_and_a_number_of_ranks),
        cmocka_unit_test(what_ends_after_the_backward_pass_is_exposed),
        cmocka_unit_test(each_piece_has_its_latency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
