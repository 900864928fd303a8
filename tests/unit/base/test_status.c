/* The error record: first message, escaping, cutting, one per thread. */
#include "base/translate.h"
#include "base_test.h"
#include <errno.h>
#include <locale.h>
#include <pthread.h>

static int forget(void **state) {
    ln_error_clear();
    return 0;
}

static void test_no_failure(void **state) {
    assert_int_equal(ln_error_get()->status, LINNET_OK);
    assert_string_equal(ln_error_get()->text, "");
    assert_string_equal(ln_error_get()->code, "");
    assert_string_equal(ln_error_line(), "");
}

static void test_record_and_line(void **state) {
    int status = ln_fail(LINNET_ERR_USAGE, "op-kernel", "%s: kernel %d larger than input %d", "conv1", 7, 5);
    assert_int_equal(status, LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->text, "conv1: kernel 7 larger than input 5");
    assert_string_equal(ln_error_line(), "conv1: kernel 7 larger than input 5 [op-kernel]");
    ln_error_clear();
    test_no_failure(state);
}

static void test_first_message_stands(void **state) {
    ln_fail(LINNET_ERR_INPUT, "first", "the cause");
    assert_int_equal(ln_fail(LINNET_ERR_IO, "second", "the consequence"), LINNET_ERR_IO);
    assert_int_equal(ln_fail_errno(LINNET_ERR_IO, "third", EIO, "more"), LINNET_ERR_IO);
    assert_int_equal(ln_fail_memory(1), LINNET_ERR_LIMIT);
    assert_int_equal(ln_error_get()->status, LINNET_ERR_INPUT);
    assert_string_equal(ln_error_line(), "the cause [first]");
}

static void test_bytes_are_escaped(void **state) {
    ln_fail(LINNET_ERR_INPUT, "code", "%s: %s", "caf\xc3\xa9\n\x1b[2J", " ~\x7f\x80\xff\t");
    assert_string_equal(ln_error_get()->text, "caf\xc3\xa9\\x0a\\x1b[2J:  ~\\x7f\\x80\\xff\\x09");
}

/* No character is split, wherever the record ends. */
static void test_cut_between_characters(void **state) {
    char text[2 * LN_ERROR_MAX] = "";
    for (size_t lead = 0; lead < 3; lead++) {
        memset(text, 'a', lead);
        for (size_t i = lead; i + 3 < sizeof text; i += 3) memcpy(text + i, "\xea\xb3\xa0", 4);
        ln_error_clear();
        ln_fail(LINNET_ERR_INPUT, "code", "%s", text);
        size_t whole = (LN_ERROR_MAX - 1 - lead) / 3 * 3 + lead;
        assert_int_equal(strlen(ln_error_get()->text), whole);
        assert_memory_equal(ln_error_get()->text, text, whole);
    }
}

static void test_long_text_is_cut(void **state) {
    char text[4 * LN_ERROR_MAX];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ln_fail(LINNET_ERR_INPUT, "a-code-that-is-longer-than-the-thirty-two-bytes", "%s", text);
    assert_int_equal(strlen(ln_error_get()->text), LN_ERROR_MAX - 1);
    assert_int_equal(strlen(ln_error_get()->code), LN_ERROR_CODE_MAX - 1);
    assert_int_equal(strlen(ln_error_line()), LN_ERROR_MAX - 1 + LN_ERROR_CODE_MAX - 1 + 3);
}

