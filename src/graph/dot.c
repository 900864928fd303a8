/* The network as a picture, for Graphviz: linnet summary resnet18 --dot | dot -Tsvg > resnet18.svg
 *
 * A box holds a layer and the layers behind it that keep its shape (batch norm, ReLU, dropout), as in papers.
 * Scopes are frames, at most two deep. An edge shows the shape of its value, channels x rows x columns. A thick
 * edge is a shortcut: a value that both a join and another layer read.
 */
#include "base/alloc.h"
#include "graph/net.h"

#include <stdio.h>
#include <string.h>

struct drawing {
    const struct ln_net *net;
    struct ln_text *out;
    int *consumers, *box; /* [node]: how many layers read it; in which layer's box it is drawn */
};

/* ---- boxes --------------------------------------------------------------------------------------------- */

static const void *attr_of(const struct ln_node *node, const char *name) {
    for (const struct ln_attr *a = node->op->attrs; a && a->name; a++)
        if (strcmp(a->name, name) == 0) return (const char *)node->attrs + a->offset;
    return NULL;
}

/* Length of the scope that a name begins with ("layer1.0."), at most `depth` parts. */
static int scope_length(const char *name, int depth) {
    int length = 0;
    for (int i = 0; name[i]; i++)
        if (name[i] == '.' && depth-- > 0) length = i + 1;
    return length;
}

static bool same_scope(const char *a, const char *b) {
    int length = scope_length(a, 2);
    return length == scope_length(b, 2) && strncmp(a, b, (size_t)length) == 0;
}

/* True if the layer belongs to the box before it: it has no window and is the only reader of its input. */
static bool rides_along(const struct drawing *d, size_t id) {
    const struct ln_node *node = &d->net->nodes[id], *before = &d->net->nodes[node->in[0]];
    return node->inputs == 1 && before->op && d->consumers[node->in[0]] == 1 && !node->op->macs &&
           !attr_of(node, "kernel") && !attr_of(node, "out") && same_scope(node->name, before->name);
}

static int mark(struct drawing *d) {
    d->consumers = ln_calloc(d->net->count, sizeof *d->consumers);
    d->box = ln_calloc(d->net->count, sizeof *d->box);
    if (!d->consumers || !d->box) return LINNET_ERR_LIMIT;
    for (size_t i = 1; i < d->net->count; i++)
        for (int j = 0; j < d->net->nodes[i].inputs; j++) d->consumers[d->net->nodes[i].in[j]]++;
    for (size_t i = 1; i < d->net->count; i++)
        d->box[i] = rides_along(d, i) ? d->box[d->net->nodes[i].in[0]] : (int)i;
    return LINNET_OK;
}

static void print_pair(struct ln_text *out, const char *before, const struct ln_pair *p, bool both) {
    if (p->h == p->w && !both)
        ln_text_addf(out, "%s%d", before, p->h);
    else
        ln_text_addf(out, "%s%dx%d", before, p->h, p->w);
}

/* "conv 7x7, 64, /2": the attributes that papers put into the box. */
static void print_layer(struct ln_text *out, const struct ln_node *node) {
    const struct ln_pair *kernel = attr_of(node, "kernel"), *stride = attr_of(node, "stride");
    const int *channels = node->op->params ? attr_of(node, "out") : NULL, *groups = attr_of(node, "groups");
    if (stride && stride->h == 0) stride = kernel; /* a pooling without a stride */
    ln_text_add(out, node->op->name);
    if (kernel) print_pair(out, " ", kernel, true);
    if (channels) ln_text_addf(out, "%s%d", kernel ? ", " : " ", *channels);
    if (groups && *groups > 1) ln_text_addf(out, ", %d groups", *groups);
    if (stride && (stride->h > 1 || stride->w > 1)) print_pair(out, ", /", stride, false);
}

static const char *colour_of(const struct ln_node *node) {
    bool window = attr_of(node, "kernel");
    if (node->inputs > 1) return "#f7e7a9"; /* joins */
    if (node->op->macs) return window ? "#c5daf1" : "#cfe8c9";
    return window || attr_of(node, "out") ? "#f6cfb4" : "#f2f2f2"; /* pooling and the like; all others */
}

