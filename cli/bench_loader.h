/* linnet bench --loader DATA: the speed of loading batches from files, without a network. */
#ifndef CLI_BENCH_LOADER_H
#define CLI_BENCH_LOADER_H

#include <linnet/linnet.h>

int cli_bench_loader(const char *path, const struct linnet_bench_loader_opts *opts, bool json);

#endif
