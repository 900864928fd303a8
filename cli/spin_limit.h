/* How long a compute thread that waits for the others keeps its processor busy. */
#ifndef CLI_SPIN_LIMIT_H
#define CLI_SPIN_LIMIT_H

/* Puts the environment in order; the first call of main(). */
void cli_spin_limit_begin(void);

/* Executes the program again with GOMP_SPINCOUNT set, unless libgomp found it or OMP_WAIT_POLICY. Returns if the program may use
 * one processor only, or if it cannot be executed. Call it before anything else is done. */
void cli_spin_limit(char **argv);

#endif
