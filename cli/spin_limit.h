/* How long a compute thread that waits for the others keeps its processor busy. */
#ifndef CLI_SPIN_LIMIT_H
#define CLI_SPIN_LIMIT_H

/* Executes the program again with GOMP_SPINCOUNT set. Returns if that or OMP_WAIT_POLICY is set already, if the program may use
 * one processor only, or if it cannot be executed. Call it before anything else is done. */
void cli_spin_limit(char **argv);

#endif
