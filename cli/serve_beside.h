/* The page of a run within the process that trains it: `linnet train --serve`. The server reads the run folder's files, as
 * `linnet serve` does, and shares nothing with training but the processor. Only this machine can connect. */
#ifndef CLI_SERVE_BESIDE_H
#define CLI_SERVE_BESIDE_H

#include <linnet/linnet.h>

struct serve_beside;

/* --serve; its struct is a single int: the port, 0 without the flag, LINNET_NONE for a free port. */
linnet_option_fn serve_beside_flag;

/* Listens and serves. The folder is borrowed and may still be empty. A failure, such as a port in use, is reported on stderr. */
int serve_beside_start(struct serve_beside **beside, int port, const char *folder);
int serve_beside_port(const struct serve_beside *beside);
/* Ends the server. If a page asked a moment ago, waits up to three seconds for its next request, so that the page shows the
 * end of the run. NULL is allowed. */
void serve_beside_stop(struct serve_beside *beside);

#endif
