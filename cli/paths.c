#include "paths.h"
#include <sys/stat.h>

int64_t cli_paths_pictures(const struct cli_positional *paths) {
    struct stat found;
    for (int i = 0; i < paths->count; i++)
        if (stat(paths->items[i], &found) == 0 && S_ISDIR(found.st_mode)) return 0;
    return paths->count;
}
