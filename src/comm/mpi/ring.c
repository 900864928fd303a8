#include "comm/mpi/ring.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

enum { TAG = 1 };

/* One sum. A piece is divided into chunks: neighbours in `data`, equal in size to within one element. */
struct ring {
    MPI_Comm comm;
    int rank, size;
    bool bf16;
    const volatile int *hurry;
    char *data; /* of the piece */
    size_t count;
};

/* The chunk from the left, before it is added; one buffer for each channel. */
static _Alignas(64) char arrived[LN_COMM_CHANNELS][LN_COMM_CHUNK];

static void nap(void) {
    enum { NAP_NS = 50000 };
    nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
}

/* When the parent is gone, all ranks have got SIGTERM. They stop after their step, so they still reach the next sum unless one is
 * dead. A rank may be late, by twice as long as this thread has ever waited. */
static pid_t parent;
static _Thread_local double longest;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ln_ring_start(void) {
    parent = getppid();
}

static int pause_since(double begin, const volatile int *hurry) {
    static const double patience_s = 5;
    if (hurry && !*hurry)
        nap();
    else
        sched_yield(); /* another rank may want this processor */
    if (!LN_RING_WATCHES || getppid() == parent) return MPI_SUCCESS;
    return now() - begin > patience_s + 2 * longest ? MPI_ERR_OTHER : MPI_SUCCESS;
}

int ln_ring_wait(int count, MPI_Request *requests, const volatile int *hurry) {
    MPI_Status
        statuses[LN_RING_REQUESTS]; /* gcc takes MPICH's MPI_STATUSES_IGNORE for an array without room */
    const double begin = now();
    int code = MPI_SUCCESS;
    for (int i = 0, done = 0; i < count && code == MPI_SUCCESS; i += done) {
        code = MPI_Request_get_status(requests[i], &done, MPI_STATUS_IGNORE);
        if (code == MPI_SUCCESS && !done) code = pause_since(begin, hurry);
    }
    if (code != MPI_SUCCESS) return code;
    if (now() - begin > longest) longest = now() - begin;
    return MPI_Waitall(count, requests, statuses);
}

static size_t begin_of(const struct ring *r, int chunk) {
    return r->count * (size_t)chunk / (size_t)r->size;
}

static size_t count_of(const struct ring *r, int chunk) {
    return begin_of(r, chunk + 1) - begin_of(r, chunk);
}

static size_t element(const struct ring *r) {
    return r->bf16 ? sizeof(ln_bf16) : sizeof(float);
}

static char *place_of(const struct ring *r, int chunk) {
    return r->data + begin_of(r, chunk) * element(r);
}

static void add_f32(float *restrict to, const float *restrict from, size_t count) {
    for (size_t i = 0; i < count; i++) to[i] += from[i];
}

void ln_ring_add_bf16(ln_bf16 *restrict to, const ln_bf16 *restrict from, size_t count) {
    for (size_t i = 0; i < count; i++) to[i] = ln_bf16_of(ln_bf16_value(to[i]) + ln_bf16_value(from[i]));
}

static void add(const struct ring *r, int chunk, const char *from) {
    if (r->bf16)
        ln_ring_add_bf16((ln_bf16 *)(void *)place_of(r, chunk), (const ln_bf16 *)(const void *)from,
                         count_of(r, chunk));
    else
        add_f32((float *)(void *)place_of(r, chunk), (const float *)(const void *)from, count_of(r, chunk));
}

/* Sends one chunk to the right and receives another from the left. */
static int shift(const struct ring *r, int out, int in, char *to) {
    MPI_Datatype type = r->bf16 ? MPI_UINT16_T : MPI_FLOAT;
    MPI_Request requests[LN_RING_REQUESTS] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    const int left = (r->rank + r->size - 1) % r->size, right = (r->rank + 1) % r->size;
    const int received = MPI_Irecv(to, (int)count_of(r, in), type, left, TAG, r->comm, &requests[0]);
    const int sent =
        MPI_Isend(place_of(r, out), (int)count_of(r, out), type, right, TAG, r->comm, &requests[1]);
    const int code = received == MPI_SUCCESS ? sent : received;
    // NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): ln_ring_wait waits for them
    return code == MPI_SUCCESS ? ln_ring_wait(LN_RING_REQUESTS, requests, r->hurry) : code;
}

static int sum_piece(const struct ring *r, char *spare) {
    int code = MPI_SUCCESS;
    for (int step = 0; step < r->size - 1 && code == MPI_SUCCESS; step++) {
        const int out = (r->rank + r->size - step) % r->size, in = (out + r->size - 1) % r->size;
        code = shift(r, out, in, spare);
        if (code == MPI_SUCCESS) add(r, in, spare);
    }
    for (int step = 0; step < r->size - 1 && code == MPI_SUCCESS; step++) {
        const int out = (r->rank + 1 + r->size - step) % r->size, in = (out + r->size - 1) % r->size;
        code = shift(r, out, in, place_of(r, in));
    }
    return code;
}

int ln_ring_sum(MPI_Comm comm, const struct ln_comm_sum *sum) {
    struct ring r = {.comm = comm, .bf16 = sum->type == LN_COMM_BF16, .hurry = sum->hurry};
    int code = MPI_Comm_rank(comm, &r.rank);
    if (code == MPI_SUCCESS) code = MPI_Comm_size(comm, &r.size);
    const size_t most = LN_COMM_CHUNK / element(&r) * (size_t)r.size;
    for (size_t done = 0; done < sum->count && code == MPI_SUCCESS; done += r.count) {
        r.data = (char *)sum->data + done * element(&r);
        r.count = sum->count - done < most ? sum->count - done : most;
        code = sum_piece(&r, arrived[sum->channel]);
    }
    return code;
}
