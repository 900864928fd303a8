/* The rows of --per-layer, in the order of execution:
 *
 *     pass      layer   op      implementation  layout    ms     share  GFLOP/s  floor ms  MB moved  GB/s
 *     backward  conv2   conv    own:winograd    nChw16c   6.470  17.4%       14            47.89     7.4
 *     update            sgd     own                       4.310  11.6%                     120.77  28.0
 *
 * Strings are copied, because linnet_bench() frees its own before the table is printed. A failed allocation
 * is only noted: the callback cannot stop the measurement, and bench_layers_print() reports it.
 */
#include "bench_layers.h"
#include "output.h"
#include "table.h"

#include <stdlib.h>

void bench_layers_add(void *layers_, const struct linnet_bench_layer *layer) {
    struct bench_layers *layers = layers_;
    /* One row at a time: a network has some hundred rows, and the callback runs after the measurement. */
    struct bench_row *grown = realloc(layers->rows, (layers->count + 1) * sizeof *grown);
    if (!grown) {
        layers->failed = true;
        return;
    }
    layers->rows = grown;
    struct bench_row *row = &grown[layers->count++];
    snprintf(row->layer, sizeof row->layer, "%s", layer->layer);
    snprintf(row->pass, sizeof row->pass, "%s", layer->pass);
    snprintf(row->op, sizeof row->op, "%s", layer->op);
    snprintf(row->implementation, sizeof row->implementation, "%s", layer->implementation);
    snprintf(row->layout, sizeof row->layout, "%s", layer->layout);
    row->ms = layer->ms;
    row->floor_ms = layer->floor_ms;
    row->gflops = layer->gflops;
    row->bytes = layer->bytes;
}

/* The shares add up to 100 % of the rows, not of the step: time between two layers belongs to no row. */
static double total_ms(const struct bench_layers *layers) {
    double total = 0;
    for (size_t i = 0; i < layers->count; i++) total += layers->rows[i].ms;
    return total;
}

static const struct cli_column columns[] = {
    {"pass"},
    {"layer"},
    {"op"},
    {"implementation"},
    {"layout"},
    {"ms", .right = true},
    {"share", .right = true},
    {"GFLOP/s", .right = true},
    {"floor ms", .right = true},
    {"MB moved", .right = true},
    {"GB/s", .right = true},
};

/* An unknown number leaves its cell empty: a view, for example, computes and moves nothing. */
static void number_or_nothing(struct cli_table *table, int digits, double number) {
    if (number > 0)
        cli_table_cell(table, "%.*f", digits, number);
    else
        cli_table_cell(table, "%s", "");
}

int bench_layers_print(const struct bench_layers *layers) {
    struct cli_table table;
    double total = total_ms(layers);
    if (layers->failed) return cli_fail(LINNET_ERR_LIMIT, "out of memory for the times of the layers");
    cli_table_begin(&table, stdout, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < layers->count; i++) {
        const struct bench_row *row = &layers->rows[i];
        cli_table_cell(&table, "%s", row->pass);
        cli_table_cell(&table, "%s", row->layer);
        cli_table_cell(&table, "%s", row->op);
        cli_table_cell(&table, "%s", row->implementation);
        cli_table_cell(&table, "%s", row->layout);
        cli_table_cell(&table, "%.3f", row->ms);
        cli_table_cell(&table, "%.1f%%", total > 0 ? 100 * row->ms / total : 0);
        number_or_nothing(&table, 0, row->gflops);
        number_or_nothing(&table, 3, row->floor_ms);
        number_or_nothing(&table, 2, row->bytes * 1e-6);
        number_or_nothing(&table, 1, row->ms > 0 ? row->bytes * 1e-6 / row->ms : 0);
    }
    return cli_table_end(&table);
}

void bench_layers_put_json(const struct bench_layers *layers, struct linnet_json *json) {
    linnet_json_begin(json, "layers", '[');
    for (size_t i = 0; i < layers->count; i++) {
        const struct bench_row *row = &layers->rows[i];
        linnet_json_begin(json, NULL, '{');
        linnet_json_string(json, "pass", row->pass);
        linnet_json_string(json, "layer", row->layer);
        linnet_json_string(json, "op", row->op);
        linnet_json_string(json, "implementation", row->implementation);
        linnet_json_string(json, "layout", row->layout);
        linnet_json_double(json, "ms", row->ms);
        /* Left out rather than 0: "not measured" must not be read as "takes no time". */
        if (row->floor_ms > 0) linnet_json_double(json, "floor_ms", row->floor_ms);
        linnet_json_double(json, "gflops", row->gflops);
        linnet_json_int(json, "bytes", (int64_t)row->bytes);
        linnet_json_end(json);
    }
    linnet_json_end(json);
}

void bench_layers_fini(struct bench_layers *layers) {
    free(layers->rows);
    *layers = (struct bench_layers){0};
}
