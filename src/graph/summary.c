/* The layer table: what torchsummary prints, with multiply-adds. */
#include "base/alloc.h"
#include "graph/net.h"

#include <stdio.h>

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

static void print_row(struct ln_text *t, const struct row *r) {
    char shape[64], parameters[32], macs[32];
    ln_text_addf(t, "%-14s %-11s %-20s %14s %16s\n", r->name, r->kind,
                 ln_shape_text(&r->out, shape, sizeof shape),
                 grouped(r->parameters, parameters, sizeof parameters), grouped(r->macs, macs, sizeof macs));
}

static void print_row_json(struct ln_text *t, const struct row *r, bool first) {
    ln_text_add(t, first ? "\n    {\"name\": " : ",\n    {\"name\": ");
    ln_text_add_json(t, r->name);
    ln_text_addf(t, ", \"kind\": \"%s\", \"shape\": [", r->kind);
    for (int i = 0; i < r->out.rank; i++) ln_text_addf(t, "%s%lld", i ? ", " : "", (long long)r->out.dim[i]);
    ln_text_addf(t, "], \"parameters\": %lld, \"macs\": %lld}", (long long)r->parameters, (long long)r->macs);
}

static void print_head(struct ln_text *t, bool json) {
    if (json)
        ln_text_add(t, "{\n  \"layers\": [");
    else
        ln_text_addf(t, "%-14s %-11s %-20s %14s %16s\n", "layer", "kind", "output shape", "parameters",
                     "multiply-adds");
}

static void print_foot(struct ln_text *t, bool json, int64_t parameters, int64_t macs) {
    char number[2][32];
    if (json)
        ln_text_addf(t, "\n  ],\n  \"parameters\": %lld,\n  \"macs\": %lld\n}\n", (long long)parameters,
                     (long long)macs);
    else
        ln_text_addf(t, "%-14s %-11s %-20s %14s %16s\n", "total", "", "", grouped(parameters, number[0], 32),
                     grouped(macs, number[1], 32));
}

int ln_net_summary(const struct ln_net *net, int batch, bool json, char **text) {
    struct ln_text t = {0};
    int64_t macs = 0;
    print_head(&t, json);
    for (size_t i = 0; i < net->count; i++) {
        const struct ln_node *node = &net->nodes[i];
        struct row row = {node->name, node->op ? node->op->torch : "Input", node->out,
                          node_parameters(net, node), ln_macs_sum(0, ln_net_node_macs(net, i), batch)};
        row.out.dim[0] = batch;
        macs = ln_macs_sum(macs, row.macs, 1);
        if (json)
            print_row_json(&t, &row, i == 0);
        else
            print_row(&t, &row);
    }
    print_foot(&t, json, ln_net_parameters(net), macs);
    return ln_text_take(&t, text);
}
