/* Class folders as a source: one sub-folder per class; or train/, val/ and test/, each with such sub-folders.
 *
 * Classes are numbered in byte order of their names. Samples are ordered by class, then by the bytes of their paths;
 * folders inside a class folder belong to the class. Images are recognised by their content when they are read. Hidden
 * files and folders, and class folders without files, are ignored with a warning in the log.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "data/flat.h"
#include "data/listing.h"
#include "data/part_name.h"
#include "data/source.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    DEPTH_MOST = 16,
    NESTED_MOST = 100000
}; /* levels of folders inside a class folder, and folders in all */

/* ---- names -------------------------------------------------------------------------------------------- */

/* A folder's part, by the first word of its name: train, Test, val2017, test_set; not "valley". */
static enum linnet_part part_of_name(const char *name) {
    size_t letters = 0;
    while (isalpha((unsigned char)name[letters])) letters++;
    return ln_part_named(name, letters);
}

/* Hidden files, and those that systems leave behind: macOS in archives, Windows with thumbnails, network drives. */
static bool is_hidden(const struct ln_file_entry *entry) {
    static const char *const litter[] = {"__MACOSX",   "__pycache__",  "@eaDir",
                                         "lost+found", "$RECYCLE.BIN", "System Volume Information",
                                         "Thumbs.db",  "desktop.ini"};
    for (size_t i = 0; i < sizeof litter / sizeof *litter; i++)
        if (strcmp(entry->name, litter[i]) == 0) return true;
    return entry->name[0] == '.';
}

static bool is_open_folder(const struct ln_file_entry *entry) {
    return entry->is_folder && !is_hidden(entry);
}

/* True if train/ stands next to val/ or test/, or if all folders are parts. A "train" between "bus" and "car" is a class. */
static bool is_tree(const struct ln_file_list *list) {
    size_t found[LINNET_TEST + 1] = {0};
    for (size_t i = 0; i < list->count; i++)
        if (is_open_folder(&list->entries[i])) found[part_of_name(list->entries[i].name)]++;
    size_t others = found[LINNET_PART_DEFAULT], watched = found[LINNET_VAL] + found[LINNET_TEST];
    return others == 0 ? true : found[LINNET_TRAIN] > 0 && watched > 0;
}

static bool folder_probe(const char *path, const struct ln_file_list *entries) {
    for (size_t i = 0; entries && i < entries->count; i++)
        if (is_open_folder(&entries->entries[i])) return true;
    return false;
}

/* ---- one class ---------------------------------------------------------------------------------------- */

/* The state of the walk: files are added to the listing with this label and part. */
struct walk {
    struct ln_listing *listing;
    const char *data; /* the folder of the data */
    int label, part;
    struct ln_text queue; /* folders to be listed, relative to the data, each with its NUL */
    size_t ignored;       /* hidden folders, and files outside the class folders */
    char first[64];       /* the first of them */
};

/* Counts an ignored file or folder for the warning; hidden files are expected and not counted. */
static void walk_ignore(struct walk *w, const struct ln_file_entry *entry) {
    if (is_hidden(entry) && !entry->is_folder) return;
    if (w->ignored++ == 0) snprintf(w->first, sizeof w->first, "%s", entry->name);
}

static void report_ignored(const struct walk *w) {
    if (w->ignored == 1)
        ln_log(LINNET_LOG_WARNING, "%s: '%s' is hidden or not in a class folder, so it is ignored", w->data,
               w->first);
    if (w->ignored > 1)
        ln_log(LINNET_LOG_WARNING,
               "%s: %zu files and folders are hidden or not in a class folder, so they are ignored, "
               "the first is '%s'",
               w->data, w->ignored, w->first);
}

static int walk_queue(struct walk *w, const char *folder, const char *name) {
    if (*folder) {
        ln_text_add(&w->queue, folder);
        ln_text_add(&w->queue, "/");
    }
    ln_text_add_bytes(&w->queue, name, strlen(name) + 1);
    return w->queue.failed ? LINNET_ERR_LIMIT : LINNET_OK;
}

/* Adds the folder's files to the listing and its sub-folders to the queue. */
static int walk_folder(struct walk *w, const char *folder) {
    struct ln_file_list list = {0};
    char *path = ln_file_join(w->data, folder);
    int status = path ? ln_file_list_read(&list, path) : LINNET_ERR_LIMIT;
    for (size_t i = 0; status == LINNET_OK && i < list.count; i++) {
        const struct ln_file_entry *entry = &list.entries[i];
        if (is_hidden(entry)) {
            walk_ignore(w, entry);
            continue;
        }
        status = entry->is_folder ? walk_queue(w, folder, entry->name)
                                  : ln_listing_add(w->listing, folder, entry->name, w->label, w->part);
    }
    ln_file_list_fini(&list);
    ln_free(path);
    return status;
}

static int depth(const char *path) {
    int slashes = 0;
    for (; *path; path++) slashes += *path == '/';
    return slashes;
}

/* Adds all files of a class folder and of the folders inside it. A symbolic link that forms a loop ends at the limit of
 * depth. */
