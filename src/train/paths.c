/* Files on the command line: a folder stands for the files in it. They are listed before anything is computed, so that an
 * empty or unreadable folder is reported first. */
#include "train/paths.h"
#include "base/alloc.h"
#include "base/file.h"

static int add_path(struct ln_paths *p, char *path) {
    char **grown = path ? ln_grow(p->items, p->count, &p->capacity, sizeof *grown) : NULL;
    if (!grown) {
        ln_free(path);
        return LINNET_ERR_LIMIT;
    }
    p->items = grown;
    p->items[p->count++] = path;
    return LINNET_OK;
}

enum { DEPTH_MOST = 16 }; /* levels of folders; a symbolic link that forms a loop ends here */

/* Adds the files of folders->items[at] to p, and its folders to the end of `folders`. */
static int list_folder(struct ln_paths *p, struct ln_paths *folders, size_t at) {
    struct ln_file_list list = {0};
    LN_TRY(ln_file_list_read(&list, folders->items[at]));
    int status = LINNET_OK;
    for (size_t i = 0; i < list.count && status == LINNET_OK; i++) {
        const struct ln_file_entry *entry = &list.entries[i];
        if (entry->name[0] == '.') continue;
        status = add_path(entry->is_folder ? folders : p, ln_file_join(folders->items[at], entry->name));
    }
    ln_file_list_fini(&list);
    return status;
}

void ln_paths_fini(struct ln_paths *p) {
    for (size_t i = 0; i < p->count; i++) ln_free(p->items[i]);
    ln_free(p->items);
}

/* Adds the files of a folder in byte order, then those of its subfolders, level by level; hidden ones are
 * ignored. A queue, not recursion: the user's folders decide the depth. */
static int add_folder(struct ln_paths *p, const char *folder) {
    struct ln_paths folders = {0};
    size_t before = p->count, level_end = 1;
    int status = add_path(&folders, ln_strdup(folder)), depth = 0;
    for (size_t at = 0; status == LINNET_OK && at < folders.count; at++) {
        if (at == level_end) {
            level_end = folders.count;
            if (++depth > DEPTH_MOST)
                status = ln_fail(LINNET_ERR_LIMIT, "folder-depth",
                                 "%s: more than %d folders deep; does a link form a loop?", folders.items[at],
                                 DEPTH_MOST);
        }
        if (status == LINNET_OK) status = list_folder(p, &folders, at);
    }
    if (status == LINNET_OK && p->count == before)
        status = ln_fail(LINNET_ERR_INPUT, "predict-empty", "%s: the folder has no files", folder);
    ln_paths_fini(&folders);
    return status;
}

int ln_paths_expand(struct ln_paths *p, const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++)
        LN_TRY(ln_file_is_folder(paths[i]) ? add_folder(p, paths[i]) : add_path(p, ln_strdup(paths[i])));
    return LINNET_OK;
}

struct ln_image_peak ln_paths_peak(const struct ln_paths *p) {
    enum { LOOKED_AT = 8 };
    const size_t most = p->count < LOOKED_AT ? p->count : LOOKED_AT;
    struct ln_image_peak largest = {0};
    for (size_t i = 0; i < most; i++) {
        const struct ln_image_peak peak = ln_image_read_peak(p->items[i * p->count / most]);
        if (peak.bytes > largest.bytes) largest = peak;
    }
    return largest;
}
