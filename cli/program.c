/* The path of the running program, read from /proc/self/exe. */
#include "program.h"
#include <string.h>
#include <unistd.h>

bool cli_program_path(char path[PATH_MAX]) {
    const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length <= 0) return false;
    path[length] = 0;
    return true;
}

bool cli_program_folder(char folder[PATH_MAX]) {
    char *slash = cli_program_path(folder) ? strrchr(folder, '/') : NULL;
    if (slash) *slash = 0;
    return slash != NULL;
}
