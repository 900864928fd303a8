/* The paths of pictures on the command line. */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include "args.h"

/* How many pictures they are; 0 if a folder is among them, whose pictures the library finds. */
int64_t cli_paths_pictures(const struct cli_positional *paths);

#endif
