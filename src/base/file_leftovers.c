/* What killed processes leave behind: the temporary file of an atomic write, NAME.tmp-PID-N beside NAME. */
#include "base/file.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    ENTRIES_MOST = 10000, /* entries examined: a write must stay fast in a folder of a million files */
    OWN_SECONDS = 60,
};

/* The process in "NAME.tmp-PID" or "NAME.tmp-PID-N"; 0 for another name. */
static pid_t pid_in(const char *entry, const char *name) {
    static const char mark[] = ".tmp-";
    const size_t length = strlen(name);
    char *end;
    if (strncmp(entry, name, length) != 0 || strncmp(entry + length, mark, sizeof mark - 1) != 0) return 0;
    const char *digits = entry + length + sizeof mark - 1;
    if (!isdigit((unsigned char)*digits)) return 0;
    const long pid = strtol(digits, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1])) (void)strtol(end + 1, &end, 10);
    return *end == '\0' && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* In a container each run may get the same process number, so for this process's own number the age of the file decides. */
static bool may_be_alive(pid_t pid, const struct stat *file) {
    if (pid == getpid()) return time(NULL) - file->st_mtim.tv_sec < OWN_SECONDS;
    return getpgid(pid) >= 0 || errno != ESRCH;
}

/* A writer holds a lock on its file while it lives. The lock is tested as well as the process's number, which may
 * be that of a process on another machine or in another container. */
static void remove_if_dead(int folder, const char *entry, pid_t pid) {
    struct stat found;
    const int fd = openat(folder, entry, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && !may_be_alive(pid, &found) &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, entry, 0);
    close(fd);
}

void ln_file_remove_leftovers(const char *path) {
    const char *name = ln_file_name(path);
    char folder[PATH_MAX] = ".";
    const int length = (int)(name - path);
    if (length >= PATH_MAX) return;
    if (length) snprintf(folder, sizeof folder, "%.*s", length, path);
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    for (int i = 0; dir && i < ENTRIES_MOST && (entry = readdir(dir)); i++) {
        const pid_t pid = pid_in(entry->d_name, name);
        if (pid) remove_if_dead(dirfd(dir), entry->d_name, pid);
    }
    if (dir) closedir(dir);
}
