/* Folders: made with their parents, listed in byte order. */
#include "base/alloc.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int folder_make(const char *path) {
    if (mkdir(path, 0777) == 0) return LINNET_OK;
    int errnum = errno; /* a folder that is there already may answer EROFS or EACCES too */
    if (ln_file_is_folder(path)) return LINNET_OK;
    if (errnum == EEXIST) errnum = ENOTDIR;
    return ln_fail_errno(LINNET_ERR_IO, "folder-make", errnum, "%s", path);
}

int ln_file_make_folder(const char *path) {
    char *walk = ln_strdup(path);
    if (!walk) return LINNET_ERR_LIMIT;
    int status = LINNET_OK;
    char *slash = strchr(walk + strspn(walk, "/"), '/');
    for (; slash && status == LINNET_OK; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = folder_make(walk);
        *slash = '/';
    }
    if (status == LINNET_OK) status = folder_make(walk);
    ln_free(walk);
    return status;
}

static int open_failure(const char *folder, int errnum) {
    bool forbidden = errnum == EACCES || errnum == EPERM;
    bool missing = errnum == ENOENT || errnum == ENOTDIR || errnum == ENAMETOOLONG || errnum == ELOOP;
    return ln_fail_errno(missing ? LINNET_ERR_INPUT : LINNET_ERR_IO,
                         missing     ? "file-open"
                         : forbidden ? "file-access"
                                     : "file-read",
                         errnum, "%s", folder);
}

static bool entry_is_folder(DIR *dir, const struct dirent *found) {
    struct stat target;
    if (found->d_type != DT_LNK && found->d_type != DT_UNKNOWN) return found->d_type == DT_DIR;
    return fstatat(dirfd(dir), found->d_name, &target, 0) == 0 && S_ISDIR(target.st_mode);
}

static int list_add(struct ln_file_list *list, size_t *capacity, DIR *dir, const struct dirent *found) {
    struct ln_file_entry *entries = ln_grow(list->entries, list->count, capacity, sizeof *entries);
    if (!entries) return LINNET_ERR_LIMIT;
    list->entries = entries;
    char *name = ln_strdup(found->d_name);
    if (!name) return LINNET_ERR_LIMIT;
    entries[list->count++] = (struct ln_file_entry){name, entry_is_folder(dir, found)};
    return LINNET_OK;
}

static int list_fill(struct ln_file_list *list, DIR *dir, const char *folder) {
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        const struct dirent *found = readdir(dir);
        if (!found && errno) return ln_fail_errno(LINNET_ERR_IO, "file-read", errno, "%s: list", folder);
        if (!found) return LINNET_OK;
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0) continue;
        LN_TRY(list_add(list, &capacity, dir, found));
    }
}

static int entry_order(const void *a, const void *b) {
    return strcmp(((const struct ln_file_entry *)a)->name, ((const struct ln_file_entry *)b)->name);
}

int ln_file_list_read(struct ln_file_list *list, const char *folder) {
    *list = (struct ln_file_list){0};
    DIR *dir = opendir(folder);
    if (!dir) return open_failure(folder, errno);
    int status = list_fill(list, dir, folder);
    closedir(dir);
    if (status != LINNET_OK)
        ln_file_list_fini(list);
    else if (list->count)
        qsort(list->entries, list->count, sizeof *list->entries, entry_order);
    return status;
}

void ln_file_list_fini(struct ln_file_list *list) {
    for (size_t i = 0; i < list->count; i++) ln_free(list->entries[i].name);
    ln_free(list->entries);
    *list = (struct ln_file_list){0};
}
