/* Reading the files of a run folder. */
#include "serve_run_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void serve_run_note(char why[SERVE_RUN_WHY], const char *fmt, ...) {
    va_list list;
    if (*why) return;
    va_start(list, fmt);
    vsnprintf(why, SERVE_RUN_WHY, fmt, list);
    va_end(list);
}

/* Reads as many bytes as the file has now, even if it grows meanwhile. */
static char *read_open(int fd, const char *name, size_t most, size_t *size, char why[SERVE_RUN_WHY]) {
    struct stat st;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        serve_run_note(why, "%s is not a regular file", name);
        return NULL;
    }
    if ((uintmax_t)st.st_size > most) {
        serve_run_note(why, "%s has %jd bytes, %zu are read at most", name, (intmax_t)st.st_size, most);
        return NULL;
    }
    char *text = malloc((size_t)st.st_size + 1);
    ssize_t n = text ? 0 : -1;
    for (*size = 0; text && *size < (size_t)st.st_size; *size += (size_t)n)
        if ((n = pread(fd, text + *size, (size_t)st.st_size - *size, (off_t)*size)) <= 0) break;
    if (n < 0) {
        serve_run_note(why, "%s: %s", name, strerror(errno));
        free(text);
        return NULL;
    }
    text[*size] = 0;
    return text;
}

char *serve_run_file_read(int folder, const char *name, size_t most, size_t *size, char why[SERVE_RUN_WHY]) {
    const int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            serve_run_note(why, "%s: %s", name, errno == ELOOP ? "links are not followed" : strerror(errno));
        return NULL;
    }
    char *text = read_open(fd, name, most, size, why);
    close(fd);
    return text;
}

/* FNV-1a over inode, size and time, which a write changes. */
uint64_t serve_run_file_stamp(int folder, const char *name) {
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode)) return 0;
    const uint64_t parts[] = {(uint64_t)st.st_ino, (uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
                              (uint64_t)st.st_mtim.tv_nsec};
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (int bit = 0; bit < 64; bit += 8) hash = (hash ^ (parts[i] >> bit & 0xff)) * 0x100000001b3u;
    return hash ? hash : 1;
}

double serve_run_file_age(int folder, const char *name) {
    struct stat st;
    struct timespec now;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode)) return -1;
    clock_gettime(CLOCK_REALTIME, &now);
    const double age =
        (double)(now.tv_sec - st.st_mtim.tv_sec) + 1e-9 * (double)(now.tv_nsec - st.st_mtim.tv_nsec);
    return age > 0 ? age : 0;
}

/* Takes a shared lock for a moment. A run that begins just then waits for it. */
enum serve_run_lock serve_run_lock_look(int folder) {
    if (flock(folder, LOCK_SH | LOCK_NB)) return errno == EWOULDBLOCK ? SERVE_RUN_HELD : SERVE_RUN_NO_LOCKS;
    flock(folder, LOCK_UN);
    return SERVE_RUN_FREE;
}
