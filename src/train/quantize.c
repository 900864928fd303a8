/* Quantisation after training: images of the train part give the scales of activations, images of the validation part decide.
 *
 *   weights    each output channel's largest magnitude becomes 127
 *   values     observed in fp32 on opts.images images; the method whose logits are nearest to fp32's is chosen
 *   layers     with max_drop: the layer that alone changes the logits most goes back to fp32, until the bound holds
 *
 * The nearness of logits is their signal-to-quantisation-noise ratio (SQNR), 10 log10 of the sum of y^2 over the sum of
 * (y - y')^2. It differs between two methods long before their accuracies do.
 */
#include "train/quantize.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/option.h"
#include "base/threads.h"
#include "train/evaluate.h"
#include "train/paired.h"
#include "train/quant_scales.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLE = 128 }; /* images for comparing methods and layers by their logits */

struct quantizer {
    struct ln_model *model; /* in fp32 until everything is done */
    const struct ln_dataset *ds;
    struct linnet_quantize_opts opts;
    struct ln_skipped skipped;
    enum linnet_part part; /* for comparisons; it may be empty */
    struct ln_model form;  /* the candidate: a quant and params of its own, the remainder is the model's */
    float **rounded;       /* [params] weights in 8 bits; NULL: this parameter stays fp32 */
    struct ln_quant *all;  /* scales of all layers that may be in 8 bits */
    double *sqnr;          /* [params] of each layer alone; nan: not measured */
    float *sample;         /* [sample_count][c][h][w] */
    float *logits_f32, *logits; /* [sample_count][classes] */
    int sample_count;
    struct ln_paired paired;
};

/* ---- layers --------------------------------------------------------------------------------------------- */

static bool is_named(const char *list, const char *name) {
    const size_t length = strlen(name);
    for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) return true;
    return false;
}

static const char *layer_of(const struct quantizer *q, size_t param) {
    return q->model->net->nodes[q->model->net->params[param].node].name;
}

/* Every name in opts.keep must be a layer with weights. */
static int check_keep(const struct quantizer *q) {
    const char *at = q->opts.keep;
    while (at && *at) {
        const size_t length = strcspn(at, ",");
        bool known = (length == 5 && !strncmp(at, "first", 5)) || (length == 4 && !strncmp(at, "last", 4));
        for (size_t i = 0; i < q->model->net->param_count && !known; i++)
            known = ln_quant_can(q->model->net, i) && strlen(layer_of(q, i)) == length &&
                    !strncmp(at, layer_of(q, i), length);
        if (!known)
            return ln_fail(
                LINNET_ERR_USAGE, "quantize-keep",
                "--keep: '%.*s' is not a convolution or linear layer of this network; linnet summary "
                "lists the layers",
                (int)(length < 100 ? length : 100), at);
        at += length + (at[length] == ',');
    }
    return LINNET_OK;
}

/* Rounded copies of the weights of all layers of the main output that opts.keep does not name. */
static int round_weights(struct quantizer *q, const bool *needed) {
    const struct ln_net *net = q->model->net;
    size_t first = net->param_count, last = 0, any = 0;
    for (size_t i = 0; i < net->param_count; i++) {
        if (!ln_quant_can(net, i) || !needed[net->params[i].node]) continue;
        if (first == net->param_count) first = i;
        last = i;
    }
    for (size_t i = first; i < net->param_count; i++) {
        if (!ln_quant_can(net, i) || !needed[net->params[i].node] || is_named(q->opts.keep, layer_of(q, i)) ||
            (i == first && is_named(q->opts.keep, "first")) || (i == last && is_named(q->opts.keep, "last")))
            continue;
        const size_t bytes = ln_net_param_size(net, i) * sizeof(float);
        if (!(q->rounded[i] = ln_alloc(bytes))) return LINNET_ERR_LIMIT;
        memcpy(q->rounded[i], q->model->params[i], bytes);
        LN_TRY(ln_quant_weights(q->all, net, i, q->rounded[i]));
        any++;
    }
    return any ? LINNET_OK
               : ln_fail(LINNET_ERR_INPUT, "quantize-none",
                         "no convolution or linear layer is left for 8 bits");
}