/* Each byte becomes an escape of four bytes; no escape is cut in two. */
static void test_cut_between_escapes(void **state) {
    char text[LN_ERROR_MAX];
    memset(text, 0xff, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ln_fail(LINNET_ERR_INPUT, "code", "%s", text);
    size_t length = strlen(ln_error_get()->text);
    assert_int_equal(length, (LN_ERROR_MAX - 1) / 4 * 4);
    assert_string_equal(ln_error_get()->text + length - 4, "\\xff");
}

static void test_errno_text_is_never_cut(void **state) {
    char text[2 * LN_ERROR_MAX];
    memset(text, 'b', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ln_fail_errno(LINNET_ERR_IO, "file-write", ENOSPC, "%s", text);
    const char *recorded = ln_error_get()->text, *ending = ": No space left on device";
    assert_int_equal(strlen(recorded), LN_ERROR_MAX - 1);
    assert_string_equal(recorded + strlen(recorded) - strlen(ending), ending);
}

static void test_errno_text_is_english(void **state) {
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed */
    assert_string_equal(ln_errno_text(EACCES), "Permission denied");
    setlocale(LC_ALL, "C");
    assert_string_equal(ln_errno_text(123456), "unknown error");
}

static const char *to_german(void *user, const char *text) {
    (*(int *)user)++;
    if (!strcmp(text, "%s has %d classes")) return "%2$d Klassen hat %1$s";
    if (!strcmp(text, "; continue with %s")) return "; weiter mit %s";
    if (!strcmp(text, "cannot read")) return "nicht lesbar";
    return text;
}

static void test_translation(void **state) {
    int asked = 0;
    ln_translation_set(to_german, &asked);
    ln_fail(LINNET_ERR_INPUT, "data", "%s has %d classes", "a\n", 2);
    assert_string_equal(ln_error_line(), "a\\x0a has 2 classes [data]");
    assert_string_equal(ln_error_line_translated(), "2 Klassen hat a\\x0a [data]");
    const struct ln_error cause = *ln_error_get();
    ln_error_clear();
    assert_int_equal(ln_fail_after(&cause, "; continue with %s", "resume"), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_line(), "a\\x0a has 2 classes; continue with resume [data]");
    assert_string_equal(ln_error_line_translated(), "2 Klassen hat a\\x0a; weiter mit resume [data]");
    ln_error_clear();
    ln_fail_errno(LINNET_ERR_IO, "io", EIO, "cannot read");
    assert_string_equal(ln_error_line(), "cannot read: Input/output error [io]");
    assert_string_equal(ln_error_line_translated(), "nicht lesbar: Input/output error [io]");
    ln_error_clear();
    assert_int_equal(asked, 3);
    ln_fail(LINNET_ERR_INPUT, "data", "only English");
    assert_string_equal(ln_error_line_translated(), "only English [data]");
    ln_translation_set(NULL, NULL);
}

static void test_place_before(void **state) {
    char path[2 * LN_ERROR_MAX];
    ln_fail(LINNET_ERR_USAGE, "op-kernel", "kernel 7 larger than input 5");
    assert_int_equal(ln_fail_in_file("net\n.txt", LINNET_ERR_USAGE), LINNET_ERR_INPUT);
    assert_int_equal(ln_error_get()->status, LINNET_ERR_INPUT);
    assert_string_equal(ln_error_line(), "net\\x0a.txt: kernel 7 larger than input 5 [op-kernel]");
    assert_string_equal(ln_error_line_translated(), ln_error_line());
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(ln_fail_in_file(path, LINNET_ERR_LIMIT), LINNET_ERR_LIMIT);
    assert_int_equal(strlen(ln_error_get()->text), LN_ERROR_MAX - 1);
}

static void test_memory(void **state) {
    assert_int_equal(ln_fail_memory(12345), LINNET_ERR_LIMIT);
    assert_string_equal(ln_error_line(), "out of memory: 12345 bytes asked for [mem-alloc]");
}

static void *fail_elsewhere(void *copy) {
    if (ln_error_get()->status == LINNET_OK) ln_fail(LINNET_ERR_INPUT, "img-truncated", "cat.1.jpg: ends");
    *(struct ln_error *)copy = *ln_error_get();
    return NULL;
}

static void test_threads_have_their_own(void **state) {
    struct ln_error copy = {0};
    pthread_t thread;
    ln_fail(LINNET_ERR_IO, "mine", "mine");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &copy), 0);
    pthread_join(thread, NULL);
    assert_string_equal(ln_error_line(), "mine [mine]");
    ln_error_set(&copy); /* how a worker's failure reaches the thread that waits */
    assert_int_equal(ln_error_get()->status, LINNET_ERR_INPUT);
    assert_string_equal(ln_error_line(), "cat.1.jpg: ends [img-truncated]");
}

static int tried(int status) {
    LN_TRY(status);
    return 1;
}

static void test_try(void **state) {
    assert_int_equal(tried(LINNET_OK), 1);
    assert_int_equal(tried(LINNET_ERR_RANK), LINNET_ERR_RANK);
}

/* The names are the public list's, in small letters and without ERR_. */
static void test_names_follow_the_list(void **state) {
    static const struct {
        int status;
        const char *name, *meaning;
    } list[] = {
#define ROW(name, value, meaning) {value, #name, meaning},
        LINNET_STATUS_LIST(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        const char *name = list[i].name;
        if (strncmp(name, "ERR_", 4) == 0) name += 4;
        assert_int_equal(strcasecmp(ln_status_name(list[i].status), name), 0);
        assert_string_equal(ln_status_meaning(list[i].status), list[i].meaning);
    }
    assert_string_equal(ln_status_name(LINNET_ERR_IO), "io");
    assert_string_equal(ln_status_name(-99), "unknown");
    assert_string_equal(ln_status_meaning(7), "not a status of Linnet");
}

#define TEST(name) cmocka_unit_test_setup(name, forget)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_no_failure),
        TEST(test_record_and_line),
        TEST(test_first_message_stands),
        TEST(test_bytes_are_escaped),
        TEST(test_long_text_is_cut),
        TEST(test_cut_between_characters),
        TEST(test_cut_between_escapes),
        TEST(test_errno_text_is_never_cut),
        TEST(test_errno_text_is_english),
        TEST(test_translation),
        TEST(test_place_before),
        TEST(test_memory),
        TEST(test_threads_have_their_own),
        TEST(test_try),
        TEST(test_names_follow_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
