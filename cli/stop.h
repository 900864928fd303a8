/* Ctrl-C: the first asks for a stop that saves, the second kills. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

/* From here on SIGINT and SIGTERM set the flag that is returned, once each; a second one of the same kind
 * ends the process as if nobody had caught it. */
const volatile int *cli_stop_watch(void);

#endif