static int choose_layers(struct quantizer *q) {
    const struct ln_net *net = q->model->net;
    bool *needed = ln_calloc(net->count, sizeof *needed);
    q->rounded = ln_calloc(net->param_count + 1, sizeof *q->rounded);
    q->sqnr = ln_calloc(net->param_count + 1, sizeof *q->sqnr);
    q->form = *q->model;
    q->form.params = ln_calloc(net->param_count + 1, sizeof *q->form.params);
    int status = needed && q->rounded && q->sqnr && q->form.params ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) {
        for (size_t i = 0; i < net->param_count; i++) q->sqnr[i] = NAN;
        ln_net_needed(net, needed);
        status = ln_quant_create(&q->all, net);
    }
    if (status == LINNET_OK) status = check_keep(q);
    if (status == LINNET_OK) status = round_weights(q, needed);
    ln_free(needed);
    return status;
}

/* Sets the form: the layers for which in8 is true are in 8 bits; NULL: all of them. The scales are those of q->all. */
static int set_form(struct quantizer *q, const bool *in8) {
    const struct ln_net *net = q->model->net;
    ln_quant_destroy(q->form.quant);
    q->form.quant = NULL;
    LN_TRY(ln_quant_copy(&q->form.quant, q->all));
    for (size_t i = 0; i < net->param_count; i++) {
        const bool rounds = q->rounded[i] && (!in8 || in8[i]);
        q->form.params[i] = rounds ? q->rounded[i] : q->model->params[i];
        if (!rounds) continue;
        const size_t rows = (size_t)ln_quant_rows(net, i);
        if (!(q->form.quant->weights[i] = ln_calloc(rows, sizeof(float)))) return LINNET_ERR_LIMIT;
        memcpy(q->form.quant->weights[i], q->all->weights[i], rows * sizeof(float));
    }
    return LINNET_OK;
}

/* ---- images ----------------------------------------------------------------------------------------------- */

static int report(const struct quantizer *q, enum linnet_part part, int step, int steps, double since) {
    const struct linnet_quantize_opts *o = &q->opts;
    if (o->on_event)
        o->on_event(o->user,
                    &(struct linnet_event){.kind = LINNET_EVENT_STEP,
                                           .part = part,
                                           .step = step,
                                           .steps = steps,
                                           .time_s = ln_clock_now() - since,
                                           .images_per_s = step * o->batch / (ln_clock_now() - since)});
    if (o->stop && *o->stop) return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
    return LINNET_OK;
}

static int open_loader(struct quantizer *q, enum linnet_part part, struct ln_loader **loader) {
    return ln_loader_create(
        loader, q->ds,
        &(struct ln_loader_opts){.part = part,
                                 .batch = q->opts.batch,
                                 .preprocess = &q->model->preprocess,
                                 .shuffle = true,
                                 .workers = q->opts.workers ? q->opts.workers : ln_threads_team(),
                                 .refill = true,
                                 .strict = q->opts.strict,
                                 .on_skip = ln_skipped_add,
                                 .on_damage = ln_skipped_add_damaged,
                                 .user = &q->skipped});
}

static int observe_batches(struct quantizer *q, struct ln_loader *loader, struct ln_quant_scales *scales) {
    const double since = ln_clock_now();
    struct ln_batch batch;
    const int steps = (q->opts.images + q->opts.batch - 1) / q->opts.batch;
    LN_TRY(ln_loader_start(loader, 0, 0));
    for (int step = 1; q->all->images < q->opts.images; step++) {
        LN_TRY(ln_loader_next(loader, &batch));
        if (batch.count == 0) return LINNET_OK;
        const int left = q->opts.images - q->all->images, count = batch.count < left ? batch.count : left;
        LN_TRY(ln_quant_scales_add(scales, batch.images, count));
        q->all->images += count;
        LN_TRY(report(q, LINNET_TRAIN, step, steps, since));
    }
    return LINNET_OK;
}

static int observe(struct quantizer *q, struct ln_quant_scales *scales) {
    struct ln_loader *loader = NULL;
    int status = ln_quant_scales_init(scales, q->model, q->opts.batch);
    if (status == LINNET_OK) status = open_loader(q, LINNET_TRAIN, &loader);
    if (status == LINNET_OK) status = observe_batches(q, loader, scales);
    ln_loader_destroy(loader);
    return status;
}

