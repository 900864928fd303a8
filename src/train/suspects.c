/* linnet clean from its options to the ranking that a program gets. */
#include "base/alloc.h"
#include "base/text.h"
#include "train/clean.h"

#include <string.h>

/* One block for all paths: a data set of 100,000 images would otherwise need as many small blocks. */
static int take_paths(struct ln_suspects *s, const struct ln_cleaning *c, const struct ln_dataset *ds) {
    struct ln_text text = {0};
    char name[4096];
    for (size_t i = 0; i < c->count; i++) {
        ln_text_add(&text, ln_dataset_sample_name(ds, c->samples[c->ranked[i].image], name, sizeof name));
        ln_text_add_bytes(&text, "", 1);
    }
    return ln_text_take(&text, &s->paths);
}

static int fill(struct ln_suspects *s, const struct ln_cleaning *c, const struct ln_dataset *ds) {
    s->images = ln_calloc(c->count, sizeof *s->images);
    if (!s->images) return LINNET_ERR_LIMIT;
    LN_TRY(take_paths(s, c, ds));
    const char *path = s->paths;
    s->shown = (struct linnet_suspects){.count = (int64_t)c->count, .images = s->images, .acc = c->acc};
    for (size_t i = 0; i < c->count; i++, path += strlen(path) + 1) {
        const struct ln_confident *r = &c->ranked[i];
        s->images[i] = (struct linnet_suspect){.path = path,
                                               .given = r->given,
                                               .suggested = r->suggested,
                                               .given_probability = r->given_probability,
                                               .suggested_probability = r->suggested_probability,
                                               .confidence = r->confidence,
                                               .named = r->named};
        s->shown.named += r->named;
    }
    return LINNET_OK;
}

static int clean(struct ln_suspects *s, const struct ln_dataset *ds, const struct ln_clean_recipe *recipe,
                 const struct linnet_clean_opts *opts) {
    struct ln_cleaning cleaning;
    int status = ln_clean_rank(&cleaning, ds, recipe, opts);
    if (status == LINNET_OK) status = fill(s, &cleaning, ds);
    if (status == LINNET_OK && opts->dir) status = ln_cleaning_write(&cleaning, ds, opts->dir);
    ln_cleaning_fini(&cleaning);
    return status;
}

int ln_clean(struct ln_suspects *s, const struct ln_dataset *ds, const struct linnet_clean_opts *opts) {
    struct ln_clean_recipe recipe;
    *s = (struct ln_suspects){0};
    int status = ln_clean_recipe_init(&recipe, opts);
    if (status == LINNET_OK) status = clean(s, ds, &recipe, opts);
    ln_clean_recipe_fini(&recipe);
    return status;
}

void ln_suspects_fini(struct ln_suspects *s) {
    ln_free(s->images);
    ln_free(s->paths);
}
