/* Options by table, on a table made for this test: text, checks, defaults, filling, JSON. */
#include "base/json.h"
#include "base/option.h"
#include "base_test.h"
#include <math.h>

struct opts {
    int count;
    double rate, share;
    double time;
    uint64_t seed;
    bool average;
    double average_decay;
    const char *kind, *file, *list;
};

static const char *kind_name(int index) {
    static const char *const names[] = {"plain", "fast", "steady", NULL};
    return names[index];
}

static bool is_slow(const char *kind) {
    return strcmp(kind, "fast") != 0;
}

static void print_share(char *out, size_t size) {
    snprintf(out, size, "fast 0.5");
}

#define ROW(kind, field) .name = #field, .type = LINNET_OPTION_##kind, .offset = offsetof(struct opts, field)
enum { COUNT, KIND, RATE, SHARE, TIME, SEED, AVERAGE, DECAY, FILE_, LIST };
static const struct linnet_option table[] = {
    {ROW(INT, count), .flag = "count", .key = "count", .preset = 10, .max = 100, .zero_is_none = true},
    {ROW(STRING, kind), .flag = "kind", .key = "kind", .choice = kind_name, .preset_name = "plain"},
    {ROW(DOUBLE, rate), .flag = "rate", .key = "rate", .max = 5, .zero_is_none = true, .goes_with = "kind",
     .goes_with_choice = is_slow},
    {ROW(DOUBLE, share), .flag = "share", .key = "share", .max = 1, .zero_is_none = true,
     .default_print = print_share},
    {ROW(SECONDS, time), .flag = "time", .key = "time_s", .min = 1, .max = 36000, .default_text = "no limit"},
    {ROW(INT64, seed), .flag = "seed", .key = "seed", .max = 1e18, .zero_is_none = true},
    {ROW(BOOL, average), .flag = "average", .key = "average"},
    {ROW(DOUBLE, average_decay), .flag = "average-decay", .key = "average_decay", .preset = 0.9, .min = 0.1,
     .max = 0.99, .goes_with = "average"},
    {ROW(STRING, file), .flag = "file", .key = "file"},
    {ROW(STRING, list), .flag = "list", .not_with = "file"},
};

static const struct linnet_option *options(int index) {
    return LN_OPTION_ROW(table, index);
}

static void parses(int row, const char *text, struct opts *o) {
    assert_int_equal(ln_option_parse(&table[row], o, text), LINNET_OK);
}

static void test_text(void **state) {
    struct opts o = {0};
    parses(COUNT, "7", &o);
    parses(RATE, "0.25", &o);
    parses(KIND, "steady", &o);
    parses(SEED, "1000000000000000000", &o);
    parses(AVERAGE, NULL, &o);
    parses(FILE_, "a b", &o);
    assert_int_equal(o.count, 7);
    assert_true(o.rate == 0.25 && o.average);
    assert_true(o.seed == 1000000000000000000ULL);
    assert_string_equal(o.kind, "steady");
    assert_string_equal(o.file, "a b");
    parses(COUNT, "0", &o);
    parses(RATE, "0", &o);
    parses(SEED, "0", &o);
    assert_true(o.count == LINNET_NONE && o.rate == LINNET_NONE && (int64_t)o.seed == LINNET_NONE);
}

static void test_times(void **state) {
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"1s", 1}, {"90s", 90}, {"30m", 1800}, {"1.5h", 5400}, {"10h", 36000}};
    static const char *const bad[] = {"30", "s", "", "0s", "11h", "1d", "1 h", "-1m", "nans", "0x1s"};
    struct opts o = {0};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        parses(TIME, good[i].text, &o);
        assert_true(o.time == good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_failure(ln_option_parse(&table[TIME], &o, bad[i]), LINNET_ERR_USAGE, "option-value", "--time");
}