/* Images of the part for comparisons; of the train part if that is empty. */
static int take_sample(struct quantizer *q) {
    struct ln_loader *loader = NULL;
    struct ln_batch batch;
    size_t image;
    if (!ln_shape_count(&q->model->net->nodes[0].out, &image)) return LINNET_ERR_LIMIT;
    const size_t rows = SAMPLE, classes = (size_t)q->model->classes;
    q->sample = ln_calloc(rows, image * sizeof *q->sample);
    q->logits_f32 = ln_calloc(rows, classes * sizeof *q->logits_f32);
    q->logits = ln_calloc(rows, classes * sizeof *q->logits);
    if (!q->sample || !q->logits_f32 || !q->logits) return LINNET_ERR_LIMIT;
    const bool empty = q->ds->parts[q->part].count == 0;
    int status = open_loader(q, empty ? LINNET_TRAIN : q->part, &loader);
    if (status == LINNET_OK) status = ln_loader_start(loader, 0, 0);
    while (status == LINNET_OK && q->sample_count < SAMPLE) {
        status = ln_loader_next(loader, &batch);
        if (status != LINNET_OK || batch.count == 0) break;
        const int left = SAMPLE - q->sample_count, count = batch.count < left ? batch.count : left;
        memcpy(q->sample + (size_t)q->sample_count * image, batch.images,
               (size_t)count * image * sizeof *q->sample);
        q->sample_count += count;
    }
    ln_loader_destroy(loader);
    return status;
}

/* ---- comparisons ---------------------------------------------------------------------------------------- */

static int compute_logits(const struct quantizer *q, const struct ln_model *model, float *logits) {
    struct ln_infer infer;
    size_t image;
    if (!ln_shape_count(&model->net->nodes[0].out, &image)) return LINNET_ERR_LIMIT;
    const int batch = q->opts.batch < q->sample_count ? q->opts.batch : q->sample_count;
    int status =
        ln_infer_init(&infer, model, &(struct ln_infer_opts){.batch = batch, .threads = q->opts.threads});
    for (int done = 0; done < q->sample_count && status == LINNET_OK; done += batch) {
        const int left = q->sample_count - done;
        status = ln_infer_run(&infer, q->sample + (size_t)done * image, left < batch ? left : batch,
                              logits + (size_t)done * (size_t)model->classes, NULL);
    }
    ln_infer_fini(&infer);
    if (q->opts.stop && *q->opts.stop) return ln_fail(LINNET_ERR_INTERRUPTED, "interrupted", "interrupted");
    return status;
}

/* *sqnr: of the form's logits, in decibels. */
static int measure_sqnr(struct quantizer *q, double *sqnr) {
    double signal = 0, error = 1e-30;
    LN_TRY(compute_logits(q, &q->form, q->logits));
    for (size_t i = 0; i < (size_t)q->sample_count * (size_t)q->model->classes; i++) {
        const double y = (double)q->logits_f32[i], d = y - (double)q->logits[i];
        signal += y * y;
        error += d * d;
    }
    *sqnr = 10 * log10((signal + 1e-30) / error);
    return LINNET_OK;
}

static enum ln_quant_method method_of(const char *name) {
    int i = 0;
    while (name && strcmp(ln_quant_method_choice(i), name) != 0) i++;
    return (enum ln_quant_method)i;
}

static int choose_method(struct quantizer *q, const struct ln_quant_scales *scales) {
    enum ln_quant_method method = method_of(q->opts.method);
    double best = -INFINITY, sqnr;
    for (int m = LN_QUANT_MINMAX; q->opts.method && method == LN_QUANT_AUTO && m <= LN_QUANT_KL; m++) {
        LN_TRY(ln_quant_scales_choose(scales, (enum ln_quant_method)m, q->all));
        LN_TRY(set_form(q, NULL));
        LN_TRY(measure_sqnr(q, &sqnr));
        if (sqnr <= best) continue;
        best = sqnr;
        q->opts.method = ln_quant_method_choice(m);
    }
    method = method_of(q->opts.method);
    snprintf(q->all->method, sizeof q->all->method, "%s", q->opts.method);
    return ln_quant_scales_choose(scales, method, q->all);
}

