/* Threads: how many to use, and workers outside OpenMP's team.
 *
 * libgomp hangs after a fork, so the team is created once, early, and nothing forks afterwards. libgomp and GLib end
 * the process if they cannot create a thread, so ln_threads_that_fit() first tries how many the system allows. Another
 * process of the same user may still take the last ones in between.
 */
#ifndef LN_BASE_THREADS_H
#define LN_BASE_THREADS_H

#include "base/status.h"
#include <pthread.h>

/* SPARE: threads of the system's limit that the team leaves for the loader's workers and for the text of pictures. */
enum { LN_THREADS_MAX = 1024, LN_THREADS_SPARE = 12 };

/* Processors that this process may use: those of the affinity mask or of the control group's quota, rounded
 * up, whichever are fewer; at least 1. */
int ln_threads_available(void);

/* How many of `wanted` more threads, at most LN_THREADS_MAX + LN_THREADS_SPARE, the system allows at once (RLIMIT_NPROC, pids.max). */
int ln_threads_that_fit(int wanted);

/* Sets the OpenMP team to n (0: OMP_NUM_THREADS if that is set, else ln_threads_available()) and creates its
 * threads; returns the team's size. A team for which the system has no threads to spare is smaller, with a warning. */
int ln_threads_start(int n);
int ln_threads_team(void); /* the team's current size */
/* Ends the calling thread's team. libgomp counts the threads of all teams, and lets waiting ones spin only while there are
 * no more of them than processors. */
void ln_threads_release(void);

/* Creates a thread that yields to compute: SCHED_BATCH with nice 5, signals blocked. Join it with
 * ln_thread_join. */
LN_MUST_CHECK int ln_thread_create(pthread_t *thread, void *(*run)(void *), void *arg);
/* The same for a thread that its creator waits for: it does not yield. */
LN_MUST_CHECK int ln_thread_create_equal(pthread_t *thread, void *(*run)(void *), void *arg);
void ln_thread_join(pthread_t thread);

#endif
