/* A program that includes only linnet.h compiles without warnings as C99, C17 and C++. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char program[] =
    "#include <linnet/linnet.h>\n"
    "static void on_event(void *user, const struct linnet_event *event) { (void)user; }\n"
    "int main(void) {\n"
    "    linnet_data *data = NULL;\n"
    "    linnet_model *model = NULL;\n"
    "    struct linnet_train_opts opts = {0};\n"
    "    struct linnet_result result = {0};\n"
    "    opts.size = sizeof opts;\n"
    "    result.size = sizeof result;\n"
    "    opts.on_event = on_event;\n"
    "    opts.momentum = LINNET_NONE;\n"
    "    enum linnet_part part = LINNET_TEST;\n"
    "    return linnet_data_open(&data, \"x\", NULL) ||\n"
    "           linnet_model_create(&model, \"lenet\", data, NULL) ||\n"
    "           linnet_train(model, data, &opts, &result) || linnet_data_count(data, part) < 1 ||\n"
    "           LINNET_ERR_INTERRUPTED != -130;\n"
    "}\n";

/* Compiles a program from standard input, with warnings as errors. */
static void compile(const char *compiler, const char *flags) {
    const char *source = getenv("LINNET_SOURCE");
    char command[1024];
    snprintf(command, sizeof command, "command -v %s >/dev/null", compiler);
    if (!source || system(command) != 0) {
        print_message("skipped: no %s\n", source ? compiler : "LINNET_SOURCE");
        skip();
    }
    snprintf(command, sizeof command,
             "%s %s -Wall -Wextra -Wpedantic -Werror -Wno-unused-parameter -Wno-missing-field-initializers "
             "-fsyntax-only -I'%s/include' -",
             compiler, flags, source);
    FILE *pipe = popen(command, "w");
    assert_non_null(pipe);
    fputs(program, pipe);
    assert_int_equal(WEXITSTATUS(pclose(pipe)), 0);
}

static void test_c(void **state) {
    compile("cc", "-x c -std=c17");
}

static void test_c99(void **state) {
    compile("cc", "-x c -std=c99");
}

static void test_cplusplus(void **state) {
    compile("c++", "-x c++ -std=c++11");
}

static void test_cplusplus_20(void **state) {
    compile("c++", "-x c++ -std=c++20");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c),
        cmocka_unit_test(test_c99),
        cmocka_unit_test(test_cplusplus),
        cmocka_unit_test(test_cplusplus_20),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
