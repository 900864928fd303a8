/* Threads: how many to use, and workers outside OpenMP's team.
 *
 * libgomp hangs after fork, and exits the process if it cannot create a thread. So the team is created once,
 * early, and nothing forks after that.
 */
#ifndef LN_BASE_THREADS_H
#define LN_BASE_THREADS_H

#include "base/status.h"
#include <pthread.h>

enum { LN_THREADS_MAX = 1024 };

/* Processors that this process may use: those of the affinity mask or of the control group's quota, rounded
 * up, whichever are fewer; at least 1. */
int ln_threads_available(void);

/* Sets the OpenMP team to n (0: OMP_NUM_THREADS if that is set, else ln_threads_available()) and creates its
 * threads; returns the team's size. */
int ln_threads_start(int n);
int ln_threads_team(void); /* the team's current size */

/* Creates a thread that yields to compute: SCHED_BATCH with nice 5, signals blocked. Join it with
 * ln_thread_join. */
LN_MUST_CHECK int ln_thread_create(pthread_t *thread, void *(*run)(void *), void *arg);
void ln_thread_join(pthread_t thread);

#endif
