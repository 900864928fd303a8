/* "Did you mean": what is suggested, and what is not. */
#include "base/text.h"
#include "base_test.h"

static const char *const names[] = {
    "lenet",     "lenet5",     "alexnet",  "vgg11",     "vgg16",    "vgg16_bn",
    "googlenet", "resnet18",   "resnet50", "resnet152", "--epochs", "--batch-size",
    "--lr",      "--momentum", "adam",     "adamw",     "sgd",
};
enum { NAMES = sizeof names / sizeof *names };

static void assert_nearest(const char *word, const char *expected) {
    const char *nearest = ln_text_nearest(word, names, NAMES);
    if (!expected && nearest) fail_msg("'%s' suggested for '%s'", nearest, word);
    if (expected && !nearest) fail_msg("nothing suggested for '%s', '%s' expected", word, expected);
    if (expected) assert_string_equal(nearest, expected);
}

static void test_one_slip(void **state) {
    assert_nearest("resnet19", "resnet18");    /* substitution */
    assert_nearest("alexnt", "alexnet");       /* deletion */
    assert_nearest("googlenett", "googlenet"); /* insertion */
    assert_nearest("reset50", "resnet50");
    assert_nearest("lnenet", "lenet");
    assert_nearest("sdg",
                   "sgd"); /* a swap counts one; two substitutions in three letters would be too many */
    assert_nearest("adma", "adam");
    assert_nearest("--epoch", "--epochs");
    assert_nearest("--batchsize", "--batch-size");
    assert_nearest("--l", "--lr");
}

static void test_letter_case(void **state) {
    assert_nearest("LeNet", "lenet");
    assert_nearest("ResNet-50", "resnet50");
    assert_nearest("SGD", "sgd");
}

static void test_beginning(void **state) {
    assert_nearest("vgg", "vgg11");
    assert_nearest("resnet", "resnet18");
    assert_nearest("mom", NULL); /* "--momentum" does not begin with it */
}

static void test_too_far(void **state) {
    assert_nearest("", NULL);
    assert_nearest("x", NULL);
    assert_nearest("transformer", NULL);
    assert_nearest("mobilenet", NULL);
    assert_nearest("cat", NULL);
    assert_null(ln_text_nearest("lenet", NULL, 0));
}

static void test_long_words(void **state) {
    char word[5000];
    memset(word, 'r', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_nearest(word, NULL);
    const char *const candidates[] = {word, "resnet18"};
    assert_string_equal(ln_text_nearest("resnet18", candidates, 2), "resnet18");
    word[32] = '\0'; /* the longest */
    const char *const one[] = {word};
    assert_string_equal(ln_text_nearest(word + 1, one, 1), word);
    assert_string_equal(ln_text_nearest(word, one, 1), word);
}

static void test_first_of_equals(void **state) {
    const char *const candidates[] = {"ab1", "ab2", "ab3"};
    assert_ptr_equal(ln_text_nearest("abx", candidates, 3), candidates[0]);
    assert_ptr_equal(ln_text_nearest("ab3", candidates, 3), candidates[2]);
}

static void test_no_heap(void **state) {
    uint64_t calls = ln_alloc_count();
    assert_nearest("resnet5O", "resnet50");
    assert_int_equal(ln_alloc_count(), calls);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_slip),   cmocka_unit_test(test_letter_case),
        cmocka_unit_test(test_beginning),  cmocka_unit_test(test_too_far),
        cmocka_unit_test(test_long_words), cmocka_unit_test(test_first_of_equals),
        cmocka_unit_test(test_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
