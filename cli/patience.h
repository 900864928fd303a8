/* How long an idle compute thread waits awake. */
#ifndef CLI_PATIENCE_H
#define CLI_PATIENCE_H

/* Starts the program anew with GOMP_SPINCOUNT set, unless that or OMP_WAIT_POLICY is set already; returns
 * where there is nothing to do or it can't be done. Before anything else is done. */
void cli_patience(char **argv);

#endif
