/* Checksums of data, files and models, compared among ranks. */
#include "train/alike.h"
#include "base/crc32c.h"
#include "data/manifest.h"

#include <string.h>

/* 1: as on rank 0; 0: not, or the comparison failed, with its status. */
static int compare(linnet_ranks *ranks, uint32_t sum, int *status) {
    bool alike;
    *status = ln_comm_alike(ranks, &sum, sizeof sum, &alike);
    return *status == LINNET_OK && alike;
}

/* A checksum of all bytes so far and of these. */
static uint32_t add(uint32_t sum, const void *bytes, size_t count) {
    const uint32_t both[] = {sum, ln_crc32c(bytes, count)};
    return ln_crc32c(both, sizeof both);
}

static uint32_t sum_paths(const struct ln_paths *paths) {
    uint32_t sum = 0;
    for (size_t i = 0; i < paths->count; i++) sum = add(sum, paths->items[i], strlen(paths->items[i]));
    return sum;
}

static uint32_t sum_model(const struct ln_model *m) {
    uint32_t sum = add(0, m->text, strlen(m->text));
    for (int i = 0; i < m->classes; i++) sum = add(sum, m->class_names[i], strlen(m->class_names[i]));
    for (size_t i = 0; i < m->net->param_count; i++)
        sum = add(sum, m->params[i], ln_net_param_size(m->net, i) * sizeof *m->params[i]);
    return sum;
}

int ln_alike_data(linnet_ranks *ranks, const struct ln_dataset *ds) {
    int status;
    if (!ranks) return LINNET_OK;
    if (!compare(ranks, ln_dataset_manifest(ds), &status) && status == LINNET_OK)
        status =
            ln_fail(LINNET_ERR_INPUT, "rank-data",
                    "%s: the data differs from that of rank 0 in files, classes or parts; each machine must "
                    "have the same data",
                    ds->path);
    return ln_comm_agree(ranks, status);
}

int ln_alike_paths(linnet_ranks *ranks, const struct ln_paths *paths) {
    int status;
    if (!ranks) return LINNET_OK;
    if (!compare(ranks, sum_paths(paths), &status) && status == LINNET_OK)
        status = ln_fail(LINNET_ERR_INPUT, "rank-files",
                         "the %zu pictures are not those of rank 0: each machine must have the same files",
                         paths->count);
    return ln_comm_agree(ranks, status);
}

int ln_alike_model(linnet_ranks *ranks, const struct ln_model *model) {
    int status;
    if (!ranks) return LINNET_OK;
    if (!compare(ranks, sum_model(model), &status) && status == LINNET_OK)
        status = ln_fail(LINNET_ERR_INPUT, "rank-model",
                         "the model differs from that of rank 0: each machine must have the same file");
    return ln_comm_agree(ranks, status);
}