static void print_box(struct drawing *d, size_t id) {
    const struct ln_node *node = &d->net->nodes[id];
    if (!node->op) {
        ln_text_addf(d->out, "  n0 [label=\"input\", fillcolor=\"#f2f2f2\"];\n");
        return;
    }
    ln_text_addf(d->out, "  n%zu [fillcolor=\"%s\", tooltip=\"%s\", label=\"", id, colour_of(node),
                 node->name);
    print_layer(d->out, node);
    for (size_t i = id + 1; i < d->net->count; i++)
        if (d->box[i] == (int)id) {
            ln_text_add(d->out, "\\n");
            print_layer(d->out, &d->net->nodes[i]);
        }
    ln_text_add(d->out, "\"];\n");
}

/* ---- frames -------------------------------------------------------------------------------------------- */

/* Closes the frames that the next box does not share, and opens its own. A label omits the last dot. */
static void change_scope(struct ln_text *out, const char *from, const char *to) {
    int from_parts[3] = {0, scope_length(from, 1), scope_length(from, 2)};
    int to_parts[3] = {0, scope_length(to, 1), scope_length(to, 2)}, shared = 0;
    for (int i = 1; i <= 2; i++)
        if (shared == i - 1 && to_parts[i] > to_parts[i - 1] && from_parts[i] == to_parts[i] &&
            strncmp(from, to, (size_t)to_parts[i]) == 0)
            shared = i;
    for (int i = 2; i > shared; i--)
        if (from_parts[i] > from_parts[i - 1]) ln_text_add(out, "  }\n");
    for (int i = shared + 1; i <= 2; i++)
        if (to_parts[i] > to_parts[i - 1])
            ln_text_addf(out,
                         "  subgraph \"cluster_%.*s\" { label=\"%.*s\"; style=\"rounded\"; color=\"%s\";\n",
                         to_parts[i], to, to_parts[i] - to_parts[i - 1] - 1, to + to_parts[i - 1],
                         i == 1 ? "#888888" : "#cccccc");
}

/* ---- edges --------------------------------------------------------------------------------------------- */

static void print_edge(struct drawing *d, int from, size_t to) {
    const struct ln_shape *s = &d->net->nodes[from].out;
    bool shortcut = d->net->nodes[to].inputs > 1 && d->consumers[from] > 1;
    ln_text_addf(d->out, "  n%d -> n%zu [label=\" ", d->box[from], to);
    for (int i = 1; i < s->rank; i++) ln_text_addf(d->out, "%s%lld", i > 1 ? "x" : "", (long long)s->dim[i]);
    ln_text_addf(d->out, "\"%s];\n", shortcut ? ", penwidth=2.5, color=\"#c0392b\"" : "");
}

static void print_outputs(struct drawing *d) {
    for (int i = 0; i < d->net->output_count; i++) {
        const struct ln_net_output *o = &d->net->outputs[i];
        char weight[40] = "";
        if (i > 0) snprintf(weight, sizeof weight, "\\nauxiliary, loss times %g", o->weight);
        ln_text_addf(d->out, "  out%d [label=\"softmax%s\", shape=ellipse, fillcolor=\"#f2f2f2\"];\n", i,
                     weight);
        ln_text_addf(d->out, "  n%d -> out%d [label=\" %lld\"];\n", d->box[o->node], i,
                     (long long)d->net->nodes[o->node].out.dim[1]);
    }
}

static void print_graph(struct drawing *d) {
    const char *scope = "";
    ln_text_add(d->out,
                "digraph network {\n"
                "  node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica\", fontsize=11,\n"
                "        color=\"#666666\", height=0.3, margin=\"0.12,0.06\"];\n"
                "  edge [fontname=\"Helvetica\", fontsize=9, fontcolor=\"#666666\", color=\"#444444\"];\n"
                "  graph [fontname=\"Helvetica\", fontsize=11, fontcolor=\"#666666\", ranksep=0.3];\n");
    for (size_t i = 0; i < d->net->count; i++) {
        if (d->box[i] != (int)i) continue;
        change_scope(d->out, scope, d->net->nodes[i].name);
        scope = d->net->nodes[i].name;
        print_box(d, i);
    }
    change_scope(d->out, scope, "");
    for (size_t i = 1; i < d->net->count; i++)
        for (int j = 0; d->box[i] == (int)i && j < d->net->nodes[i].inputs; j++)
            print_edge(d, d->net->nodes[i].in[j], i);
    print_outputs(d);
    ln_text_add(d->out, "}\n");
}

int ln_net_dot(const struct ln_net *net, char **text) {
    struct ln_text out = {0};
    struct drawing d = {.net = net, .out = &out};
    int status = mark(&d);
    if (status == LINNET_OK) print_graph(&d);
    ln_free(d.consumers);
    ln_free(d.box);
    if (status == LINNET_OK) return ln_text_take(&out, text);
    ln_text_fini(&out);
    return status;
}
