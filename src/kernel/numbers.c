/* Element-wise passes: the numbers are cut into parts of fixed size, and each thread takes parts. The loops
 * see fp32; a part of bf16 is widened and narrowed piece by piece. */
#include "kernel/numbers.h"
#include "base/simd.h"
#include "kernel/tuning.h"
#include "tensor/bf16.h"

#include <string.h>

/* PART: elements that a thread takes at a time; with fewer in all, waking a second thread costs more than it
 * saves. PIECE: elements of bf16 that are widened at a time; a few such pieces fit the first-level cache. */
enum { PART = LN_TUNE_NUMBERS_PART, PIECE = LN_TUNE_NUMBERS_PIECE };

struct ln_numbers ln_numbers_of(const struct ln_layout *layout) {
    return (struct ln_numbers){ln_layout_count(layout), layout->dtype == LN_BF16};
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* ---- a part of the elements ---------------------------------------------------------------------------- */

struct job {
    const void *const *in;
    int inputs;
    void *out;
    ln_numbers_loop *loop;
    const void *context;
};

static void run_floats(const struct job *job, size_t from, size_t n) {
    const float *in[LN_NUMBERS_INPUTS];
    for (int k = 0; k < job->inputs; k++) in[k] = (const float *)job->in[k] + from;
    job->loop(job->context, in, (float *)job->out + from, from, n);
}

static void run_bf16(const struct job *job, size_t from, size_t n) {
    float wide[LN_NUMBERS_INPUTS][PIECE], out[PIECE];
    const float *in[LN_NUMBERS_INPUTS];
    for (int k = 0; k < job->inputs; k++) {
        ln_bf16_widen((const ln_bf16 *)job->in[k] + from, wide[k], n);
        in[k] = wide[k];
    }
    job->loop(job->context, in, out, from, n);
    ln_bf16_narrow(out, (ln_bf16 *)job->out + from, n);
}

static void run_part(const struct job *job, bool bf16, size_t from, size_t to) {
    if (!bf16)
        run_floats(job, from, to - from);
    else
        for (; from < to; from += PIECE) run_bf16(job, from, smaller(to - from, PIECE));
}

void ln_numbers_run(struct ln_numbers numbers, const void *const *in, int inputs, void *out,
                    ln_numbers_loop *loop, const void *context) {
    const struct job job = {in, inputs, out, loop, context};
#pragma omp parallel for schedule(static) if (numbers.count > PART)
    for (size_t from = 0; from < numbers.count; from += PART)
        run_part(&job, numbers.bf16, from, smaller(numbers.count, from + PART));
}

/* ---- sums ---------------------------------------------------------------------------------------------- */

/* `count` is a constant to the compiler. Element by element, so that out may lie over an input. */
static inline void sum_of(const float *const *in, int count, float *out, size_t n) {
    LN_SIMD for (size_t i = 0; i < n; i++) {
        float sum = in[0][i] + in[1][i];
        for (int k = 2; k < count; k++) sum += in[k][i];
        out[i] = sum;
    }
}

LN_KERNEL(void, sum_loop, (const void *context, const float *const *in, float *out, size_t from, size_t n),
          (context, in, out, from, n)) {
    int count = *(const int *)context;
    if (count == 2)
        sum_of(in, 2, out, n);
    else if (count == 3)
        sum_of(in, 3, out, n);
    else
        sum_of(in, 4, out, n);
}

void ln_numbers_sum(struct ln_numbers numbers, const void *const *in, int count, void *out) {
    ln_numbers_run(numbers, in, count, out, sum_loop, &count);
}

struct finish {
    const struct ln_activation *f;
    bool adds;
};

LN_KERNEL(void, add, (const float *y, const float *x, float *sum, size_t n), (y, x, sum, n)) {
    for (size_t i = 0; i < n; i++) sum[i] = y[i] + x[i];
}

/* In pieces that stay in the first-level cache: the sum is still there for f. */
static void finish_loop(const void *context, const float *const *in, float *out, size_t from, size_t n) {
    const struct finish *finish = context;
    for (size_t i = 0; i < n; i += PIECE) {
        size_t count = smaller(n - i, PIECE);
        if (finish->adds) add(in[0] + i, in[1] + i, out + i, count);
        if (ln_activation_exists(finish->f))
            finish->f->forward(finish->f, (finish->adds ? out : in[0]) + i, out + i, count);
    }
}

void ln_numbers_finish(struct ln_numbers numbers, const void *more, void *y, const struct ln_activation *f) {
    const struct finish finish = {f, more != NULL};
    if (!more && !ln_activation_exists(f)) return;
    ln_numbers_run(numbers, (const void *[]){y, more}, more ? 2 : 1, y, finish_loop, &finish);
}

void ln_numbers_copy(struct ln_numbers numbers, const void *x, void *y) {
    size_t size = numbers.bf16 ? sizeof(ln_bf16) : sizeof(float), bytes = numbers.count * size;
    enum { BYTES = PART * sizeof(float) };
#pragma omp parallel for schedule(static) if (bytes > BYTES)
    for (size_t from = 0; from < bytes; from += BYTES)
        memcpy((char *)y + from, (const char *)x + from, smaller(bytes - from, BYTES));
}
