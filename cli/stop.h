/* Ctrl-C: the first asks for a stop with the progress saved, the second ends the program at once. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

/* Returns a flag that the first SIGINT or SIGTERM sets from now on. A second signal of the same kind ends the process, as
 * if there were no handler. */
const volatile int *cli_stop_watch(void);

#endif
