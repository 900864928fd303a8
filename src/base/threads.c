/* The number of threads, OpenMP's team, and the threads of the loader and the saver. */
#include "base/threads.h"
#include "base/alloc.h"
#include "base/cgroup.h"
#include "base/clock.h"
#include "base/log.h"
#include <assert.h>
#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* The size of this thread's team. OpenMP keeps a team for each thread that starts parallel regions. */
static _Thread_local int team_size = 1;

static int clamp(int n, int min, int max) {
    return n < min ? min : n > max ? max : n;
}

int ln_threads_available(void) {
    int affinity =
        omp_get_num_procs(); /* counts all processors even if OMP_PROC_BIND has bound this thread to one */
    int quota = ln_cgroup_cpus("");
    return clamp(quota && quota < affinity ? quota : affinity, 1, LN_THREADS_MAX);
}

static void *gate_wait(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* The folder has a link for each thread of the process; 0 if /proc is not mounted. */
static nlink_t threads_listed(void) {
    struct stat task;
    return stat("/proc/self/task", &task) == 0 ? task.st_nlink : 0;
}

/* Waits for joined threads to be released: until then the kernel counts them against the limits. */
static void await_release(nlink_t listed) {
    enum { TRIES = 100 };
    for (int i = 0; i < TRIES && threads_listed() > listed; i++) ln_clock_sleep(0.0002 * i);
}

int ln_threads_that_fit(int wanted) {
    enum { MOST = LN_THREADS_MAX + LN_THREADS_SPARE };
    pthread_t made[MOST];
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    const nlink_t listed = threads_listed();
    int count = 0;
    wanted = clamp(wanted, 0, MOST);
    pthread_mutex_lock(&gate);
    while (count < wanted && pthread_create(&made[count], NULL, gate_wait, &gate) == 0) count++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < count; i++) pthread_join(made[i], NULL);
    pthread_mutex_destroy(&gate);
    await_release(listed);
    return count;
}

/* How many of the `n` wanted threads fit beside the spare ones. Threads that the team already has need no room. */
static int team_that_fits(int n) {
    if (n <= team_size) return n;
    const int more = ln_threads_that_fit(n - team_size + LN_THREADS_SPARE) - LN_THREADS_SPARE;
    return clamp(team_size + more, team_size, n);
}

int ln_threads_start(int n) {
    if (n <= 0) n = getenv("OMP_NUM_THREADS") ? omp_get_max_threads() : ln_threads_available();
    n = clamp(n, 1, LN_THREADS_MAX);
    const int fitting = team_that_fits(n);
    if (fitting < n) ln_log(LINNET_LOG_WARNING, "%d threads requested, the system allows %d", n, fitting);
    omp_set_dynamic(0);
    omp_set_num_threads(fitting);
    int team = 1;
#pragma omp parallel
    {
#pragma omp master
        team = omp_get_num_threads();
    }
    team_size = team;
    return team;
}

struct thread_start {
    void *(*run)(void *);
    void *arg;
    bool yields;
};

/* Linux has a policy and a nice value for each thread. If the system refuses to change them, the thread merely yields less
 * often. */
static void yield(void) {
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){.sched_priority = 0});
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 5);
}

static void *thread_main(void *start_) {
    struct thread_start start = *(struct thread_start *)start_;
    ln_free(start_);
    if (start.yields) yield();
    return start.run(start.arg);
}

static int create(pthread_t *thread, void *(*run)(void *), void *arg, bool yields) {
    struct thread_start *start = ln_alloc(sizeof *start);
    if (!start) return LINNET_ERR_LIMIT;
    *start = (struct thread_start){run, arg, yields};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits it */
    int errnum = pthread_create(thread, NULL, thread_main, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (errnum == 0) return LINNET_OK;
    ln_free(start);
    return ln_fail_errno(LINNET_ERR_LIMIT, "thread-create", errnum, "cannot create a thread");
}

int ln_thread_create(pthread_t *thread, void *(*run)(void *), void *arg) {
    return create(thread, run, arg, true);
}

int ln_thread_create_equal(pthread_t *thread, void *(*run)(void *), void *arg) {
    return create(thread, run, arg, false);
}

void ln_thread_join(pthread_t thread) {
    int errnum = pthread_join(thread, NULL);
    assert(errnum == 0);
    (void)errnum;
}

int ln_threads_team(void) {
    return omp_get_max_threads();
}

/* libomp, which clang uses, has one pool for the process: pausing it would stop the other threads' teams. */
void ln_threads_release(void) {
#ifndef __clang__
    if (omp_pause_resource(omp_pause_soft, omp_get_initial_device()) == 0) team_size = 1;
#endif
}
