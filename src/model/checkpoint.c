/* Saves and loads the optimiser's state as tensors of a model file. For AdamW and a network of two
 * parameters:
 *
 *     conv1.weight                         the model: what every reader takes
 *     conv1.bias
 *     optimizer.exp_avg.conv1.weight       slot 0
 *     optimizer.exp_avg.conv1.bias
 *     optimizer.exp_avg_sq.conv1.weight    slot 1
 *     optimizer.exp_avg_sq.conv1.bias
 *     metadata linnet.checkpoint           the progress as JSON (train/progress.h)
 *
 * One file rather than three: a crash between two renames would leave weights and state of different
 * steps.
 */
#include "model/checkpoint.h"
#include "base/alloc.h"
#include "base/text.h"
#include "model/convert.h"

#include <string.h>
#include <zlib.h>

static const char progress_key[] = "linnet.checkpoint";

/* One state tensor: its slot and its parameter. */
struct place {
    int slot;
    size_t param;
};

struct state {
    const struct ln_checkpoint *checkpoint;
    struct place *places;         /* [count] */
    struct ln_st_tensor *tensors; /* [count] the names are owned */
    size_t count;
};

static void state_fini(struct state *s) {
    for (size_t i = 0; s->tensors && i < s->count; i++) ln_free((char *)s->tensors[i].name);
    ln_free(s->tensors);
    ln_free(s->places);
}

static char *name_of(const struct ln_checkpoint *c, struct place place) {
    struct ln_text name = {0};
    char *out;
    ln_text_addf(&name, LN_MODEL_BESIDE "%s.%s", c->slots[place.slot].name,
                 c->model->net->params[place.param].name);
    return ln_text_take(&name, &out) == LINNET_OK ? out : NULL;
}

static int add_tensor(struct state *s, struct place place) {
    char *name = name_of(s->checkpoint, place);
    if (!name) return LINNET_ERR_LIMIT;
    s->places[s->count] = place;
    s->tensors[s->count++] = (struct ln_st_tensor){
        .name = name, .dtype = LN_F32, .shape = s->checkpoint->model->net->params[place.param].spec.shape};
    return LINNET_OK;
}

/* Frozen parameters have no state, unless the slot covers all values (an average of weights). Call state_fini
 * even on failure. */
static int state_list(struct state *s, const struct ln_checkpoint *c) {
    const size_t params = c->model->net->param_count, most = params * (size_t)c->slot_count + 1;
    *s = (struct state){.checkpoint = c};
    s->places = ln_calloc(most, sizeof *s->places);
    s->tensors = ln_calloc(most, sizeof *s->tensors);
    if (!s->places || !s->tensors) return LINNET_ERR_LIMIT;
    for (int slot = 0; slot < c->slot_count; slot++)
        for (size_t i = 0; i < params; i++)
            if (c->slots[slot].all || ln_plan_is_trained(c->plan, i))
                LN_TRY(add_tensor(s, (struct place){slot, i}));
    return LINNET_OK;
}

/* ---- save ---------------------------------------------------------------------------------------------- */

static int get(void *state, size_t i, float *plain) {
    const struct state *s = state;
    const struct ln_checkpoint *c = s->checkpoint;
    return ln_plan_get_beside(c->plan, s->places[i].param, c->slots[s->places[i].slot].values, plain);
}

int ln_checkpoint_save(const struct ln_checkpoint *c, const char *progress, const char *path,
                       const struct ln_file_replaced *replaced) {
    struct state s;
    int status = state_list(&s, c);
    if (status == LINNET_OK)
        status = ln_model_save_with(c->model, c->plan,
                                    &(struct ln_model_extra){.metadata = {progress_key, progress},
                                                             .tensors = s.tensors,
                                                             .count = s.count,
                                                             .largest = ln_net_largest_param(c->model->net),
                                                             .get = get,
                                                             .user = &s,
                                                             .summed = true,
                                                             .replaced = *replaced},
                                    path);
    state_fini(&s);
    return status;
}

/* ---- load ---------------------------------------------------------------------------------------------- */

