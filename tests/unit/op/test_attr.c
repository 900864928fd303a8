/* Attributes as a table. */
#include "unit/base/base_test.h"

#include "op/attr.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct attrs {
    int size, groups;
    struct ln_pair kernel, padding, stride;
    double rate;
    bool flag;
};

#define AT(field) offsetof(struct attrs, field)
static const struct ln_attr table[] = {
    {"size", LN_ATTR_INT, AT(size), 0, 1, 100, true},
    {"groups", LN_ATTR_INT, AT(groups), 4, 1, 100},
    {"kernel", LN_ATTR_PAIR, AT(kernel), 0, 1, 50, true},
    {"padding", LN_ATTR_PAIR, AT(padding), 0, 0, 50},
    {"stride", LN_ATTR_PAIR, AT(stride), 1, 1, 50},
    {"rate", LN_ATTR_REAL, AT(rate), 0.5, 0, 1},
    {"flag", LN_ATTR_BOOL, AT(flag)},
    {NULL},
};

static void resolved_check(struct attrs a, const struct attrs *want, const char *text) {
    struct ln_text out = {0};
    assert_int_equal(ln_attr_resolve(table, &a, "layer"), LINNET_OK);
    assert_int_equal(a.size, want->size);
    assert_int_equal(a.groups, want->groups);
    assert_memory_equal(&a.kernel, &want->kernel, sizeof a.kernel);
    assert_memory_equal(&a.padding, &want->padding, sizeof a.padding);
    assert_memory_equal(&a.stride, &want->stride, sizeof a.stride);
    assert_true(a.rate == want->rate);
    assert_int_equal(a.flag, want->flag);
    ln_attr_print(table, &a, &out);
    assert_string_equal(out.data, text);
    ln_text_fini(&out);
}

/* Zeros become defaults; LINNET_NONE becomes zero; the print leaves defaults out. */
static void test_resolve(void **state) {
    resolved_check((struct attrs){.size = 3, .kernel = {2}},
                   &(struct attrs){3, 4, {2, 2}, {0, 0}, {1, 1}, 0.5, false}, " size=3 kernel=2");
    resolved_check(
        (struct attrs){.size = 3, .kernel = {2, 5}, .padding = {LINNET_NONE, 2}, .rate = LINNET_NONE},
        &(struct attrs){3, 4, {2, 5}, {0, 2}, {1, 1}, 0, false}, " size=3 kernel=2x5 padding=0x2 rate=0");
    resolved_check(
        (struct attrs){.size = 100, .groups = 4, .kernel = {50}, .stride = {1, 2}, .rate = 1, .flag = true},
        &(struct attrs){100, 4, {50, 50}, {0, 0}, {1, 2}, 1, true},
        " size=100 kernel=50 stride=1x2 rate=1 flag");
    resolved_check((struct attrs){.size = 1, .kernel = {1}, .padding = {3, LINNET_NONE}, .rate = 0.1},
                   &(struct attrs){1, 4, {1, 1}, {3, 0}, {1, 1}, 0.1, false},
                   " size=1 kernel=1 padding=3x0 rate=0.10000000000000001");
}

static void test_resolve_twice(void **state) {
    struct attrs a = {.size = 3, .kernel = {2, 3}, .stride = {2}}, once;
    assert_int_equal(ln_attr_resolve(table, &a, "layer"), LINNET_OK);
    once = a;
    assert_int_equal(ln_attr_resolve(table, &a, "layer"), LINNET_OK);
    assert_memory_equal(&once.kernel, &a.kernel, sizeof a.kernel);
    assert_memory_equal(&once.stride, &a.stride, sizeof a.stride);
}

static void test_ranges(void **state) {
    static const struct {
        struct attrs attrs;
        const char *part;
    } cases[] = {
        {{.kernel = {1}}, "layer: size is missing"},
        {{.size = 1}, "layer: kernel is missing"},
        {{.size = 101, .kernel = {1}}, "layer: size 101 is outside 1 to 100"},
        {{.size = -5, .kernel = {1}}, "layer: size -5"},
        {{.size = 1, .kernel = {51}}, "layer: kernel 51"},
        {{.size = 1, .kernel = {1, 51}}, "layer: kernel 51"},
        {{.size = 1, .kernel = {1, LINNET_NONE}}, "layer: kernel 0"},
        {{.size = 1, .kernel = {1}, .padding = {-3}}, "layer: padding -3"},
        {{.size = 1, .kernel = {1}, .rate = 1.5}, "layer: rate 1.5"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attrs a = cases[i].attrs;
        assert_failure(ln_attr_resolve(table, &a, "layer"), LINNET_ERR_USAGE, "op-attr", cases[i].part);
    }
}

/* Parsed attributes print as the same text. */
static void test_parse(void **state) {
    static const char *const words[] = {"size=7",   "groups=2", "kernel=3x1", "padding=0x2",
                                        "stride=2", "rate=0",   "flag"};
    struct attrs a = {0};
    struct ln_text out = {0};
    for (size_t i = 0; i < COUNT(words); i++)
        assert_int_equal(ln_attr_parse(table, &a, words[i], "layer"), LINNET_OK);
    assert_int_equal(ln_attr_resolve(table, &a, "layer"), LINNET_OK);
    ln_attr_print(table, &a, &out);
    assert_string_equal(out.data, " size=7 groups=2 kernel=3x1 padding=0x2 stride=2 rate=0 flag");
    ln_text_fini(&out);
}

static void test_parse_refusals(void **state) {
    static const struct {
        const char *word, *part;
    } cases[] = {
        {"kernel=0000000000000003", "is not a value for kernel"}, /* 16 digits, one too many */
        {"kernel=0000000000000003x3", "is not a value for kernel"},
        {"", "unknown attribute ''"},
        {"colour=3", "unknown attribute 'colour=3'"},
        {"siz=3", "unknown attribute"},
        {"sizes=3", "unknown attribute"},
        {"size", "'size' is not a value"},
        {"size=", "'size=' is not a value for size"},
        {"size=3.5", "'size=3.5'"},
        {"size=0x10", "'size=0x10'"},
        {"size=3 ", "'size=3 '"},
        {"size=9999999999", "'size=9999999999'"},
        {"kernel=", "'kernel='"},
        {"kernel=x", "'kernel=x'"},
        {"kernel=1x2x3", "'kernel=1x2x3'"},
        {"kernel=-1x2", "'kernel=-1x2'"},
        {"rate=abc", "'rate=abc'"},
        {"rate=inf", "'rate=inf'"},
        {"rate=nan", "'rate=nan'"},
        {"flag=true", "'flag=true'"},
        {"size=\x7f", "'size=\\x7f'"},
        {"kernel=00000000000000001", "'kernel=00000000000000001'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attrs a = {0};
        assert_failure(ln_attr_parse(table, &a, cases[i].word, "layer"), LINNET_ERR_INPUT, "net-attr",
                       cases[i].part);
    }
}

static void test_no_table(void **state) {
    struct ln_text out = {0};
    assert_int_equal(ln_attr_resolve(NULL, NULL, "layer"), LINNET_OK);
    ln_attr_print(NULL, NULL, &out);
    assert_null(out.data);
    assert_failure(ln_attr_parse(NULL, NULL, "a=1", "layer"), LINNET_ERR_INPUT, "net-attr", "'a=1'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolve),  cmocka_unit_test(test_resolve_twice),
        cmocka_unit_test(test_ranges),   cmocka_unit_test(test_parse),
        cmocka_unit_test(test_no_table), cmocka_unit_test(test_parse_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
