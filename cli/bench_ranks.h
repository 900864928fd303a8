/* The report of a benchmark of several ranks. */
#ifndef CLI_BENCH_RANKS_H
#define CLI_BENCH_RANKS_H

#include <linnet/linnet.h>

void bench_ranks_print(const struct linnet_bench_result *result);
void bench_ranks_put_json(const struct linnet_bench_result *result, struct linnet_json *json);

#endif
