/* The layer table: what torchsummary prints, with multiply-adds. A network with auxiliary heads, which only
 * take part in training, has a second total without them. */
#include "base/alloc.h"
#include "graph/net.h"

#include <stdio.h>
#include <string.h>

/* 46038242 -> "46,038,242". */
static const char *grouped(int64_t number, char *out, size_t size) {
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)number);
    size_t at = 0;
    for (int i = 0; i < n && at + 2 < size; i++) {
        if (i && (n - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static int64_t node_parameters(const struct ln_net *net, const struct ln_node *node) {
    int64_t total = 0;
    for (int p = 0; p < node->params; p++) {
        const struct ln_param_spec *spec = &net->params[node->first_param + p].spec;
        size_t count = 0;
        if (!spec->buffer && ln_shape_count(&spec->shape, &count)) total += (int64_t)count;
    }
    return total;
}

struct row {
    const char *name, *kind;
    struct ln_shape out;
    int64_t parameters, macs;
};

static struct row row_of(const struct ln_net *net, size_t id, int batch) {
    const struct ln_node *node = &net->nodes[id];
    struct row row = {node->name, node->op ? node->op->torch : "Input", node->out, node_parameters(net, node),
                      ln_macs_sum(0, ln_net_node_macs(net, id), batch)};
    row.out.dim[0] = batch;
    return row;
}

/* ---- for people ---------------------------------------------------------------------------------------- */

struct widths {
    int name, kind, shape;
};

static int wider(int width, const char *text) {
    int length = (int)strlen(text);
    return length > width ? length : width;
}

static struct widths measure(const struct ln_net *net, int batch) {
    struct widths w = {net->output_count > 1 ? 23 : 14, 11, 20};
    char shape[64];
    for (size_t i = 0; i < net->count; i++) {
        struct row row = row_of(net, i, batch);
        w.name = wider(w.name, row.name);
        w.kind = wider(w.kind, row.kind);
        w.shape = wider(w.shape, ln_shape_text(&row.out, shape, sizeof shape));
    }
    return w;
}

static void print_line(struct ln_text *t, const struct widths *w, const char *name, const char *kind,
                       const char *shape, int64_t parameters, int64_t macs) {
    char number[2][32];
    ln_text_addf(t, "%-*s %-*s %-*s %14s %16s\n", w->name, name, w->kind, kind, w->shape, shape,
                 grouped(parameters, number[0], 32), grouped(macs, number[1], 32));
}

static void print_table(struct ln_text *t, const struct ln_net *net, int batch, const struct row *all,
                        const struct row *main) {
    struct widths w = measure(net, batch);
    ln_text_addf(t, "%-*s %-*s %-*s %14s %16s\n", w.name, "layer", w.kind, "kind", w.shape, "output shape",
                 "parameters", "multiply-adds");
    for (size_t i = 0; i < net->count; i++) {
        struct row row = row_of(net, i, batch);
        char shape[64];
        print_line(t, &w, row.name, row.kind, ln_shape_text(&row.out, shape, sizeof shape), row.parameters,
                   row.macs);
    }
    print_line(t, &w, "total", "", "", all->parameters, all->macs);
    if (net->output_count > 1)
        print_line(t, &w, "without auxiliary heads", "", "", main->parameters, main->macs);
}

/* ---- as JSON ------------------------------------------------------------------------------------------- */

static void print_row_json(struct ln_text *t, const struct row *r, bool first) {
    ln_text_add(t, first ? "\n    {\"name\": " : ",\n    {\"name\": ");
    ln_text_add_json(t, r->name);
    ln_text_addf(t, ", \"kind\": \"%s\", \"shape\": [", r->kind);
    for (int i = 0; i < r->out.rank; i++) ln_text_addf(t, "%s%lld", i ? ", " : "", (long long)r->out.dim[i]);
    ln_text_addf(t, "], \"parameters\": %lld, \"macs\": %lld}", (long long)r->parameters, (long long)r->macs);
}

static void print_json(struct ln_text *t, const struct ln_net *net, int batch, const struct row *all,
                       const struct row *main) {
    ln_text_add(t, "{\n  \"layers\": [");
    for (size_t i = 0; i < net->count; i++) {
        struct row row = row_of(net, i, batch);
        print_row_json(t, &row, i == 0);
    }
    ln_text_add(t, "\n  ],\n");
    if (net->output_count > 1)
        ln_text_addf(t, "  \"inference_parameters\": %lld,\n  \"training_macs\": %lld,\n",
                     (long long)main->parameters, (long long)all->macs);
    ln_text_addf(t, "  \"parameters\": %lld,\n  \"macs\": %lld\n}\n", (long long)all->parameters,
                 (long long)main->macs);
}

/* -------------------------------------------------------------------------------------------------------- */

static struct row sum(const struct ln_net *net, int batch, const bool *needed) {
    struct row total = {0};
    for (size_t i = 0; i < net->count; i++) {
        struct row row = row_of(net, i, batch);
        if (needed && !needed[i]) continue;
        total.parameters += row.parameters;
        total.macs = ln_macs_sum(total.macs, row.macs, 1);
    }
    return total;
}

int ln_net_summary(const struct ln_net *net, int batch, bool json, char **text) {
    struct ln_text t = {0};
    bool *needed = ln_alloc(net->count * sizeof *needed);
    if (!needed) return LINNET_ERR_LIMIT;
    ln_net_needed(net, needed);
    struct row all = sum(net, batch, NULL), main = sum(net, batch, needed);
    ln_free(needed);
    (json ? print_json : print_table)(&t, net, batch, &all, &main);
    return ln_text_take(&t, text);
}
