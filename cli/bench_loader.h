/* linnet bench --loader DATA: how fast batches come from files, when nothing is computed with them. */
#ifndef CLI_BENCH_LOADER_H
#define CLI_BENCH_LOADER_H

#include <linnet/linnet.h>

int cli_bench_loader(const char *path, const struct linnet_bench_loader_opts *opts, bool json);

#endif
