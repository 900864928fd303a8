/* The paths of pictures on the command line. */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include "args.h"

/* The number of pictures; 0 if a path is a folder, whose pictures only the library counts. */
int64_t cli_paths_pictures(const struct cli_positional *paths);

#endif