static int read_state(const struct ln_st_file *st, const struct state *s, size_t i, float *plain) {
    const struct ln_checkpoint *c = s->checkpoint;
    const struct ln_st_tensor *tensor = ln_st_find(st, s->tensors[i].name);
    if (!tensor || !ln_shape_equal(&tensor->shape, &s->tensors[i].shape))
        return ln_fail(LINNET_ERR_INPUT, "ckpt-state",
                       "%s: tensor '%s' is missing or has another shape than its parameter", st->file.path,
                       s->tensors[i].name);
    LN_TRY(ln_st_read_f32(st, tensor, plain));
    if (!ln_convert_all_finite(plain, ln_net_param_size(c->model->net, s->places[i].param)))
        return ln_fail(LINNET_ERR_INPUT, "model-nonfinite", "%s: '%s' contains values that are not finite",
                       st->file.path, s->tensors[i].name);
    return ln_plan_set_beside(c->plan, s->places[i].param, c->slots[s->places[i].slot].values, plain);
}

static int read_slots(const struct ln_st_file *st, const struct ln_checkpoint *c) {
    struct state s;
    int status = state_list(&s, c);
    float *plain = ln_alloc(ln_net_largest_param(c->model->net) * sizeof *plain);
    if (!plain) status = LINNET_ERR_LIMIT;
    for (size_t i = 0; i < s.count && status == LINNET_OK; i++) status = read_state(st, &s, i, plain);
    ln_free(plain);
    state_fini(&s);
    return status;
}

/* The networks are compared as texts: the same layers in the same order with the same attributes, or the
 * state would be given to other weights. */
static int read_weights(const struct ln_st_file *st, const struct ln_checkpoint *c) {
    struct ln_model *model;
    LN_TRY(ln_model_read(&model, st));
    int status = strcmp(model->text, c->model->text) == 0
                     ? ln_model_to_plan(model, c->plan)
                     : ln_fail(LINNET_ERR_INPUT, "ckpt-model",
                               "%s: the checkpoint is for a different network", st->file.path);
    ln_model_destroy(model);
    return status;
}

/* NULL if there is none (recorded). */
static const char *progress_of(const struct ln_st_file *st) {
    const char *text = ln_st_metadata(st, progress_key);
    if (!text)
        ln_fail(LINNET_ERR_INPUT, "ckpt-none",
                "%s: a model file but not a checkpoint: its metadata has no %s", st->file.path, progress_key);
    return text;
}

static int load(const struct ln_st_file *st, const struct ln_checkpoint *c, char **progress) {
    const char *text = progress_of(st);
    if (!text) return LINNET_ERR_INPUT;
    LN_TRY(read_weights(st, c));
    LN_TRY(read_slots(st, c));
    *progress = ln_strdup(text);
    return *progress ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_checkpoint_load(const struct ln_checkpoint *c, const char *path, char **progress) {
    struct ln_st_file st = {0};
    LN_TRY(ln_st_open(&st, path));
    int status = load(&st, c, progress);
    ln_st_close(&st);
    return status;
}

/* Without holes or overlaps, the data reaches from the first tensor to the end of the file. */
static int sum_data(const struct ln_st_file *st, uint32_t *sum) {
    unsigned char piece[1 << 16];
    uint64_t at = st->count ? st->tensors[0].offset : st->file.size;
    *sum = 0;
    while (at < st->file.size) {
        const uint64_t left = st->file.size - at;
        const size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
        LN_TRY(ln_file_read_at(&st->file, at, piece, n));
        *sum = (uint32_t)crc32(*sum, piece, (uInt)n);
        at += n;
    }
    return LINNET_OK;
}

int ln_checkpoint_sum(const char *path, uint32_t *sum) {
    struct ln_st_file st = {0};
    LN_TRY(ln_st_open(&st, path));
    int status = sum_data(&st, sum);
    ln_st_close(&st);
    return status;
}

/* Compares the checksum first: a damaged file is reported as damaged, even if the damage is in its metadata. */
int ln_checkpoint_check(const char *path) {
    struct ln_st_file st = {0};
    LN_TRY(ln_st_open(&st, path));
    int status = ln_st_check_sum(&st);
    if (status == LINNET_OK && !progress_of(&st)) status = LINNET_ERR_INPUT;
    ln_st_close(&st);
    return status;
}
