/* Temporary files are named NAME.tmp-PID, so the process that wrote one is known, and its death makes the file garbage.
 * The library does the same for its own files in src/base/file_writer.c, which the program cannot include. */
#include "leftovers.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    ENTRIES_MOST = 10000
}; /* entries of a folder that are looked at: a home folder must not cost a second */

/* Stores the folder of the path in `folder` and returns the name in it. */
static const char *split(const char *path, char folder[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    const int length = slash ? (int)(slash - path) + 1 : 0;
    snprintf(folder, PATH_MAX, "%.*s", length ? length : 1, length ? path : ".");
    return path + length;
}

/* The PID in NAME.tmp-PID; 0 for an entry of another form. */
static pid_t pid_in(const char *entry, const char *name) {
    const size_t length = strlen(name);
    if (strncmp(entry, name, length) != 0 || strncmp(entry + length, ".tmp-", 5) != 0) return 0;
    const char *digits = entry + length + 5;
    char *end;
    const long pid = isdigit((unsigned char)*digits) ? strtol(digits, &end, 10) : 0;
    return pid > 0 && pid <= INT_MAX && *end == '\0' ? (pid_t)pid : 0;
}

/* A PID alone proves little: the process may run on another machine or in another container that shares the folder. The
 * writer also holds a lock on its file (see cli_file_begin), so a file is removed only if it is not locked either. */
static void remove_if_dead(int folder, const char *entry, pid_t pid) {
    if (getpgid(pid) >= 0 || errno != ESRCH) return;
    const int fd = openat(folder, entry, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) unlinkat(folder, entry, 0);
    close(fd);
}

void cli_leftovers_remove(const char *path) {
    char folder[PATH_MAX];
    const char *name = split(path, folder);
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    for (int i = 0; dir && i < ENTRIES_MOST && (entry = readdir(dir)); i++) {
        const pid_t pid = pid_in(entry->d_name, name);
        if (pid) remove_if_dead(dirfd(dir), entry->d_name, pid);
    }
    if (dir) closedir(dir);
}

int cli_leftovers_sync(const char *path) {
    char folder[PATH_MAX];
    (void)split(path, folder);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int error = fd >= 0 && fsync(fd) == 0 ? 0 : errno;
    if (fd >= 0) close(fd);
    /* Some file systems cannot sync a folder (EINVAL), and a folder may be writable but not readable (EACCES). */
    return error == EINVAL || error == EACCES ? 0 : error;
}
