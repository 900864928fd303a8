/* Sums and concatenations: their refusals, shapes and text. test_nets.c checks their numbers, on inputs in all
 * kinds of layouts.
 */
#include "op/op_test.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Branches of 3 and 5 channels on 6x4, one of 3 on 3x2, one that is flat. */
#define BRANCHES                                                                              \
    "linnet 1\ninput 3x6x4\na = conv(input) out=3 kernel=1\nb = conv(input) out=5 kernel=1\n" \
    "h = maxpool(input) kernel=2\nf = flatten(h)\n"

static void refuse(const char *line, const char *code, const char *part) {
    char text[512];
    struct ln_net *net = NULL;
    snprintf(text, sizeof text, BRANCHES "%s\ng = flatten(j)\noutput g\n", line);
    assert_true(ln_net_parse(text, &net) < 0);
    if (strcmp(ln_error_get()->code, code) != 0 || !strstr(ln_error_get()->text, part))
        fail_msg("%s: '%s' is not [%s] with '%s'", line, ln_error_line(), code, part);
    ln_error_clear();
}

static void test_refusals(void **state) {
    refuse("j = add(a)", "op-inputs", "j: a sum needs 2 to 4 inputs, got 1");
    refuse("j = add(a b)", "op-shapes", "j: input 2 is [1, 5, 6, 4], the first one [1, 3, 6, 4]");
    refuse("j = add(a a h)", "op-shapes", "j: input 3 is [1, 3, 3, 2], the first one [1, 3, 6, 4]");
    refuse("j = add(f a)", "op-shapes", "j: input 2 is [1, 3, 6, 4], the first one [1, 18]");
    refuse("j = add(a a a a a)", "net-text", "inputs for 'j'");
    refuse("j = concat(f f)", "op-rank", "j: inputs of 4 dimensions, got 2");
    refuse("j = concat(a b h)", "op-shapes", "j: input 3 is [1, 3, 3, 2], the first one [1, 3, 6, 4]");
    refuse("j = concat(a b a b a)", "net-text", "inputs for 'j'");
}

static void shape_check(const char *line, const char *printed, int channels) {
    char text[512];
    char *again;
    struct ln_net *net = NULL;
    snprintf(text, sizeof text, BRANCHES "%s\ng = flatten(j)\noutput g\n", line);
    if (ln_net_parse(text, &net) != LINNET_OK) fail_msg("%s: %s", line, ln_error_line());
    const struct ln_node *j = &net->nodes[net->count - 2];
    const struct ln_shape want = ln_shape_of(1, channels, 6, 4);
    assert_true(ln_shape_equal(&j->out, &want));
    assert_int_equal(j->params, 0);
    assert_int_equal(ln_net_print(net, &again), LINNET_OK);
    assert_non_null(strstr(again, printed));
    ln_free(again);
    ln_net_destroy(net);
}

static void test_shapes(void **state) {
    shape_check("j = add(a input)", "\nj = add(a input)\n", 3);
    shape_check("j = add(a input a a)", "\nj = add(a input a a)\n", 3);
    shape_check("j = concat(b)", "\nj = concat(b)\n", 5);
    shape_check("j = concat(a b a input)", "\nj = concat(a b a input)\n", 14);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refusals), cmocka_unit_test(test_shapes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
