/* Class folders as a source: one sub-folder a class; or train/, val/ and test/ with such sub-folders in each.
 *
 * Labels are the classes' places in byte order of their names. Samples come class by class, each class's
 * paths in byte order, those of folders inside a class folder included. What is an image is told by its
 * content, when it is read. Hidden files and folders are passed over, and class folders that hold no file;
 * the log says so.
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

enum { DEPTH_MOST = 16, NESTED_MOST = 100000 }; /* folders inside a class folder: deep, and in all */

/* ---- names -------------------------------------------------------------------------------------------- */

/* A folder's part, by the word that its name begins with: train, Test, val2017, test_set; not "valley". */
static enum linnet_part part_of_name(const char *name) {
    size_t letters = 0;
    while (isalpha((unsigned char)name[letters])) letters++;
    return ln_part_named(name, letters);
}

/* Hidden, or left there by a system: by macOS in its archives, by Windows beside its thumbnails, by a NAS. */
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

/* train/ with val/ or test/ beside it, or such folders alone. (A lone "train" among "bus" and "car" is a
 * class.) */
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

/* Where the walk is: what it finds is added to the listing with this label and part. */
struct walk {
    struct ln_listing *listing;
    const char *data; /* the data's own folder */
    int label, part;
    struct ln_text queue; /* folders to be listed, relative to the data, each with its NUL */
    size_t passed;        /* hidden folders, and what lies beside the class folders */
    char first[64];       /* the first of them */
};

/* Counts what is passed over, but for hidden files: those nobody misses. */
static void walk_pass(struct walk *w, const struct ln_file_entry *entry) {
    if (is_hidden(entry) && !entry->is_folder) return;
    if (w->passed++ == 0) snprintf(w->first, sizeof w->first, "%s", entry->name);
}

static void tell_passed(const struct walk *w) {
    if (w->passed == 1)
        ln_log(LINNET_LOG_WARNING, "%s: '%s' is in no class folder, or hidden; passed over", w->data,
               w->first);
    if (w->passed > 1)
        ln_log(LINNET_LOG_WARNING,
               "%s: %zu files and folders, '%s' the first, are in no class folder, or hidden; "
               "passed over",
               w->data, w->passed, w->first);
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
            walk_pass(w, entry);
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

/* All files of a class folder and of the folders inside it. A link that leads back ends at the limit of
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
                             "%s/%s: more than %d folders deep, or %d in all; does a link lead back?",
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

/* The class folders among `list`, the listing of `root`. The first root settles the classes, the others' are
 * matched by name. */
static int walk_root(struct walk *w, const char *root, const struct ln_file_list *list, bool settles) {
    struct ln_classes *classes = &w->listing->classes;
    const char *slash = *root ? "/" : "";
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->entries[i].name;
        const struct ln_word word = {name, strlen(name)};
        size_t before = w->listing->count;
        if (!is_open_folder(&list->entries[i])) {
            walk_pass(w, &list->entries[i]);
            continue;
        }
        w->label = settles ? (int)classes->count : ln_classes_find(classes, word);
        LN_TRY(walk_class(w, root, name));
        if (w->listing->count == before)
            ln_log(LINNET_LOG_WARNING, "%s/%s%s%s: holds no files, passed over", w->data, root, slash, name);
        else if (settles)
            LN_TRY(ln_classes_add(classes, w->data, word));
        else if (w->label < 0)
            return ln_classes_fail_unknown(classes, w->data, root, word);
    }
    return LINNET_OK;
}

/* ---- the source --------------------------------------------------------------------------------------- */

/* A part's photos are in class folders; where it has none, their names say the class. */
static int walk_part(struct walk *w, const char *root) {
    char *path = ln_file_join(w->data, root);
    if (!path) return LINNET_ERR_LIMIT;
    struct ln_file_list list;
    int status = ln_file_list_read(&list, path);
    ln_free(path);
    LN_TRY(status);
    bool settles = w->listing->classes.count == 0;
    size_t passed = 0;
    status = folder_probe(root, &list) ? walk_root(w, root, &list, settles)
                                       : ln_flat_list(w->listing, root, &list, w->part, settles, &passed);
    if (passed > 0)
        ln_log(LINNET_LOG_WARNING, "%s/%s: %zu files whose names say no class passed over", w->data, root,
               passed);
    ln_file_list_fini(&list);
    return status;
}

static int walk_tree(struct walk *w, const struct ln_file_list *entries) {
    for (size_t i = 0; i < entries->count; i++)
        if (!is_open_folder(&entries->entries[i]) || !part_of_name(entries->entries[i].name))
            walk_pass(w, &entries->entries[i]);
    for (w->part = LINNET_TRAIN; w->part <= LINNET_TEST; w->part++)
        for (size_t i = 0; i < entries->count; i++)
            if (is_open_folder(&entries->entries[i]) &&
                part_of_name(entries->entries[i].name) == (unsigned)w->part)
                LN_TRY(walk_part(w, entries->entries[i].name));
    return LINNET_OK;
}

/* A class alone that holds nothing but folders is most likely the data itself, unpacked one folder deeper. */
static int check_classes(const struct walk *w) {
    const struct ln_classes *classes = &w->listing->classes;
    if (classes->count == 0)
        return ln_fail(LINNET_ERR_INPUT, "folder-empty", "%s: there is no file in any of its class folders",
                       w->data);
    if (classes->count > 1) return LINNET_OK;
    for (size_t i = 0; i < w->listing->count; i++)
        if (depth(ln_listing_path(w->listing, i)) < (w->listing->files[i].part ? 3 : 2)) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "folder-class",
                   "%s: '%.*s' is its only class folder, and holds nothing but folders; is that the data?",
                   w->data, LN_TEXT_CUT(classes->names[0]));
}

static int folder_open(struct ln_dataset *ds, const struct ln_file_list *entries) {
    struct walk walk = {.listing = ln_listing_begin(ds, ds->path), .data = ds->path};
    if (!walk.listing) return LINNET_ERR_LIMIT;
    int status = is_tree(entries) ? walk_tree(&walk, entries) : walk_root(&walk, "", entries, true);
    ln_text_fini(&walk.queue);
    LN_TRY(status);
    tell_passed(&walk);
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
