/* linnet_embed, and the functions that use its features: checks, then one call. The public result is the first member of the
 * library's own. */
#include "train/embed.h"
#include "api/handles.h"
#include "base/alloc.h"
#include "base/option.h"
#include "draw/draw.h"
#include "train/pca.h"

static struct ln_embedding *whole(const struct linnet_embedding *embedding) {
    return (struct ln_embedding *)embedding;
}

int linnet_embed(struct linnet_embedding **embedding, const linnet_model *model, const linnet_data *data,
                 const struct linnet_embed_opts *given) {
    struct linnet_embed_opts opts;
    ln_api_begin();
    LN_NEED(embedding);
    LN_NEED(model);
    LN_NEED(data);
    LN_TRY(LN_TAKE_OPTS(embed, given, &opts));
    LN_TRY(ln_options_check(linnet_embed_options, &opts));
    struct ln_embedding *own = ln_calloc(1, sizeof *own);
    if (!own) return LINNET_ERR_LIMIT;
    const int status = ln_embed(own, model->model, data->ds, &opts);
    if (status == LINNET_OK)
        *embedding = &own->shown;
    else
        linnet_embedding_free(&own->shown);
    return status;
}

void linnet_embedding_free(struct linnet_embedding *embedding) {
    if (!embedding) return;
    ln_embedding_fini(whole(embedding));
    ln_free(whole(embedding));
}

int linnet_embedding_nearest(const struct linnet_embedding *embedding, const float *features,
                             struct linnet_neighbour *nearest, int64_t count) {
    ln_api_begin();
    LN_NEED(embedding);
    LN_NEED(features);
    LN_NEED(nearest);
    if (count < 1 || count > embedding->count)
        return ln_fail(LINNET_ERR_USAGE, "embed-count",
                       "%lld neighbours; must be from 1 to %lld, the number of images", (long long)count,
                       (long long)embedding->count);
    ln_embedding_nearest(whole(embedding), features, nearest, count);
    return LINNET_OK;
}

int linnet_embedding_map(const struct linnet_embedding *embedding, double *places, double *shares) {
    ln_api_begin();
    LN_NEED(embedding);
    LN_NEED(places);
    LN_NEED(shares);
    return ln_pca(embedding->features, (size_t)embedding->count, (size_t)embedding->feature_count, places,
                  shares);
}

int linnet_draw_map(const char *path, const struct linnet_map_opts *given) {
    struct linnet_map_opts map;
    ln_api_begin();
    LN_NEED(path);
    LN_NEED(given);
    LN_TRY(LN_TAKE_OPTS(map, given, &map));
    LN_NEED(map.places);
    LN_NEED(map.labels);
    return ln_draw_map(path, &map);
}
