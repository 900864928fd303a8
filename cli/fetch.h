/* Weights from the network, with a bar on the terminal. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <linnet/linnet.h>

/* As linnet_weights_fetch; *path is linnet_free'd. Ctrl-C ends the program, and the next attempt goes on from
 * there. Failures are told on stderr. */
int cli_fetch(const char *arch, const struct linnet_fetch_opts *opts, char **path);

#endif