static int walk_class(struct walk *w, const char *root, const char *name) {
    size_t first = w->listing->count, folders = 0;
    int top = *root ? 1 : 0;
    w->queue.length = 0;
    LN_TRY(walk_queue(w, root, name));
    for (size_t at = 0; at < w->queue.length; folders++) {
        char *folder = ln_strdup(w->queue.data + at); /* the queue moves as it grows */
        if (!folder) return LINNET_ERR_LIMIT;
        at += strlen(folder) + 1;
        int status;
        if (depth(folder) - top > DEPTH_MOST || folders > NESTED_MOST)
            status = ln_fail(LINNET_ERR_LIMIT, "folder-depth",
                             "%s/%s: more than %d levels of folders, or %d in all; does a link form a loop?",
                             w->data, folder, DEPTH_MOST, NESTED_MOST);
        else
            status = walk_folder(w, folder);
        ln_free(folder);
        LN_TRY(status);
    }
    if (folders > 1) ln_listing_sort(w->listing, first);
    return LINNET_OK;
}

/* ---- a folder of classes ------------------------------------------------------------------------------ */

/* Walks the class folders of `list`, the listing of `root`. The first root defines the classes; the class folders of
 * the others are matched by name. */
static int walk_root(struct walk *w, const char *root, const struct ln_file_list *list, bool first_root) {
    struct ln_classes *classes = &w->listing->classes;
    const char *slash = *root ? "/" : "";
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->entries[i].name;
        const struct ln_word word = {name, strlen(name)};
        size_t before = w->listing->count;
        if (!is_open_folder(&list->entries[i])) {
            walk_ignore(w, &list->entries[i]);
            continue;
        }
        w->label = first_root ? (int)classes->count : ln_classes_find(classes, word);
        LN_TRY(walk_class(w, root, name));
        if (w->listing->count == before)
            ln_log(LINNET_LOG_WARNING, "%s/%s%s%s: contains no files and is ignored", w->data, root, slash,
                   name);
        else if (first_root)
            LN_TRY(ln_classes_add(classes, w->data, word));
        else if (w->label < 0)
            return ln_classes_fail_unknown(classes, w->data, root, word);
    }
    return LINNET_OK;
}

/* ---- the source --------------------------------------------------------------------------------------- */

/* The photos of a part are in class folders; without class folders, their file names begin with the class. */
static int walk_part(struct walk *w, const char *root) {
    char *path = ln_file_join(w->data, root);
    if (!path) return LINNET_ERR_LIMIT;
    struct ln_file_list list;
    int status = ln_file_list_read(&list, path);
    ln_free(path);
    LN_TRY(status);
    bool first_root = w->listing->classes.count == 0;
    size_t passed = 0;
    status = folder_probe(root, &list) ? walk_root(w, root, &list, first_root)
                                       : ln_flat_list(w->listing, root, &list, w->part, first_root, &passed);
    if (passed > 0)
        ln_log(LINNET_LOG_WARNING, "%s/%s: %zu files are ignored: their names contain no class", w->data,
               root, passed);
    ln_file_list_fini(&list);
    return status;
}

static int walk_tree(struct walk *w, const struct ln_file_list *entries) {
    for (size_t i = 0; i < entries->count; i++)
        if (!is_open_folder(&entries->entries[i]) || !part_of_name(entries->entries[i].name))
            walk_ignore(w, &entries->entries[i]);
    for (w->part = LINNET_TRAIN; w->part <= LINNET_TEST; w->part++)
        for (size_t i = 0; i < entries->count; i++)
            if (is_open_folder(&entries->entries[i]) &&
                part_of_name(entries->entries[i].name) == (unsigned)w->part)
                LN_TRY(walk_part(w, entries->entries[i].name));
    return LINNET_OK;
}

/* A single class folder that contains only folders is most likely the data itself, unpacked one level deeper. */
static int check_classes(const struct walk *w) {
    const struct ln_classes *classes = &w->listing->classes;
    if (classes->count == 0)
        return ln_fail(LINNET_ERR_INPUT, "folder-empty", "%s: the class folders contain no files", w->data);
    if (classes->count > 1) return LINNET_OK;
    for (size_t i = 0; i < w->listing->count; i++)
        if (depth(ln_listing_path(w->listing, i)) < (w->listing->files[i].part ? 3 : 2)) return LINNET_OK;
    return ln_fail(
        LINNET_ERR_INPUT, "folder-class",
        "%s: '%.*s' is the only class folder and contains only folders; if it is the data, give its path",
        w->data, LN_TEXT_CUT(classes->names[0]));
}

static int folder_open(struct ln_dataset *ds, const struct ln_file_list *entries) {
    struct walk walk = {.listing = ln_listing_begin(ds, ds->path), .data = ds->path};
    if (!walk.listing) return LINNET_ERR_LIMIT;
    int status = is_tree(entries) ? walk_tree(&walk, entries) : walk_root(&walk, "", entries, true);
    ln_text_fini(&walk.queue);
    LN_TRY(status);
    report_ignored(&walk);
    LN_TRY(check_classes(&walk));
    return ln_listing_end(ds);
}

const struct ln_source ln_source_folder = {
    .name = "folder",
    .what = "folders named after the classes with photos in them",
    .probe = folder_probe,
    .open = folder_open,
    .close = ln_listing_close,
    .read = ln_listing_read,
    .bytes = ln_listing_bytes,
    .stamp = ln_listing_stamp,
    .sample_name = ln_listing_sample_name,
};
