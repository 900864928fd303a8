/* The time of each layer in a step: the rows that linnet_bench() reports, kept until they are printed. */
#ifndef CLI_BENCH_LAYERS_H
#define CLI_BENCH_LAYERS_H

#include "json.h"
#include <linnet/linnet.h>
#include <stddef.h>

struct bench_row {
    char layer[64], pass[16], op[24], implementation[32], layout[32];
    double ms, floor_ms, gflops, bytes;
};

struct bench_layers {
    struct bench_row *rows;
    size_t count;
    bool failed; /* out of memory; rows are missing */
};

void bench_layers_add(void *layers, const struct linnet_bench_layer *layer); /* linnet_bench_opts.on_layer */
/* Prints a table on stdout. LINNET_ERR_LIMIT, reported on stderr, if memory ran out. */
int bench_layers_print(const struct bench_layers *layers);
void bench_layers_put_json(const struct bench_layers *layers, struct linnet_json *json);
void bench_layers_fini(struct bench_layers *layers);

#endif
