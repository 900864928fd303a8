/* Folders: made with their parents, listed in byte order. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int folder_make(const char *path) {
    if (mkdir(path, 0777) == 0) return ln_file_sync_name(path);
    int errnum = errno; /* for an existing folder it may be EROFS or EACCES */
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

/* ---- listing ------------------------------------------------------------------------------------------- */

/* Names in the system's order, end to end, and where each begins: a million names are one block of memory. */
struct found {
    struct ln_text names;
    struct place {
        size_t at;
        bool is_folder;
    } * places;
    size_t count, capacity;
};

static int found_add(struct found *found, DIR *dir, const struct dirent *entry) {
    struct place *places = ln_grow(found->places, found->count, &found->capacity, sizeof *places);
    if (!places) return LINNET_ERR_LIMIT;
    found->places = places;
    places[found->count++] = (struct place){found->names.length, entry_is_folder(dir, entry)};
    ln_text_add_bytes(&found->names, entry->d_name, strlen(entry->d_name) + 1);
    return found->names.failed ? LINNET_ERR_LIMIT : LINNET_OK;
}

static int found_fill(struct found *found, DIR *dir, const char *folder) {
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry && errno)
            return ln_fail_errno(LINNET_ERR_IO, "file-read", errno, "%s: cannot be listed", folder);
        if (!entry) return LINNET_OK;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        LN_TRY(found_add(found, dir, entry));
    }
}

static int place_order(const void *a, const void *b, void *names) {
    return strcmp((const char *)names + ((const struct place *)a)->at,
                  (const char *)names + ((const struct place *)b)->at);
}

/* Copies the names in their order, so that walking the list walks through memory. */
static int list_fill(struct ln_file_list *list, struct found *found) {
    if (found->count == 0) return LINNET_OK;
    qsort_r(found->places, found->count, sizeof *found->places, place_order, found->names.data);
    list->names = ln_alloc(found->names.length);
    list->entries = ln_realloc_array(NULL, found->count, sizeof *list->entries);
    if (!list->names || !list->entries) return LINNET_ERR_LIMIT;
    for (char *to = list->names; list->count < found->count; list->count++) {
        const struct place *place = &found->places[list->count];
        const char *name = found->names.data + place->at;
        const size_t size = strlen(name) + 1;
        list->entries[list->count] = (struct ln_file_entry){memcpy(to, name, size), place->is_folder};
        to += size;
    }
    return LINNET_OK;
}

int ln_file_list_read(struct ln_file_list *list, const char *folder) {
    struct found found = {0};
    *list = (struct ln_file_list){0};
    DIR *dir = opendir(folder);
    if (!dir) return open_failure(folder, errno);
    int status = found_fill(&found, dir, folder);
    closedir(dir);
    if (status == LINNET_OK) status = list_fill(list, &found);
    ln_text_fini(&found.names);
    ln_free(found.places);
    if (status != LINNET_OK) ln_file_list_fini(list);
    return status;
}

void ln_file_list_fini(struct ln_file_list *list) {
    ln_free(list->names);
    ln_free(list->entries);
    *list = (struct ln_file_list){0};
}
