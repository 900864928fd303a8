/* Looking up runs. A name from a request is only compared with the names of existing folders: no path is made from it. */
#include "serve_runs.h"
#include "model.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MOST = 4096 };

/* ---- kinds of paths ---------------------------------------------------------------------------------------- */

static bool holds(const char *folder, const char *name) {
    char path[PATH_MOST];
    struct stat st;
    const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length < (int)sizeof path && !stat(path, &st) && S_ISREG(st.st_mode);
}

enum serve_path_kind serve_runs_kind(const char *path) {
    struct stat st;
    if (cli_model_is_arch(path) || stat(path, &st) || !S_ISDIR(st.st_mode)) return SERVE_NO_RUN;
    if (holds(path, "args.json")) return SERVE_ONE_RUN;
    return holds(path, "best.safetensors") ? SERVE_NO_RUN : SERVE_MANY_RUNS;
}

static bool is_taken(const struct serve_runs *runs, const char *name) {
    for (int i = 0; i < runs->count; i++)
        if (!strcmp(runs->roots[i].name, name)) return true;
    return false;
}

void serve_runs_add(struct serve_runs *runs, const char *path, enum serve_path_kind kind) {
    struct serve_runs_root *root = &runs->roots[runs->count];
    char name[SERVE_MODEL_NAME_MAX];
    if (runs->count == SERVE_RUNS_ROOTS) return;
    serve_name_of(path, name);
    *root = (struct serve_runs_root){.path = path, .many = kind == SERVE_MANY_RUNS};
    snprintf(root->name, sizeof root->name, "%s", name);
    for (int i = 2; is_taken(runs, root->name); i++)
        snprintf(root->name, sizeof root->name, "%.*s-%d", (int)sizeof name - 13, name, i);
    runs->count++;
}

/* ---- walking over them ------------------------------------------------------------------------------------- */

struct walk {
    const struct serve_runs *runs;
    bool (*visit)(void *user, const struct serve_runs_visit *v);
    void *user;
    int count;
    bool ended;
};

static int open_folder(int at, const char *path, int flags) {
    return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | flags);
}

/* Closes the folder. */
static void visit(struct walk *w, const char *name, const char *path, int folder) {
    struct stat st;
    if (!fstatat(folder, "args.json", &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode)) {
        w->ended = !w->visit(w->user, &(struct serve_runs_visit){name, path, folder});
        w->ended |= ++w->count == SERVE_RUNS_MOST;
    }
    close(folder);
}

static int is_shown(const struct dirent *entry) {
    const bool may_be_folder = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
    return may_be_folder && entry->d_name[0] != '.';
}

static void visit_entry(struct walk *w, const struct serve_runs_root *root, int at, const char *entry) {
    char name[SERVE_MODEL_NAME_MAX], path[PATH_MOST];
    const bool alone = w->runs->count == 1;
    const int length =
        snprintf(name, sizeof name, "%s%s%s", alone ? "" : root->name, alone ? "" : ":", entry);
    const int path_length = snprintf(path, sizeof path, "%s/%s", root->path, entry);
    if (length >= (int)sizeof name || path_length >= (int)sizeof path) return;
    const int folder = open_folder(at, entry, O_NOFOLLOW);
    if (folder >= 0) visit(w, name, path, folder);
}

static void visit_many(struct walk *w, const struct serve_runs_root *root, int at) {
    struct dirent **entries;
    int count = scandirat(at, ".", &entries, is_shown, versionsort);
    for (int i = 0; i < count; i++) {
        if (!w->ended) visit_entry(w, root, at, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    close(at);
}

void serve_runs_each(const struct serve_runs *runs,
                     bool (*visit_run)(void *user, const struct serve_runs_visit *v), void *user) {
    struct walk w = {.runs = runs, .visit = visit_run, .user = user};
    for (int i = 0; i < runs->count && !w.ended; i++) {
        const struct serve_runs_root *root = &runs->roots[i];
        const int at = open_folder(AT_FDCWD, root->path, 0);
        if (at < 0) continue; /* it is gone */
        if (root->many)
            visit_many(&w, root, at);
        else
            visit(&w, root->name, root->path, at);
    }
}
