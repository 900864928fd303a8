/* Downloads of pretrained weights, with a progress bar on the terminal. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <linnet/linnet.h>

/* linnet_weights_fetch with a progress bar; a failure is reported on stderr. The caller frees *path with linnet_free().
 * Ctrl-C ends the program; the next attempt continues the download. */
int cli_fetch(const char *arch, const struct linnet_fetch_opts *opts, char **path);

#endif
