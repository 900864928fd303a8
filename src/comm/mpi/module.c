/* The module for one MPI (src/comm/module.h), compiled once for each MPI that is installed. It is a library of its own, which
 * only a program that mpirun started loads.
 *
 * A sum with `hurry` does not block in MPI, which would poll without a pause and take the processor from the threads that
 * compute. It sleeps in short naps instead, and asks MPI for progress between them.
 *
 * MPICH does not notice that another rank was killed, nor that its own launcher is gone. So nothing blocks in MPICH, and a rank that
 * waits checks for its parent (ln_ring_wait).
 */
#include "comm/mpi/ring.h"

#include <limits.h>
#include <mpi.h>
#include <string.h>

static MPI_Comm channels[LN_COMM_CHANNELS];
static MPI_Op bf16_sum;

/* inout = in + inout. MPI prescribes the function's type, so count cannot point to const. */
// NOLINTNEXTLINE(readability-non-const-parameter)
static void add_bf16(void *in, void *inout, int *count, MPI_Datatype *type) {
    ln_ring_add_bf16(inout, in, (size_t)*count);
}

static int start(struct ln_comm_start *s) {
    ln_ring_start();
    int level, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &level);
    if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    for (int i = 0; i < LN_COMM_CHANNELS && code == MPI_SUCCESS; i++)
        code = MPI_Comm_dup(MPI_COMM_WORLD, &channels[i]);
    if (code == MPI_SUCCESS) code = MPI_Comm_rank(MPI_COMM_WORLD, &s->rank);
    if (code == MPI_SUCCESS) code = MPI_Comm_size(MPI_COMM_WORLD, &s->size);
    if (code == MPI_SUCCESS) code = MPI_Op_create(add_bf16, 1, &bf16_sum);
    s->threads = code == MPI_SUCCESS && level == MPI_THREAD_MULTIPLE;
    return code == MPI_SUCCESS ? 0 : code;
}

static int sum_some(const struct ln_comm_sum *s, void *data, int count) {
    static const int types = 3;
    const MPI_Datatype type[] = {
        [LN_COMM_F32] = MPI_FLOAT, [LN_COMM_F64] = MPI_DOUBLE, [LN_COMM_BF16] = MPI_UINT16_T};
    MPI_Op op = s->type == LN_COMM_BF16 ? bf16_sum : MPI_SUM;
    MPI_Request request = MPI_REQUEST_NULL;
    if ((int)s->type >= types) return MPI_ERR_TYPE;
    if (!s->hurry && !LN_RING_WATCHES)
        return MPI_Allreduce(MPI_IN_PLACE, data, count, type[s->type], op, channels[s->channel]);
    int code = MPI_Iallreduce(MPI_IN_PLACE, data, count, type[s->type], op, channels[s->channel], &request);
    // NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): ln_ring_wait waits for it
    return code == MPI_SUCCESS ? ln_ring_wait(1, &request, s->hurry) : code;
}

/* Many numbers in a ring, few by MPI's own algorithm; in pieces, since MPI counts in int. */
static int sum(const struct ln_comm_sum *s) {
    enum { PIECE_BYTES = 8 << 20 };
    static const size_t sizes[] = {[LN_COMM_F32] = 4, [LN_COMM_F64] = 8, [LN_COMM_BF16] = 2};
    const size_t size = sizes[s->type], most = PIECE_BYTES / size;
    int code = MPI_SUCCESS;
    if (s->type != LN_COMM_F64 && s->count * size >= LN_RING_LEAST)
        return ln_ring_sum(channels[s->channel], s);
    for (size_t done = 0; done < s->count && code == MPI_SUCCESS;) {
        const size_t left = s->count - done, count = left < most ? left : most;
        code = sum_some(s, (char *)s->data + done * size, (int)count);
        done += count;
    }
    return code == MPI_SUCCESS ? 0 : code;
}

static int broadcast_some(void *data, int bytes, int from) {
    MPI_Request request = MPI_REQUEST_NULL;
    if (!LN_RING_WATCHES) return MPI_Bcast(data, bytes, MPI_BYTE, from, channels[LN_COMM_MAIN]);
    const int code = MPI_Ibcast(data, bytes, MPI_BYTE, from, channels[LN_COMM_MAIN], &request);
    // NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): ln_ring_wait waits for it
    return code == MPI_SUCCESS ? ln_ring_wait(1, &request, NULL) : code;
}

static int broadcast(void *data, size_t bytes, int from) {
    enum { PIECE = 64 << 20 };
    int code = MPI_SUCCESS;
    for (size_t done = 0; done < bytes && code == MPI_SUCCESS;) {
        const size_t left = bytes - done, count = left < PIECE ? left : PIECE;
        code = broadcast_some((char *)data + done, (int)count, from);
        done += count;
    }
    return code == MPI_SUCCESS ? 0 : code;
}

static void describe(int code, char *out, size_t size) {
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length;
    MPI_Error_string(code, text, &length);
    strncpy(out, text, size - 1);
    out[size - 1] = '\0';
}

static void close_all(void) {
    MPI_Finalize();
}

static const struct ln_comm_module module = {.abi = LN_COMM_ABI,
                                             .start = start,
                                             .sum = sum,
                                             .broadcast = broadcast,
                                             .describe = describe,
                                             .close = close_all};

ln_comm_module_fn ln_comm_module;
__attribute__((visibility("default"))) const struct ln_comm_module *ln_comm_module(void) {
    return &module;
}
