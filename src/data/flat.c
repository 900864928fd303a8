/* Photos in one flat folder as a source: each name begins with its class, as in cat.12.jpg.
 *
 * Labels follow the byte order of the class names. Samples are ordered by class, then by name: the order that
 * the same photos would have in one folder per class.
 */
#include "data/flat.h"
#include "base/alloc.h"
#include "base/log.h"
#include "data/source.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { CLASSES_MOST = 10000 }; /* more distinct prefixes than this are not classes */

/* The folder counts as flat only if it has this many photos per sub-folder. With fewer photos, the
 * sub-folders are the classes and the photos are strays. */
enum { PHOTOS_A_FOLDER = 10 };

/* ---- names -------------------------------------------------------------------------------------------- */

static bool is_image_ending(const char *dot) {
    static const char *const endings[] = {".jpg",  ".jpeg", ".jpe",  ".jfif", ".png", ".webp",
                                          ".bmp",  ".heic", ".heif", ".avif", ".gif", ".tif",
                                          ".tiff", ".pnm",  ".ppm",  ".pgm",  ".pbm"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0) return true;
    return false;
}

bool ln_flat_is_image(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && name[0] != '.' && is_image_ending(dot);
}

static bool is_digit(char c) {
    return isdigit((unsigned char)c);
}

static bool is_separator(char c) {
    return ispunct((unsigned char)c) || isspace((unsigned char)c);
}

/* The start of the number that ends the class in name[0, end); `end` if there is none. */
static size_t find_number(const char *name, size_t end) {
    size_t first = end;
    for (size_t i = 0, next; i < end; i = next) {
        for (next = i; next < end && is_digit(name[next]);) next++;
        if (next == i) {
            next++;
            continue;
        }
        if (first == end) first = i;
        if (i > 0 && is_separator(name[i - 1]) && (next == end || is_separator(name[next]))) return i;
    }
    return first;
}

size_t ln_flat_class(const char *name) {
    if (!ln_flat_is_image(name)) return 0;
    size_t end = (size_t)(strrchr(name, '.') - name), length = find_number(name, end);
    if (length == end) return 0;
    while (length > 0 && is_separator(name[length - 1])) length--;
    return length;
}

/* ---- the listing -------------------------------------------------------------------------------------- */

static struct ln_word class_word(const struct ln_file_entry *entry) {
    return (struct ln_word){entry->name, entry->is_folder ? 0 : ln_flat_class(entry->name)};
}

static int collect_classes(struct ln_classes *classes, const char *path, const struct ln_file_list *files) {
    struct ln_word *words = ln_alloc(files->count * sizeof *words);
    if (!words) return LINNET_ERR_LIMIT;
    size_t n = 0;
    for (size_t i = 0; i < files->count; i++) {
        struct ln_word word = class_word(&files->entries[i]);
        bool is_new = word.length > 0 && (n == 0 || ln_word_order(&word, &words[n - 1]) != 0);
        if (is_new) words[n++] = word; /* entries are sorted, so equal classes are mostly adjacent */
    }
    int status = ln_classes_add_distinct(classes, path, words, n, CLASSES_MOST);
    ln_free(words);
    return status;
}

int ln_flat_list(struct ln_listing *l, const char *folder, const struct ln_file_list *files, int part,
                 bool defines_classes, size_t *skipped) {
    size_t first = l->count;
    if (defines_classes) LN_TRY(collect_classes(&l->classes, l->base, files));
    for (size_t i = 0; i < files->count; i++) {
        struct ln_word word = class_word(&files->entries[i]);
        if (word.length == 0) {
            *skipped += word.text[0] != '.';
            continue;
        }
        int label = ln_classes_find(&l->classes, word);
        if (label < 0) return ln_classes_fail_unknown(&l->classes, l->base, folder, word);
        LN_TRY(ln_listing_add(l, folder, word.text, label, part));
    }
    ln_listing_sort(l, first);
    return LINNET_OK;
}

/* ---- the source --------------------------------------------------------------------------------------- */

/* Requires at least two classes, and enough photos to outweigh the sub-folders. */
static bool flat_probe(const char *path, const struct ln_file_list *entries) {
    struct ln_word seen = {0};
    size_t photos = 0, folders = 0;
    bool differ = false;
    for (size_t i = 0; entries && i < entries->count; i++) {
        const struct ln_file_entry *entry = &entries->entries[i];
        struct ln_word word = class_word(entry);
        if (entry->is_folder) folders += entry->name[0] != '.';
        if (word.length == 0) continue;
        if (photos++ == 0) seen = word;
        differ = differ || ln_word_order(&word, &seen) != 0;
    }
    return differ && photos >= PHOTOS_A_FOLDER * folders;
}

static int flat_open(struct ln_dataset *ds, const struct ln_file_list *entries) {
    struct ln_listing *listing = ln_listing_begin(ds, ds->path);
    if (!listing) return LINNET_ERR_LIMIT;
    size_t skipped = 0;
    LN_TRY(ln_flat_list(listing, "", entries, LINNET_PART_DEFAULT, true, &skipped));
    if (skipped > 0)
        ln_log(LINNET_LOG_WARNING, "%s: skipped %zu files and folders whose names do not begin with a class",
               ds->path, skipped);
    return ln_listing_end(ds);
}

const struct ln_source ln_source_flat = {
    .name = "flat",
    .what = "photos whose names begin with the class (cat.12.jpg)",
    .probe = flat_probe,
    .open = flat_open,
    .close = ln_listing_close,
    .read = ln_listing_read,
    .bytes = ln_listing_bytes,
    .stamp = ln_listing_stamp,
    .sample_name = ln_listing_sample_name,
};
