/* Copies of the pictures in a folder for each class, and unsure/ for the others.
 *
 * A copy appears whole or not at all, and never replaces a file: it is written to a file without a name
 * (O_TMPFILE), or where a file system has none, to a hidden one, which is then linked to its name; link fails
 * if the name is taken.
 */
#include "predict_sink.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NUMBER_MOST ends the search for a free name: a folder with so many copies of one name is a mistake. BLOCK:
 * bytes copied at a time. */
enum { PATH_ROOM = 4096, NAME_ROOM = 128, NUMBER_MOST = 100000, BLOCK = 1 << 16 };

/* Keeps the first failure. No more copies are made after it, because a full disk would give thousands of
 * messages; the predictions themselves continue. */
static int fail(struct cli_sink_state *s, const char *path, const char *what, int error) {
    char shown[CLI_SHOWN];
    s->status = LINNET_ERR_IO;
    return cli_fail(s->status, "%s: %s: %s; nothing was overwritten [predict-move]",
                    cli_text_printable(path, shown), what, strerror(error));
}

/* ---- names ---------------------------------------------------------------------------------------------- */

/* A class's name as a folder's. Foreign names may hold slashes, control characters, or be "..": what a terminal would
 * not show is escaped, slashes and a leading dot become '_', and a name that was changed, or is that of the folder for
 * unsure pictures, gets the class's number so that it stays apart from the others. */
static void folder_name(const struct linnet_model *model, int label, char out[NAME_ROOM]) {
    const char *name = linnet_model_class_name(model, label);
    const size_t length = strlen(name);
    linnet_text_escape(name, length, out, NAME_ROOM - 16);
    for (char *p = out; *p; p++)
        if (*p == '/' || *p == '\\') *p = '_';
    if (out[0] == '.') out[0] = '_';
    if (strcmp(out, name) == 0 && strcmp(out, CLI_UNSURE) != 0 && length > 0) return;
    const size_t end = strlen(out);
    snprintf(out + end, NAME_ROOM - end, "_%d", label);
}

/* "photo.jpg", "photo-2.jpg", "photo-3.jpg" ... in the folder; false if that is too long. Only the last
 * component is kept, so pictures of the same name from several folders get numbers. */
static bool target_name(const char *folder, const char *path, int number, char out[PATH_ROOM]) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const size_t stem = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    char tail[16] = "";
    if (number > 1) snprintf(tail, sizeof tail, "-%d", number);
    return snprintf(out, PATH_ROOM, "%s/%.*s%s%s", folder, (int)stem, name, tail, name + stem) < PATH_ROOM;
}

/* A folder that exists is fine: an earlier call made it, or the user did. */
static int make_folder(struct cli_sink_state *s, const char *path) {
    struct stat found;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode)))
        return LINNET_OK;
    return fail(s, path, "cannot make the folder", errno);
}

/* ---- bytes ---------------------------------------------------------------------------------------------- */

/* 0, or an errno value. fsync: a copy whose name exists must have its bytes also after a power failure;
 * EINVAL comes from file systems that cannot sync. */
static int copy_bytes(int from, int to) {
    char block[BLOCK];
    for (;;) {
        const ssize_t got = read(from, block, sizeof block);
        if (got < 0 && errno != EINTR) return errno;
        if (got == 0) return fsync(to) == 0 || errno == EINVAL ? 0 : errno;
        for (ssize_t at = 0; at < got;) {
            const ssize_t put = write(to, block + at, (size_t)(got - at));
            if (put < 0 && errno != EINTR) return errno;
            if (put > 0) at += put;
        }
    }
}

/* read() may return fewer bytes than asked for, and different numbers for two equal files. A block is therefore compared
 * only when it is full or at the end of the file. */
static ssize_t read_whole(int fd, char block[BLOCK]) {
    ssize_t at = 0, got = 1;
    while (got > 0 && at < BLOCK) {
        got = read(fd, block + at, (size_t)(BLOCK - at));
        if (got > 0) at += got;
    }
    return got < 0 ? -1 : at;
}

/* True if the file at `path` has the bytes of `from`, which is read from its beginning. O_NONBLOCK: `path`
 * may be a pipe, on which open would wait for ever. */
static bool is_same(int from, const char *path) {
    char ours[BLOCK], theirs[BLOCK];
    const int other = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = other < 0 || lseek(from, 0, SEEK_SET) < 0 ? -1 : 1;
    bool same = n == 1;
    while (same && n > 0) {
        n = read_whole(from, ours);
        same = n >= 0 && read_whole(other, theirs) == n && memcmp(ours, theirs, (size_t)n) == 0;
    }
    if (other >= 0) close(other);
    return same;
}

