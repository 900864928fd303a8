/* Finds the checkpoint from which a run continues.
 *
 *     last.safetensors            whole: this one
 *                                 damaged or missing: last.previous.safetensors, if that is whole
 *     last.previous.safetensors   replaced by each save, so it is at most one checkpoint older
 *
 * A file without a checkpoint in it (a model file that was renamed) is an error and not damage: taking the
 * older one would hide a mistake.
 */
#include "train/generation.h"
#include "base/alloc.h"
#include "base/file.h"
#include "model/checkpoint.h"

#include <errno.h>
#include <string.h>

/* A damaged file, or one with a bad sector. */
static bool is_damage(const struct ln_error *error) {
    const bool unreadable = error->status == LINNET_ERR_IO && strcmp(error->code, "file-read") == 0;
    return unreadable || (error->status == LINNET_ERR_INPUT && strcmp(error->code, "ckpt-none") != 0);
}

static int refuse_none(const char *dir) {
    return ln_fail(LINNET_ERR_INPUT, "resume-none",
                   "%s: the folder has no last.safetensors, so there is nothing to resume; start a new run",
                   dir);
}

/* Finds the previous checkpoint. Its error is recorded only if the last one is missing; else the damage of the last one is. */
static int find_previous(struct ln_generation *g, const char *dir) {
    g->previous = true;
    g->path = ln_file_join(dir, LN_GENERATION_PREVIOUS);
    if (!g->path) return LINNET_ERR_LIMIT;
    const bool there = ln_file_exists(g->path);
    if (there && ln_checkpoint_check(g->path) == LINNET_OK) return LINNET_OK;
    if (g->damage.status != LINNET_OK) ln_error_set(&g->damage);
    return there || g->damage.status != LINNET_OK ? ln_error_get()->status : refuse_none(dir);
}

static int find(struct ln_generation *g, const char *dir) {
    g->path = ln_file_join(dir, LN_GENERATION_LAST);
    if (!g->path) return LINNET_ERR_LIMIT;
    if (ln_file_exists(g->path)) {
        const int status = ln_checkpoint_check(g->path);
        if (status == LINNET_OK || !is_damage(ln_error_get())) return status;
        g->damage = *ln_error_get();
        ln_error_clear();
    }
    ln_free(g->path);
    return find_previous(g, dir);
}

int ln_generation_find(struct ln_generation *g, const char *dir) {
    *g = (struct ln_generation){0};
    const int status = find(g, dir);
    if (status != LINNET_OK) ln_generation_fini(g);
    return status;
}

void ln_generation_fini(struct ln_generation *g) {
    ln_free(g->path);
    g->path = NULL;
}

int ln_generation_adopt(const char *dir) {
    char *from = ln_file_join(dir, LN_GENERATION_PREVIOUS), *to = ln_file_join(dir, LN_GENERATION_LAST);
    int status = from && to ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK && !ln_file_rename_over(from, to, NULL))
        status = ln_fail_errno(LINNET_ERR_IO, "file-write", errno, "%s: rename", from);
    if (status == LINNET_OK) status = ln_file_sync_name(to);
    ln_free(from);
    ln_free(to);
    return status;
}
