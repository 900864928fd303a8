/* Places the layers' outputs in one static array. Values that live at the same time have different parts of the array, and each
 * takes the lowest place that is free when it is computed. */
#include "base/alloc.h"
#include "csource/writer.h"

#include <string.h>

/* A value in memory, until the layer `last` has read it. */
struct block {
    size_t from, to, last;
};

struct blocks {
    struct block *items; /* in the order of `from` */
    size_t count;
};

static void find_last(struct ln_csource *x) {
    const struct ln_inference *l = &x->layers;
    for (size_t i = 1; i < x->net->count; i++) {
        if (!l->needed[i] || l->root[i] != (int)i) continue;
        for (int j = 0; j < x->net->nodes[i].inputs; j++) x->last[l->root[x->net->nodes[i].in[j]]] = i;
    }
    x->last[l->root[ln_inference_output(l)]] = x->net->count;
}

static void drop_dead(struct blocks *b, size_t step) {
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].last >= step) b->items[kept++] = b->items[i];
    b->count = kept;
}

static size_t insert(struct blocks *b, size_t size, size_t last) {
    size_t from = 0, i = 0;
    for (; i < b->count && b->items[i].from < from + size; i++) from = b->items[i].to;
    memmove(b->items + i + 1, b->items + i, (b->count - i) * sizeof *b->items);
    b->items[i] = (struct block){from, from + size, last};
    b->count++;
    return from;
}

/* The output takes over the block of the first input, if it may. */
static bool take_over(const struct ln_csource *x, struct blocks *b, size_t step, size_t *place) {
    const struct ln_node *node = &x->net->nodes[step];
    const int in = x->layers.root[node->in[0]];
    if (!ln_csource_in_place(x->net, (int)step) || in == 0 || x->last[in] != step) return false;
    for (int j = 1; j < node->inputs; j++)
        if (x->layers.root[node->in[j]] == in) return false;
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].from == x->place[in]) b->items[i].last = x->last[step];
    *place = x->place[in];
    return true;
}

static int place_one(struct ln_csource *x, struct blocks *b, size_t step) {
    size_t size;
    if (!ln_shape_count(&x->net->nodes[step].out, &size)) return LINNET_ERR_LIMIT;
    drop_dead(b, step);
    if (!take_over(x, b, step, &x->place[step])) x->place[step] = insert(b, size, x->last[step]);
    if (x->place[step] + size > x->memory) x->memory = x->place[step] + size;
    return LINNET_OK;
}

int ln_csource_place(struct ln_csource *x) {
    struct blocks b = {.items = ln_calloc(x->net->count, sizeof *b.items)};
    x->last = ln_calloc(x->net->count, sizeof *x->last);
    x->place = ln_calloc(x->net->count, sizeof *x->place);
    int status = b.items && x->last && x->place ? LINNET_OK : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) find_last(x);
    for (size_t i = 1; status == LINNET_OK && i < x->net->count; i++)
        if (x->layers.needed[i] && x->layers.root[i] == (int)i) status = place_one(x, &b, i);
    ln_free(b.items);
    return status;
}
