/* The library's own files are written by src/base/file_writer.c, which the program cannot see. */
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

enum { ENTRIES_MOST = 10000 /* of a folder, looked at */ };

/* The folder of the path, in `folder`; returns the name in it. */
static const char *split(const char *path, char folder[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    const int length = slash ? (int)(slash - path) + 1 : 0;
    snprintf(folder, PATH_MAX, "%.*s", length ? length : 1, length ? path : ".");
    return path + length;
}

/* The process in NAME.tmp-PID; 0 for another name. */
static pid_t pid_in(const char *entry, const char *name) {
    const size_t length = strlen(name);
    if (strncmp(entry, name, length) != 0 || strncmp(entry + length, ".tmp-", 5) != 0) return 0;
    const char *digits = entry + length + 5;
    char *end;
    const long pid = isdigit((unsigned char)*digits) ? strtol(digits, &end, 10) : 0;
    return pid > 0 && pid <= INT_MAX && *end == '\0' ? (pid_t)pid : 0;
}

/* The lock that a program holds on its file counts beside its number (see cli_file_begin). */
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
    return error == EINVAL || error == EACCES ? 0
                                              : error; /* some folders cannot be synced, or not be opened */
}
