/* Opening a data set: find the source that recognises the path, list its samples, check them, split them. */
#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "data/duplicates.h"
#include "data/flat.h"
#include "data/source.h"
#include "data/split.h"
#include <string.h>

static const struct ln_source *const sources[] = {
#define LN_SOURCE(name) &ln_source_##name,
#include "data/source_list.h"
#undef LN_SOURCE
};
enum { SOURCES = sizeof sources / sizeof *sources };

/* Fails for a folder of pictures whose names give no classes to train on. */
static int fail_classless(const char *path, const struct ln_file_list *entries, size_t pictures) {
    const char *one = "";
    for (size_t i = 0; i < entries->count && !*one; i++)
        if (!entries->entries[i].is_folder && ln_flat_is_image(entries->entries[i].name))
            one = entries->entries[i].name;
    if (ln_flat_class(one) > 0)
        return ln_fail(LINNET_ERR_INPUT, "data-kind",
                       "%s: all %zu pictures, such as '%.*s', are of one class; training needs at least two",
                       path, pictures, LN_TEXT_CUT(one));
    return ln_fail(LINNET_ERR_INPUT, "data-kind",
                   "%s: the names of its %zu pictures, such as '%.*s', do not begin with a class; put each "
                   "class in a folder of its own (cat/1.jpg) or begin the names with it (cat.1.jpg)",
                   path, pictures, LN_TEXT_CUT(one));
}

static int fail_folder(const char *path, const struct ln_file_list *entries, const char *known) {
    size_t pictures = 0;
    for (size_t i = 0; i < entries->count; i++)
        pictures += !entries->entries[i].is_folder && ln_flat_is_image(entries->entries[i].name);
    if (entries->count == 0) return ln_fail(LINNET_ERR_INPUT, "data-kind", "%s: the folder is empty", path);
    if (pictures > 0) return fail_classless(path, entries, pictures);
    return ln_fail(LINNET_ERR_INPUT, "data-kind",
                   "%s: none of its %zu entries is recognised as data; expected one of: %s", path,
                   entries->count, known);
}

static int fail_unknown(const char *path, const struct ln_file_list *entries) {
    struct ln_text known = {0};
    for (int i = 0; i < SOURCES; i++) ln_text_addf(&known, "%s%s", i ? "; " : "", sources[i]->what);
    int status;
    if (known.failed)
        status = LINNET_ERR_LIMIT;
    else if (entries)
        status = fail_folder(path, entries, known.data);
    else if (ln_flat_is_image(ln_file_name(path)))
        status = ln_fail(LINNET_ERR_INPUT, "data-kind",
                         "%s: is a single picture; expected a folder of pictures", path);
    else
        status = ln_fail(LINNET_ERR_INPUT, "data-kind", "%s: unrecognised data file; expected one of: %s",
                         path, known.data);
    ln_text_fini(&known);
    return status;
}

/* Checks that hold for every source: there are samples and classes, and a uint32_t can number the samples. */
static int check_listing(const struct ln_dataset *ds) {
    if (ds->count == 0 || ds->classes == 0)
        return ln_fail(LINNET_ERR_INPUT, "data-count", "%s: contains no images", ds->path);
    if (ds->count > UINT32_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "data-count", "%s: %zu images; the limit is %u", ds->path, ds->count,
                       UINT32_MAX);
    if (ds->classes == 1)
        ln_log(LINNET_LOG_WARNING, "%s: has only one class, '%s'; a classifier needs at least two", ds->path,
               ds->class_names[0]);
    return LINNET_OK;
}

static int open_source(struct ln_dataset *ds, const struct ln_file_list *entries) {
    for (int i = 0; i < SOURCES; i++) {
        if (!sources[i]->probe(ds->path, entries)) continue;
        ds->source = sources[i];
        LN_TRY(ds->source->open(ds, entries));
        return check_listing(ds);
    }
    return fail_unknown(ds->path, entries);
}

static int open_path(struct ln_dataset *ds) {
    if (!ln_file_is_folder(ds->path)) {
        if (ln_file_exists(ds->path)) return open_source(ds, NULL);
        return ln_fail(LINNET_ERR_INPUT, "data-missing", "%s: no such file or folder", ds->path);
    }
    struct ln_file_list entries = {0};
    int status = ln_file_list_read(&entries, ds->path);
    if (status == LINNET_OK) status = open_source(ds, &entries);
    ln_file_list_fini(&entries);
    return status;
}

/* Decodes every image before the split is drawn, if the split depends on them: unreadable images must be left
 * out (skip_bad), near-identical ones must end up in the same part (group_near). A split file already says
 * where each image goes. */
static int inspect_images(struct ln_dataset *ds, const struct linnet_data_opts *opts) {
    if (!opts || opts->split_file || !(opts->group_near || opts->skip_bad)) return LINNET_OK;
    struct ln_inspection inspection;
    LN_TRY(ln_inspection_run(&inspection, ds,
                             &(struct ln_inspection_opts){
                                 .stop = opts->stop, .on_progress = opts->on_progress, .user = opts->user}));
    int status = ln_inspection_exclude(&inspection, ds);
    if (status == LINNET_OK && opts->group_near) status = ln_duplicates_group(ds, &inspection);
    ln_inspection_fini(&inspection);
    return status;
}

int ln_dataset_open(struct ln_dataset **out, const char *path, const struct linnet_data_opts *opts) {
    *out = NULL;
    struct ln_dataset *ds = ln_calloc(1, sizeof *ds);
    if (!ds) return LINNET_ERR_LIMIT;
    ds->path = ln_strdup(path);
    int status = ds->path ? open_path(ds) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = inspect_images(ds, opts);
    if (status == LINNET_OK) status = ln_split_apply(ds, opts);
    if (status == LINNET_OK)
        *out = ds;
    else
        ln_dataset_close(ds);
    return status;
}
