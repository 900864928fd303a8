/* Names and batches of the models that are served. */
#include "serve_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------------------ */

static bool is_unreserved(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80 ||
           (c && strchr("._-", c));
}

/* Copies the last component of path[0..length) without its slashes; returns the length of what precedes it. */
static size_t last_component(const char *path, size_t length, char *out, size_t size) {
    while (length && path[length - 1] == '/') length--;
    size_t begin = length;
    while (begin && path[begin - 1] != '/') begin--;
    size_t n = length - begin < size - 1 ? length - begin : size - 1;
    memcpy(out, path + begin, n);
    out[n] = 0;
    return begin;
}

static bool is_taken(const char *name, const struct serve_model *before, int count) {
    for (int i = 0; i < count; i++)
        if (!strcmp(before[i].name, name)) return true;
    return false;
}

void serve_name_of(const char *path, char out[SERVE_MODEL_NAME_MAX]) {
    static const char suffix[] = ".safetensors";
    char name[SERVE_MODEL_NAME_MAX - 8], folder[SERVE_MODEL_NAME_MAX - 8];
    const size_t left = last_component(path, strlen(path), name, sizeof name);
    char *dot = strstr(name, suffix);
    if (dot && !dot[sizeof suffix - 1]) *dot = 0;
    if (!strcmp(name, "best") || !strcmp(name, "last")) { /* of a run folder */
        last_component(path, left, folder, sizeof folder);
        if (*folder && strcmp(folder, ".") != 0) memcpy(name, folder, sizeof name);
    }
    for (char *c = name; *c; c++)
        if (!is_unreserved((unsigned char)*c)) *c = '_';
    if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) strcpy(name, "model");
    snprintf(out, SERVE_MODEL_NAME_MAX, "%s", name);
}

void serve_model_name(struct serve_model *model, const char *path, const struct serve_model *before,
                      int count) {
    char name[SERVE_MODEL_NAME_MAX];
    serve_name_of(path, name);
    snprintf(model->name, sizeof model->name, "%s", name);
    for (int i = 2; is_taken(model->name, before, count); i++)
        snprintf(model->name, sizeof model->name, "%.*s-%d", SERVE_MODEL_NAME_MAX - 13, name, i);
}

/* ---- the batch -------------------------------------------------------------------------------------------- */

enum { PROBES = SERVE_BATCH, FEW_CLASSES = 32, ROUNDS = 3 };

/* Noise of the model's own size, different in every picture. */
struct probes {
    unsigned char *pixels; /* [PROBES][size][size][3] */
    struct linnet_input inputs[PROBES];
    float *alone, *together; /* [PROBES][classes] logits */
    int classes;
};

static void fini_probes(struct probes *p) {
    free(p->pixels);
    free(p->alone);
    free(p->together);
}

static int init_probes(struct probes *p, const linnet_model *model) {
    const size_t side = (size_t)linnet_model_imgsz(model), bytes = side * side * 3;
    p->classes = linnet_model_classes(model);
    p->pixels = malloc(PROBES * bytes);
    p->alone = calloc(PROBES, (size_t)p->classes * sizeof *p->alone);
    p->together = calloc(PROBES, (size_t)p->classes * sizeof *p->together);
    if (!p->pixels || !p->alone || !p->together) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < PROBES; i++)
        p->inputs[i] =
            (struct linnet_input){.pixels = p->pixels + i * bytes, .width = (int)side, .height = (int)side};
    return LINNET_OK;
}

/* xorshift (Marsaglia, 2003). */
static void fill_probes(struct probes *p, uint32_t seed) {
    const size_t bytes = (size_t)p->inputs[0].width * (size_t)p->inputs[0].width * 3 * PROBES;
    uint32_t x = 2463534242u + seed;
    for (size_t i = 0; i < bytes; i++) {
        x ^= x << 13, x ^= x >> 17, x ^= x << 5;
        p->pixels[i] = (unsigned char)(x >> 24);
    }
}

struct copying {
    float *to; /* of the first picture of the call */
    int classes, failed;
};

static void copy_logits(void *user, const struct linnet_prediction *p) {
    struct copying *c = user;
    if (p->status)
        c->failed = p->status;
    else
        memcpy(c->to + p->index * (size_t)c->classes, p->logits, (size_t)c->classes * sizeof *c->to);
}

/* Computes `count` probe pictures from `first` on in one call. */
static int run_probes(const struct probes *p, linnet_predictor *predictor, size_t first, size_t count,
                      struct copying copying) {
    copying.classes = p->classes;
    copying.to += first * (size_t)p->classes;
    int status = linnet_predictor_run(predictor, p->inputs + first, count, copy_logits, &copying);
    return status ? status : copying.failed;
}

/* Whole batches, and the remainders that are computed as four and as one. *same: all have the bits of pictures alone. */
static int compare_batches(const struct probes *p, linnet_predictor *predictor, int batch, bool *same) {
    const size_t counts[] = {(size_t)batch, 5, 1};
    for (int i = 0; i < 3 && *same; i++) {
        if (counts[i] > (size_t)batch) continue;
        const size_t first = PROBES - counts[i], at = first * (size_t)p->classes;
        int status = run_probes(p, predictor, first, counts[i], (struct copying){.to = p->together});
        if (status) return status;
        const size_t bytes = counts[i] * (size_t)p->classes * sizeof(float);
        *same = !memcmp(p->alone + at, p->together + at, bytes);
    }
    return LINNET_OK;
}

/* One picture has few numbers if there are few classes, so more pictures are compared. */
static int try_batch(struct probes *p, linnet_predictor *alone, linnet_predictor *predictor, int batch,
                     bool *same) {
    const uint32_t rounds = p->classes < FEW_CLASSES ? ROUNDS : 1;
    int status = LINNET_OK;
    *same = true;
    for (uint32_t round = 0; round < rounds && !status && *same; round++) {
        fill_probes(p, round);
        for (size_t i = 0; i < PROBES && !status; i++)
            status = run_probes(p, alone, i, 1, (struct copying){.to = p->alone});
        if (!status) status = compare_batches(p, predictor, batch, same);
    }
    return status;
}

/* Keeps `alone`, the predictor for one picture at a time, if no larger batch agrees with it. */
static int choose(struct serve_model *m, struct linnet_predict_opts opts, struct probes *p,
                  linnet_predictor *alone) {
    for (opts.batch = SERVE_BATCH; opts.batch > 1; opts.batch /= 2) {
        bool same;
        int status = linnet_predictor_create(&m->predictor, m->model, &opts);
        if (!status) status = try_batch(p, alone, m->predictor, opts.batch, &same);
        if (status) return status;
        m->batch = opts.batch;
        if (same) return LINNET_OK;
        linnet_predictor_destroy(m->predictor);
        m->predictor = NULL;
        if (opts.batch == 4) break;
    }
    m->batch = 1;
    return LINNET_OK;
}

int serve_model_compile(struct serve_model *m, const struct linnet_predict_opts *given) {
    struct linnet_predict_opts opts = *given;
    struct probes p = {0};
    linnet_predictor *alone = NULL;
    m->batch = opts.batch;
    if (opts.batch) return linnet_predictor_create(&m->predictor, m->model, &opts);
    opts.batch = 1;
    int status = init_probes(&p, m->model);
    if (!status) status = linnet_predictor_create(&alone, m->model, &opts);
    if (!status) status = choose(m, opts, &p, alone);
    if (!status && !m->predictor) {
        m->predictor = alone;
        alone = NULL;
    }
    linnet_predictor_destroy(alone);
    fini_probes(&p);
    return status;
}