static int measure_layers(struct quantizer *q) {
    const struct ln_net *net = q->model->net;
    const double since = ln_clock_now();
    bool *in8 = ln_calloc(net->param_count + 1, sizeof *in8);
    int status = in8 ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < net->param_count && status == LINNET_OK; i++) {
        if (!q->rounded[i]) continue;
        in8[i] = true;
        status = set_form(q, in8);
        if (status == LINNET_OK) status = measure_sqnr(q, &q->sqnr[i]);
        if (status == LINNET_OK) status = report(q, q->part, (int)i + 1, (int)net->param_count, since);
        in8[i] = false;
    }
    ln_free(in8);
    return status;
}

static int score(struct quantizer *q, const struct ln_model *model, struct ln_scores *scores) {
    const struct linnet_quantize_opts *o = &q->opts;
    return ln_evaluate_part(model, q->ds,
                            &(struct linnet_eval_opts){.batch = o->batch,
                                                       .threads = o->threads,
                                                       .workers = o->workers,
                                                       .strict = o->strict,
                                                       .stop = o->stop,
                                                       .on_event = o->on_event,
                                                       .user = o->user},
                            q->part, &q->skipped, scores);
}

/* The 8-bit layer that alone changes the logits most; -1: no layer is in 8 bits. */
static int worst_layer(const struct quantizer *q, const bool *in8) {
    int worst = -1;
    for (size_t i = 0; i < q->model->net->param_count; i++)
        if (in8[i] && (worst < 0 || q->sqnr[i] < q->sqnr[worst])) worst = (int)i;
    return worst;
}

static bool holds(const struct quantizer *q) {
    const double bound = q->opts.max_drop == LINNET_NONE ? 0 : q->opts.max_drop;
    if (q->opts.max_drop == 0) return true;
    return (double)(q->paired.other - q->paired.correct) * 100 <= bound * (double)q->paired.count + 1e-9;
}

/* Scores the form. While it loses too much accuracy, its worst layer goes back to fp32. */
static int meet_bound(struct quantizer *q, const struct ln_scores *f32, bool *in8) {
    for (;;) {
        struct ln_scores scores = {0};
        LN_TRY(set_form(q, in8));
        int status = score(q, &q->form, &scores);
        if (status == LINNET_OK) status = ln_paired_of(&q->paired, &scores, f32);
        ln_scores_fini(&scores);
        if (status != LINNET_OK || holds(q)) return status;
        const int worst = worst_layer(q, in8);
        in8[worst] = false;
        if (worst_layer(q, in8) < 0)
            return ln_fail(LINNET_ERR_INPUT, "quantize-none",
                           "even a single layer in 8 bits costs more than %g points of accuracy",
                           ln_option_amount(q->opts.max_drop));
    }
}

static int decide(struct quantizer *q) {
    struct ln_scores f32 = {0};
    bool *in8 = ln_calloc(q->model->net->param_count + 1, sizeof *in8);
    int status = in8 ? LINNET_OK : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < q->model->net->param_count && in8; i++) in8[i] = q->rounded[i];
    const bool empty = q->ds->parts[q->part].count == 0;
    if (status == LINNET_OK && empty) status = set_form(q, NULL);
    if (status == LINNET_OK && !empty) status = score(q, q->model, &f32);
    if (status == LINNET_OK && !empty) status = meet_bound(q, &f32, in8);
    ln_scores_fini(&f32);
    ln_free(in8);
    return status;
}

/* ---- quantise --------------------------------------------------------------------------------------------- */

static int run(struct quantizer *q) {
    struct ln_quant_scales scales = {0};
    int status = observe(q, &scales);
    if (status == LINNET_OK) status = take_sample(q);
    if (status == LINNET_OK) status = compute_logits(q, q->model, q->logits_f32);
    if (status == LINNET_OK) status = choose_method(q, &scales);
    ln_quant_scales_fini(&scales);
    if (status == LINNET_OK && (q->opts.per_layer || q->opts.max_drop != 0)) status = measure_layers(q);
    return status == LINNET_OK ? decide(q) : status;
}

