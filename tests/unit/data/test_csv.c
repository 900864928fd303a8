/* CSV rows: quoted and unquoted fields, line endings, malformed text. */
#include "data/csv.h"
#include "unit/data/fixture.h"

/* All rows as "line:[field][field]", followed by the message if parsing fails. */
static const char *rows_of(const char *text, size_t size) {
    static char out[1024];
    char *copy = test_malloc(size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    struct ln_csv csv = {.path = "f", .at = copy, .end = copy + size};
    size_t at = 0;
    out[0] = '\0';
    for (;;) {
        if (ln_csv_row(&csv) != LINNET_OK) {
            snprintf(out + at, sizeof out - at, "%s", ln_error_get()->text);
            assert_string_equal(ln_error_get()->code, "csv-row");
            ln_error_clear();
            break;
        }
        if (csv.count == 0) break;
        at += (size_t)snprintf(out + at, sizeof out - at, "%zu:", csv.line);
        for (int i = 0; i < csv.count; i++)
            at += (size_t)snprintf(out + at, sizeof out - at, "[%s]", csv.fields[i]);
        assert_true(csv.at <= csv.end);
    }
    test_free(copy);
    return out;
}

static void rows(void **state) {
    static const struct {
        const char *text, *rows;
    } cases[] = {
        {"", ""},
        {"\n\r\n\n", ""},
        {"a", "1:[a]"},
        {"a,b\nc,d\n", "1:[a][b]2:[c][d]"},
        {"a,b\r\nc,d\r\n", "1:[a][b]2:[c][d]"},
        {"a,b\r\nc,d\r", "1:[a][b]2:[c][d]"},
        {",\n,,x", "1:[][]2:[][][x]"},
        {"\xef\xbb\xbf", ""},
        {"\xef\xbb\xbf\n\na b , c \n\n\nd", "3:[a b ][ c ]6:[d]"},
        {"\"a\",\"b\"\n\"c\"", "1:[a][b]2:[c]"},
        {"\"a,b\",\"say \"\"hi\"\"\"\nc", "1:[a,b][say \"hi\"]2:[c]"},
        {"\"two\nlines\",x\ny", "1:[two\nlines][x]3:[y]"},
        {"\"\",\"\"\"\"", "1:[][\"]"},
        {"'=1,\"''-1\",'x,'-x\n", "1:[=1]['-1]['x][-x]"},
        {"\"open", "f: line 1: a quote is never closed"},
        {"\"", "f: line 1: a quote is never closed"},
        {"a\n\"b\"\"", "1:[a]f: line 2: a quote is never closed"},
        {"a\"b",
         "f: line 1: expected a comma or the end of the line, found a quote or a lone carriage return"},
        {"\"a\"b",
         "f: line 1: expected a comma or the end of the line, found a quote or a lone carriage return"},
        {"a\rb",
         "f: line 1: expected a comma or the end of the line, found a quote or a lone carriage return"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rows_of(cases[i].text, strlen(cases[i].text)), cases[i].rows);
    assert_string_equal(rows_of("a\0b", 3), "f: line 1: the text contains a zero byte");
}

static void too_many_fields(void **state) {
    char text[LN_CSV_FIELDS + 1];
    memset(text, ',', sizeof text);
    assert_non_null(strstr(rows_of(text, LN_CSV_FIELDS - 1), "[]"));
    assert_string_equal(rows_of(text, LN_CSV_FIELDS), "f: line 1: more than 256 fields");
}

/* A table of a thousand classes, of which only the first columns are wanted. */
static void wide(void **state) {
    enum { FIELDS = 1000 };
    static char text[4 * FIELDS + 8];
    for (int i = 0; i < FIELDS; i++) strcat(text, i ? ",abc" : "a");
    strcat(text, "\nx,y\n");
    struct ln_csv csv = {.path = "f", .at = text, .end = text + strlen(text), .wide = true};
    assert_int_equal(ln_csv_row(&csv), LINNET_OK);
    assert_int_equal(csv.count, LN_CSV_FIELDS);
    assert_string_equal(csv.fields[0], "a");
    assert_string_equal(csv.fields[LN_CSV_FIELDS - 1], "abc");
    assert_int_equal(ln_csv_row(&csv), LINNET_OK);
    assert_int_equal(csv.count, 2);
    assert_string_equal(csv.fields[1], "y");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(rows),
        fixture_test(too_many_fields),
        fixture_test(wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
