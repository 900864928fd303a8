/* How long a compute thread that waits for the others keeps its processor busy. */
#ifndef CLI_SPIN_LIMIT_H
#define CLI_SPIN_LIMIT_H

/* Restores the environment; main() calls it first. */
void cli_spin_limit_begin(void);

/* Executes the program again with GOMP_SPINCOUNT set. Returns if libgomp has already found this variable or OMP_WAIT_POLICY,
 * if the program may use only one processor, or on failure. Call it before anything is opened or printed. */
void cli_spin_limit(char **argv);

#endif