/* The model becomes the form. */
static void commit(struct quantizer *q) {
    struct ln_quant *quant = q->form.quant;
    const struct ln_net *net = q->model->net;
    quant->compared = (int)q->paired.count;
    quant->correct = (int)q->paired.correct;
    quant->correct_f32 = (int)q->paired.other;
    quant->only = (int)q->paired.only;
    quant->only_f32 = (int)q->paired.only_other;
    for (size_t i = 0; i < net->param_count; i++) {
        if (!quant->weights[i]) continue;
        memcpy(q->model->params[i], q->rounded[i], ln_net_param_size(net, i) * sizeof(float));
    }
    q->model->quant = quant;
    q->form.quant = NULL;
}

static void show_layers(const struct quantizer *q, const bool *asked) {
    const struct ln_net *net = q->model->net;
    for (size_t i = 0; q->opts.on_layer && i < net->param_count; i++)
        if (asked[i])
            q->opts.on_layer(q->opts.user,
                             &(struct linnet_quantize_layer){.layer = layer_of(q, i),
                                                             .weights = (int64_t)ln_net_param_size(net, i),
                                                             .sqnr = q->sqnr[i],
                                                             .int8 = q->model->quant->weights[i] != NULL});
}

static void quantizer_fini(struct quantizer *q) {
    for (size_t i = 0; q->rounded && i < q->model->net->param_count; i++) ln_free(q->rounded[i]);
    ln_free(q->rounded);
    ln_free(q->form.params);
    ln_quant_destroy(q->form.quant);
    ln_quant_destroy(q->all);
    ln_free(q->sqnr);
    ln_free(q->sample);
    ln_free(q->logits_f32);
    ln_free(q->logits);
    ln_skipped_fini(&q->skipped);
}

int ln_quantize(struct ln_model *model, const struct ln_dataset *ds, const struct linnet_quantize_opts *opts,
                struct linnet_quantization *result) {
    struct quantizer q = {.model = model, .ds = ds, .opts = *opts, .part = LINNET_VAL};
    if (model->quant) return ln_fail(LINNET_ERR_USAGE, "quantize-again", "the model is in 8 bits already");
    LN_TRY(ln_check_classes(model, ds));
    LN_TRY(ln_model_own_weights(model));
    if (ds->parts[LINNET_TRAIN].count == 0)
        return ln_fail(LINNET_ERR_INPUT, "data-empty", "%s: the train part has no images to calibrate with",
                       ds->path);
    ln_options_default(linnet_quantize_options, &q.opts);
    q.opts.max_drop = opts->max_drop;
    q.skipped = (struct ln_skipped){.ds = ds, .on_event = opts->on_event, .user = opts->user};
    if (ds->parts[LINNET_VAL].count == 0) q.part = LINNET_TEST;
    q.opts.threads = ln_threads_start(opts->threads);
    bool *asked = ln_calloc(model->net->param_count + 1, sizeof *asked);
    int status = asked ? choose_layers(&q) : LINNET_ERR_LIMIT;
    for (size_t i = 0; status == LINNET_OK && i < model->net->param_count; i++) asked[i] = q.rounded[i];
    if (status == LINNET_OK) status = run(&q);
    if (status == LINNET_OK) {
        commit(&q);
        show_layers(&q, asked);
        ln_quantization_of(model, result);
    }
    ln_free(asked);
    quantizer_fini(&q);
    return status;
}

void ln_quantization_of(const struct ln_model *model, struct linnet_quantization *r) {
    const struct ln_quant *q = model->quant;
    const struct ln_paired paired = {q->compared, q->correct, q->correct_f32, q->only, q->only_f32};
    *r = (struct linnet_quantization){.method = q->method, .images = q->images, .compared = q->compared};
    for (size_t i = 0; i < q->params; i++) {
        r->layers += ln_quant_can(model->net, i);
        r->layers_int8 += q->weights[i] != NULL;
    }
    if (q->compared) r->acc = (double)q->correct / q->compared;
    if (q->compared) r->acc_f32 = (double)q->correct_f32 / q->compared;
    ln_paired_gain(&paired, &r->gain, &r->gain_low, &r->gain_high);
}
