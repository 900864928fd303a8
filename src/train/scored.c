/* Scored images and their orders. A large loss is a confident mistake: a wrong label, or an image unlike its class. */
#include "train/scored.h"
#include "base/alloc.h"

int ln_scored_list(const struct ln_model *model, const struct ln_scores *s, struct ln_scored **items) {
    const size_t classes = (size_t)s->classes;
    float *probabilities = ln_alloc(classes * sizeof *probabilities);
    *items = ln_calloc(s->count + 1, sizeof **items);
    for (size_t i = 0; probabilities && *items && i < s->count; i++) {
        const float *logits = s->logits + i * classes;
        const int label = s->labels[i], predicted = ln_argmax(logits, s->classes);
        struct ln_tally tally = {0};
        ln_softmax(logits, s->classes, model->temperature, probabilities);
        ln_tally_add(&tally, logits, s->classes, label);
        (*items)[i] = (struct ln_scored){
            i, s->indices[i], label, predicted, (double)probabilities[predicted], tally.loss};
    }
    const bool failed = !probabilities || !*items;
    ln_free(probabilities);
    return failed ? LINNET_ERR_LIMIT : LINNET_OK;
}

bool ln_scored_is_right(const struct ln_scored *item) {
    return item->label == item->predicted;
}

static int in_order(const struct ln_scored *a, const struct ln_scored *b) {
    return a->at < b->at ? -1 : a->at > b->at;
}

int ln_scored_larger_loss(const void *a, const void *b) {
    const struct ln_scored *x = a, *y = b;
    return x->loss != y->loss ? (x->loss < y->loss ? 1 : -1) : in_order(x, y);
}

int ln_scored_mistakes_first(const void *a, const void *b) {
    const struct ln_scored *x = a, *y = b;
    if (ln_scored_is_right(x) != ln_scored_is_right(y)) return ln_scored_is_right(x) ? 1 : -1;
    return ln_scored_larger_loss(a, b);
}

int ln_scored_confident_first(const void *a, const void *b) {
    const struct ln_scored *x = a, *y = b;
    if (ln_scored_is_right(x) != ln_scored_is_right(y)) return ln_scored_is_right(x) ? -1 : 1;
    return x->probability != y->probability ? (x->probability < y->probability ? 1 : -1) : in_order(x, y);
}
