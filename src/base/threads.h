/* Threads: how many the person has, and the workers that are not OpenMP's.
 *
 * libgomp hangs after fork and exits the process where a thread can't be made, so the team is made once,
 * early, and nothing forks after it.
 */
#ifndef LN_BASE_THREADS_H
#define LN_BASE_THREADS_H

#include "base/status.h"
#include <pthread.h>

enum { LN_THREADS_MAX = 1024 };

/* Processors this process may use: the affinity mask, and the quota of cgroup v2 (cpu.max) or v1
 * (cpu.cfs_quota_us), rounded up, whichever is less; at least 1. */
int ln_threads_available(void);

/* Sets the OpenMP team to n (0: OMP_NUM_THREADS where it is set, else ln_threads_available()) and makes its
 * threads; returns the size of the team. */
int ln_threads_start(int n);
int ln_threads_team(void); /* the size of the team as it is */

/* A thread that yields to compute: SCHED_BATCH with nice 5, signals blocked. Joined with ln_thread_join. */
LN_MUST_CHECK int ln_thread_create(pthread_t *thread, void *(*run)(void *), void *arg);
void ln_thread_join(pthread_t thread);

#endif
