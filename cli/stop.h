/* Ctrl-C, SIGTERM or a closed terminal: the first signal asks for a stop with the progress saved, the second
 * ends the program at once. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

/* Returns a flag that the first SIGINT, SIGTERM or SIGHUP sets from now on. A second signal ends the process,
 * as if there were no handler. SIGHUP stays ignored if it is (nohup). */
const volatile int *cli_stop_watch(void);
/* Replaces the line that a stop prints on a terminal. The line includes its line breaks and must stay valid until the
 * program ends. */
void cli_stop_notice(const char *line);

#endif
