/* Sums, broadcasts and agreements of ranks, by the module's calls. */
#include "base/alloc.h"
#include "comm/impl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int ln_comm_rank(const linnet_ranks *c) {
    return c ? c->start.rank : 0;
}

int ln_comm_size(const linnet_ranks *c) {
    return c ? c->start.size : 1;
}

int ln_comm_local_size(const linnet_ranks *c) {
    return c ? c->local_size : 1;
}

bool ln_comm_threads(const linnet_ranks *c) {
    return c && c->start.threads;
}

bool ln_comm_agreed(const linnet_ranks *c, int status) {
    return !c || c->agreed == status;
}

int ln_comm_failed(const struct ln_comm_module *module, int code) {
    char text[LN_ERROR_MAX / 2] = "";
    module->describe(code, text, sizeof text);
    return ln_fail(LINNET_ERR_RANK, "mpi-failed", "MPI: %s", text);
}

static int checked(const linnet_ranks *c, int code) {
    return code == 0 ? LINNET_OK : ln_comm_failed(c->module, code);
}

int ln_comm_sum(linnet_ranks *c, const struct ln_comm_sum *sum) {
    return c ? checked(c, c->module->sum(sum)) : LINNET_OK;
}

int ln_comm_sum_f64(linnet_ranks *c, double *values, size_t count) {
    return ln_comm_sum(c, &(struct ln_comm_sum){.type = LN_COMM_F64, .data = values, .count = count});
}

int ln_comm_sum_f32(linnet_ranks *c, float *values, size_t count) {
    return ln_comm_sum(c, &(struct ln_comm_sum){.type = LN_COMM_F32, .data = values, .count = count});
}

int ln_comm_broadcast_from(linnet_ranks *c, int rank, void *data, size_t bytes) {
    return c ? checked(c, c->module->broadcast(data, bytes, rank)) : LINNET_OK;
}

int ln_comm_broadcast(linnet_ranks *c, void *data, size_t bytes) {
    return ln_comm_broadcast_from(c, 0, data, bytes);
}

/* ---- agreement ------------------------------------------------------------------------------------------- */

/* The first rank that failed, and how many did. failures: [size] statuses without their sign. */
static int first_failure(const double *failures, int size, int *count) {
    int first = -1;
    *count = 0;
    for (int i = size - 1; i >= 0; i--)
        if (failures[i] != 0) {
            first = i;
            ++*count;
        }
    return first;
}

/* The error record of this rank; alone: the text begins with the rank and its machine, because other ranks did not fail. */
static struct ln_error signed_error(const linnet_ranks *c, int status, bool alone) {
    char host[64] = "", place[96];
    if (alone) {
        if (gethostname(host, sizeof host - 1) != 0) snprintf(host, sizeof host, "unknown");
        snprintf(place, sizeof place, "rank %d on %s", c->start.rank, host);
        if (status != LINNET_OK) ln_fail(status, "", "failed"); /* if no failure is recorded */
        ln_error_locate(place);
    }
    struct ln_error e = *ln_error_get();
    e.status = status;
    return e;
}

int ln_comm_agree(linnet_ranks *c, int status) {
    if (!c || c->left) return status;
    const int size = c->start.size;
    double *failures = ln_calloc((size_t)size, sizeof *failures);
    if (!failures) return LINNET_ERR_LIMIT;
    int count;
    failures[c->start.rank] = -status;
    int exchanged = ln_comm_sum_f64(c, failures, (size_t)size);
    const int first = first_failure(failures, size, &count);
    ln_free(failures);
    if (exchanged != LINNET_OK) return exchanged;
    if (first < 0) return LINNET_OK;
    struct ln_error error = signed_error(c, status, count < size);
    LN_TRY(ln_comm_broadcast_from(c, first, &error, sizeof error));
    ln_error_set(&error);
    c->agreed = error.status;
    return error.status;
}

/* ---- the end --------------------------------------------------------------------------------------------- */

void ln_comm_leave(linnet_ranks *c) {
    if (!c || c->left) return;
    c->left = true;
    c->module->close();
}

void ln_comm_close(linnet_ranks *c) {
    if (!c) return;
    /* The module stays loaded: MPI has registered functions that run when the process ends. */
    ln_free(c);
}