static void test_text_refused(void **state) {
    static const struct {
        int row;
        const char *text, *code, *line;
    } cases[] = {
        {COUNT, "101", "option-value", "--count 101: must be an integer from 0 to 100"},
        {COUNT, "-1", "option-value", "--count -1: must be an integer from 0 to 100"},
        {COUNT, "1.5", "option-value", "--count 1.5: must be an integer"},
        {COUNT, "99999999999999999999", "option-value", "must be an integer"},
        {COUNT, "", "option-value", "--count needs a value"},
        {COUNT, NULL, "option-value", "--count needs a value"},
        {RATE, "5.1", "option-value", "--rate 5.1: must be a number from 0 to 5"},
        {RATE, "nan", "option-value", "--rate nan: must be a number"},
        {TIME, "30", "option-value", "--time 30: must be a time such as 90s, 30m or 1.5h, from 1s to 10h"},
        {KIND, "fsat", "option-name", "unknown --kind 'fsat'; did you mean fast?"},
        {KIND, "zzz", "option-name", "unknown --kind 'zzz': must be plain, fast or steady"},
        {AVERAGE, "yes", "option-value", "--average takes no value"},
        {FILE_, "", "option-value", "--file needs a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opts o = {0}, zero = {0};
        assert_failure(ln_option_parse(&table[cases[i].row], &o, cases[i].text), LINNET_ERR_USAGE,
                       cases[i].code, cases[i].line);
        assert_memory_equal(&o, &zero, sizeof o);
    }
}

static void test_check(void **state) {
    static const struct {
        const char *code, *line;
        struct opts opts;
    } bad[] = {
        {"option-value", "count is 101: must be an integer from 0 to 100", {.count = 101}},
        {"option-value", "count is -2", {.count = -2}},
        {"option-value", "rate is nan", {.rate = NAN}},
        {"option-value", "rate is inf", {.rate = INFINITY}},
        {"option-value", "time is 0.5", {.time = 0.5}},
        {"option-value", "time is -1", {.time = LINNET_NONE}},
        {"option-name", "unknown kind 'fst'; did you mean fast?", {.kind = "fst"}},
        {"option-name", "unknown kind ''", {.kind = ""}},
        {"option-unused", "--rate requires --kind plain or steady", {.kind = "fast", .rate = 1}},
        {"option-unused", "--average-decay requires --average", {.average_decay = 0.5}},
        {"option-unused", "--list has no effect with --file", {.list = "a", .file = "b"}},
    };
    static const struct opts good[] = {
        {0},
        {.count = LINNET_NONE},
        {.count = 100},
        {.rate = 1},
        {.kind = "steady", .rate = 1},
        {.kind = "fast", .rate = LINNET_NONE},
        {.list = "a"},
        {.average = true, .average_decay = 0.1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_failure(ln_options_check(options, &bad[i].opts), LINNET_ERR_USAGE, bad[i].code, bad[i].line);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(ln_options_check(options, &good[i]), LINNET_OK);
}

static void test_defaults(void **state) {
    struct opts o = {.rate = LINNET_NONE, .share = LINNET_NONE, .seed = (uint64_t)LINNET_NONE};
    ln_options_default(options, &o);
    assert_int_equal(o.count, 10);
    assert_string_equal(o.kind, "plain");
    assert_true(o.rate == 0 && o.seed == 0); /* an explicit 0 is the default */
    assert_true(o.share == LINNET_NONE);     /* code computes this default */
    assert_true(o.average_decay == 0);       /* no effect without average */
    assert_null(o.file);

    struct opts averaged = {.count = LINNET_NONE, .average = true};
    ln_options_default(options, &averaged);
    assert_int_equal(averaged.count, LINNET_NONE);
    assert_true(averaged.average_decay == 0.9);

    struct opts twice = averaged;
    ln_options_default(options, &twice);
    assert_memory_equal(&twice, &averaged, sizeof twice);
}

static void test_default_text(void **state) {
    static const struct {
        int row;
        const char *text;
    } cases[] = {{COUNT, "10"}, {KIND, "plain"}, {RATE, "0"},    {SHARE, "fast 0.5"}, {TIME, "no limit"},
                 {SEED, "0"},   {AVERAGE, ""},   {DECAY, "0.9"}, {FILE_, ""}};
    char out[64], small[4];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ptr_equal(ln_option_default(&table[cases[i].row], out, sizeof out), out);
        assert_string_equal(out, cases[i].text);
        ln_option_default(&table[cases[i].row], small, sizeof small);
        assert_true(strlen(small) <= 3 && !strncmp(small, cases[i].text, strlen(small)));
    }
}

static void test_fill(void **state) {
    const struct opts from = {.count = 3, .kind = "steady", .rate = 2, .file = "f", .list = "l"};
    struct opts to = {.count = LINNET_NONE, .kind = "fast"};
    ln_options_fill(options, &to, &from);
    assert_int_equal(to.count, LINNET_NONE); /* set already */
    assert_string_equal(to.kind, "fast");
    assert_true(to.rate == 0); /* no effect with fast */
    assert_string_equal(to.file, "f");
    assert_null(to.list); /* no effect with file */

    struct opts unused = {.kind = "fast", .rate = 2, .average_decay = 0.5, .list = "l"};
    ln_options_drop_unused(options, &unused);
    assert_true(unused.rate == 0 && unused.average_decay == 0);
    assert_string_equal(unused.list, "l");
}

static void test_copy(void **state) {
    const struct opts from = {.count = 3, .time = 60, .seed = 1ULL << 60, .average = true, .kind = "fast"};
    struct opts to = {.rate = 4, .file = "f"};
    for (int i = 0; options(i); i++) ln_option_copy(options(i), &to, &from);
    assert_true(to.count == 3 && to.time == 60 && to.seed == 1ULL << 60 && to.average && to.rate == 4);
    assert_string_equal(to.kind, "fast");
    assert_string_equal(to.file, "f"); /* not set in from */
}

static void test_json(void **state) {
    const struct opts o = {
        .count = LINNET_NONE, .rate = 0.1, .seed = 1ULL << 60, .average = true, .kind = "fast"};
    struct ln_text text = {0};
    struct linnet_json json = ln_json_into(&text, 0);
    ln_json_begin(&json, NULL, '{');
    ln_json_options(&json, options, &o);
    ln_json_end(&json);
    assert_string_equal(text.data,
                        "{\"count\": 0, \"kind\": \"fast\", \"rate\": 0.1, \"share\": 0, \"time_s\": 0, "
                        "\"seed\": 1152921504606846976, \"average\": true, \"average_decay\": 0, "
                        "\"file\": null}\n");
    ln_text_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),  cmocka_unit_test(test_times),    cmocka_unit_test(test_text_refused),
        cmocka_unit_test(test_check), cmocka_unit_test(test_defaults), cmocka_unit_test(test_default_text),
        cmocka_unit_test(test_fill),  cmocka_unit_test(test_copy),     cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
