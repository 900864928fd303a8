/* How many threads, the OpenMP team, and workers that yield. */
#include "base/threads.h"
#include "base_test.h"
#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void only_one_processor(void) {
    cpu_set_t one, mine;
    CPU_ZERO(&one);
    sched_getaffinity(0, sizeof mine, &mine);
    for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
        if (CPU_ISSET(i, &mine)) CPU_SET(i, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) _exit(98);
    if (ln_threads_available() != 1) _exit(1);
}

static void test_available(void **state) {
    cpu_set_t mine;
    int available = ln_threads_available();
    assert_true(available >= 1);
    assert_int_equal(sched_getaffinity(0, sizeof mine, &mine), 0);
    assert_true(available <= CPU_COUNT(&mine));
    assert_int_equal(child_run(only_one_processor), 0);
}

static void team_sizes(void) {
    for (int n = 1; n <= 5; n += 2) {
        if (ln_threads_start(n) != n) _exit(n);
        if (omp_get_max_threads() != n) _exit(10 + n);
    }
    if (ln_threads_start(1 << 30) != LN_THREADS_MAX && !UNDER_SANITIZER) _exit(20);
}

static void team_by_default(void) {
    unsetenv("OMP_NUM_THREADS");
    if (ln_threads_start(0) != ln_threads_available()) _exit(1);
}

/* libgomp reads OMP_NUM_THREADS when it is loaded, so main() sets the variable and executes the program
 * again. */
static void team_by_environment(void) {
    if (ln_threads_start(0) != 3) _exit(1);
}

static void test_team(void **state) {
    assert_int_equal(child_run(team_sizes), 0);
    assert_int_equal(child_run(team_by_default), 0);
    assert_int_equal(child_run(team_by_environment), 0);
}

#ifndef __clang__ /* only libgomp's teams can be ended one by one */
static nlink_t threads_now(void) {
    struct stat task;
    return stat("/proc/self/task", &task) == 0 ? task.st_nlink : 0;
}

/* The released threads end, and the next parallel region starts as many again. */
static void team_released(void) {
    (void)ln_threads_that_fit(1); /* ThreadSanitizer starts a thread of its own with the first one */
    const nlink_t before = threads_now();
    ln_threads_release(); /* no team yet */
    for (int i = 0; i < 3; i++) {
        if (ln_threads_start(3) != 3 || threads_now() < before + 2) _exit(1);
        ln_threads_release();
        for (int wait = 0; wait < 1000 && threads_now() > before; wait++) usleep(1000);
        if (threads_now() > before) _exit(2);
        int counted = 0;
#pragma omp parallel reduction(+ : counted)
        counted++;
        if (counted != 3) _exit(3);
        ln_threads_release();
    }
}

/* A team at work is not released. */
static void release_inside(void) {
    int counted = 0;
    if (ln_threads_start(3) != 3) _exit(1);
#pragma omp parallel reduction(+ : counted)
    {
        ln_threads_release();
        counted++;
    }
    if (counted != 3) _exit(2);
}

static void test_release(void **state) {
    assert_int_equal(child_run(team_released), 0);
    assert_int_equal(child_run(release_inside), 0);
}
#endif

/* Limits this process to `n` threads, the first included. The kernel counts all threads of a user and exempts
 * root, so root becomes a user that has no other threads. */
static void limit_threads(rlim_t n) {
    if (geteuid() == 0 && setresuid(54321, 54321, 54321) != 0) _exit(98);
    if (setrlimit(RLIMIT_NPROC, &(struct rlimit){n, n}) != 0) _exit(97);
}

/* If threads are scarce the team is smaller; libgomp alone would end the process. */
static void team_in_tight_space(void) {
    limit_threads(5 + LN_THREADS_SPARE);
    int team = ln_threads_start(64);
    if (team < 1 || team > 5) _exit(1);
    if (ln_threads_start(team) != team) _exit(3); /* the team's own threads are not counted twice */
    if (geteuid() == 54321 && ln_threads_that_fit(LN_THREADS_SPARE) < LN_THREADS_SPARE) _exit(4);
    int counted = 0;
#pragma omp parallel reduction(+ : counted)
    counted++;
    if (counted != team) _exit(2);
}

/* A thread that was just joined must not count, or the next answer would be smaller. */
static void the_same_many_times(void) {
    limit_threads(9);
    const int first = ln_threads_that_fit(64);
    if (first > 8) _exit(1);
    for (int i = 0; i < 200; i++)
        if (ln_threads_that_fit(64) != first) _exit(2);
}

static void test_threads_that_fit(void **state) {
    assert_int_equal(ln_threads_that_fit(0), 0);
    assert_int_equal(ln_threads_that_fit(3), 3);
    assert_int_equal(child_run(the_same_many_times), 0);
}

static void test_team_that_does_not_fit(void **state) {
    assert_int_equal(child_run(team_in_tight_space), 0);
}

struct report {
    int policy, nice;
    bool blocked, same;
    int value;
};

static void *report_fill(void *arg) {
    struct report *report = arg;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    report->policy = sched_getscheduler(0);
    report->nice = getpriority(PRIO_PROCESS, 0);
    report->blocked =
        sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGUSR1);
    report->value = 42;
    return NULL;
}

static void test_worker_yields(void **state) {
    struct report report = {0};
    pthread_t thread;
    int nice_before = getpriority(PRIO_PROCESS, 0);
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(ln_thread_create(&thread, report_fill, &report), LINNET_OK);
    ln_thread_join(thread);
    assert_int_equal(report.value, 42);
    assert_int_equal(report.policy, SCHED_BATCH);
    assert_int_equal(report.nice, nice_before + 5 < 19 ? nice_before + 5 : 19);
    assert_true(report.blocked);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&before, SIGINT), sigismember(&after, SIGINT)); /* mask unchanged */
    assert_int_equal(getpriority(PRIO_PROCESS, 0), nice_before);
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

static int make_and_join(const void *arg) {
    struct report report;
    pthread_t thread;
    LN_TRY(ln_thread_create(&thread, report_fill, &report));
    ln_thread_join(thread);
    return LINNET_OK;
}

static void test_allocations_fail(void **state) {
    assert_int_equal(allocations_fail(make_and_join, NULL), 1);
}

static void *wait_for_gate(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* Creates threads until the system refuses: a status, and no memory left behind. */
static void create_until_refused(void) {
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[64];
    int status = LINNET_OK, made = 0;
    limit_threads(5);
    int64_t live = ln_alloc_live();
    pthread_mutex_lock(&gate);
    while (made < 64 && (status = ln_thread_create(&threads[made], wait_for_gate, &gate)) == LINNET_OK)
        made++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < made; i++) ln_thread_join(threads[i]);
    if (made > 4 || status != LINNET_ERR_LIMIT) _exit(1);
    if (strcmp(ln_error_get()->code, "thread-create") != 0 || ln_alloc_live() != live) _exit(2);
}

static void test_no_more_threads(void **state) {
    assert_int_equal(child_run(create_until_refused), 0);
}

int main(int argc, char **argv) {
    if (!getenv("OMP_NUM_THREADS")) {
        setenv("OMP_NUM_THREADS", "3", 1);
        execv("/proc/self/exe", argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_available),
        cmocka_unit_test(test_team),
#ifndef __clang__
        cmocka_unit_test(test_release),
#endif
        cmocka_unit_test(test_team_that_does_not_fit),
        cmocka_unit_test(test_threads_that_fit),
        cmocka_unit_test(test_worker_yields),
        cmocka_unit_test(test_allocations_fail),
        cmocka_unit_test(test_no_more_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