/* ---- a copy ---------------------------------------------------------------------------------------------- */

struct copy {
    int from, to;
    char temp[PATH_ROOM]; /* the path under which `to` can be linked */
    bool named;           /* temp is a hidden file, to be removed */
};

/* O_TMPFILE gives a file without a name, which vanishes if the program is killed. Some file systems lack it
 * (NFS, older overlays); the hidden file then has a random name, and the permissions that the umask gives,
 * because mkostemp always makes 0600. umask can only be read by setting it; no other thread of this program
 * creates files meanwhile. */
static int copy_open(struct copy *c, const char *folder, const char *path) {
    c->from = open(path, O_RDONLY | O_CLOEXEC);
    if (c->from < 0) return errno;
    c->to = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (c->to >= 0) {
        snprintf(c->temp, sizeof c->temp, "/proc/self/fd/%d", c->to);
        return 0;
    }
    if (snprintf(c->temp, sizeof c->temp, "%s/.linnet-XXXXXX", folder) >= (int)sizeof c->temp)
        return ENAMETOOLONG;
    c->to = mkostemp(c->temp, O_CLOEXEC);
    c->named = c->to >= 0;
    if (!c->named) return errno;
    const mode_t mask = umask(0);
    umask(mask);
    return fchmod(c->to, 0666 & ~mask) == 0 ? 0 : errno;
}

static void copy_close(struct copy *c) {
    if (c->from >= 0) close(c->from);
    if (c->to >= 0) close(c->to);
    if (c->named) unlink(c->temp);
}

/* Gives the copy its name; 0, EEXIST if the name is taken, or another errno value. Some file systems have no
 * hard links (FAT): a hidden file is renamed there, with RENAME_NOREPLACE, so that nothing is replaced even
 * if another program takes the name at this moment. */
static int copy_link(const struct copy *c, const char *target) {
    if (linkat(AT_FDCWD, c->temp, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0) return 0;
    if (!c->named || errno == EEXIST) return errno;
    return renameat2(AT_FDCWD, c->temp, AT_FDCWD, target, RENAME_NOREPLACE) == 0 ? 0 : errno;
}

/* The first name that is free, unless a file of an earlier name has the same bytes: a second call with the
 * same pictures then makes no copies. */
static int copy_name(struct cli_sink_state *s, const struct copy *c, const char *folder, const char *path) {
    char target[PATH_ROOM];
    int error = EEXIST;
    for (int number = 1; error == EEXIST && number < NUMBER_MOST; number++) {
        if (!target_name(folder, path, number, target)) return ENAMETOOLONG;
        error = copy_link(c, target);
        if (error == EEXIST && is_same(c->from, target)) {
            s->left_out++;
            return 0;
        }
    }
    s->count += !error;
    return error;
}

static void copy_into(struct cli_sink_state *s, const char *folder, const char *path) {
    struct copy c = {.from = -1, .to = -1};
    int error = copy_open(&c, folder, path);
    if (!error) error = copy_bytes(c.from, c.to);
    if (!error) error = copy_name(s, &c, folder, path);
    copy_close(&c);
    if (error) fail(s, path, "copy", error);
}

/* ---- the sink -------------------------------------------------------------------------------------------- */

static int move_begin(struct cli_sink_state *s) {
    return make_folder(s, s->opts->path);
}

static void move_put(struct cli_sink_state *s, const struct linnet_prediction *p) {
    char name[NAME_ROOM] = CLI_UNSURE, folder[PATH_ROOM];
    if (p->status || s->status) return; /* reported on stderr */
    const bool unsure = cli_predict_unsure(s, p);
    if (!unsure) folder_name(s->model, p->order[0], name);
    if (snprintf(folder, sizeof folder, "%s/%s", s->opts->path, name) >= (int)sizeof folder) {
        fail(s, s->opts->path, name, ENAMETOOLONG);
        return;
    }
    if (make_folder(s, folder)) return;
    copy_into(s, folder, p->path);
    s->unsure += unsure;
}

static int move_end(struct cli_sink_state *s, bool good) {
    char shown[CLI_SHOWN], n[CLI_NUMBER];
    (void)good;
    if (s->status || s->opts->quiet) return s->status;
    printf("%s: %s cop%s", cli_text_printable(s->opts->path, shown), cli_text_count((int64_t)s->count, n),
           s->count == 1 ? "y" : "ies");
    if (s->unsure) printf(", %s unsure", cli_text_count((int64_t)s->unsure, n));
    if (s->left_out) printf("; %s were there already", cli_text_count((int64_t)s->left_out, n));
    putchar('\n');
    return LINNET_OK;
}

const struct cli_sink cli_sink_move = {move_begin, move_put, move_end};
