/* libgomp finds GOMP_SPINCOUNT although the environment lacks it, and main() finds its original environment. */
#include "cli_test.h"

#include "spin_limit.h"
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sanitized program sets the variable and executes itself again instead. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

/* The child: prints what libgomp found, and what main() finds. */
static int print(void) {
    char found[64];
    snprintf(found, sizeof found, "%s", variable("GOMP_SPINCOUNT"));
    cli_spin_limit_begin();
    printf("%s %s %s %s\n", found, variable("GOMP_SPINCOUNT"), variable("OLDPWD"), variable("HOME"));
    return 0;
}

/* This program, started as the child with these variables, prints `want`. */
static void check(const char *const *variables, const char *want) {
    int ends[2];
    char path[] = "/proc/self/exe", name[] = "child", *arguments[] = {path, name, NULL}, said[256] = "";
    posix_spawn_file_actions_t actions;
    pid_t child;
    assert_int_equal(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    assert_int_equal(posix_spawn(&child, path, &actions, NULL, arguments, (char *const *)variables), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (size_t n = 0; n + 1 < sizeof said;) {
        const ssize_t got = read(ends[0], said + n, sizeof said - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
    }
    close(ends[0]);
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_string_equal(said, want);
}

static void test_lent(void **state) {
#ifdef SANITIZED
    print_message("skipped: a sanitized program sets GOMP_SPINCOUNT by a second start\n");
    skip();
#endif
    check((const char *const[]){"HOME=/h", "OLDPWD=/x", "SHLVL=2", NULL}, "1000 1000 /x /h\n");
    check((const char *const[]){"OLDPWDS=/y", "PWD=/p", NULL}, "1000 1000  \n");
}

static void test_not_lent(void **state) {
    check((const char *const[]){"HOME=/h", NULL}, "   /h\n"); /* a library may read HOME */
    check((const char *const[]){NULL}, "   \n");
    check((const char *const[]){"OLDPWD=/x", "GOMP_SPINCOUNT=7", NULL}, "7 7 /x \n"); /* the user's choice */
    check((const char *const[]){"OLDPWD=/x", "OMP_WAIT_POLICY=active", NULL}, "  /x \n");
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_lent), cmocka_unit_test(test_not_lent)};
    if (argc > 1 && strcmp(argv[1], "child") == 0) return print();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
