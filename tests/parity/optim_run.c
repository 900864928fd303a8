/* Runs ten steps of an optimiser on weights and gradients that optim.py generates too; prints the weights
 * after each step.
 *
 *     optim_run NAME LR MOMENTUM DECAY COUNT
 */
#include "optim/optim.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 10 };

/* A linear congruential generator, -1 to 1 in steps of 2^-12: exact in fp32 in both programs. */
static float noise(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 19) / 4096.0F - 1.0F;
}

static int run(const char *name, double lr, const struct ln_optim_opts *opts, size_t count) {
    struct ln_optim *optim;
    float *w = malloc(count * sizeof *w), *g = malloc(count * sizeof *g);
    uint32_t state = 1;
    if (!w || !g || ln_optim_create(&optim, name, count, opts) != LINNET_OK) return 1;
    for (size_t i = 0; i < count; i++) w[i] = noise(&state);
    for (int t = 0; t < STEPS; t++) {
        for (size_t i = 0; i < count; i++) g[i] = noise(&state);
        ln_optim_apply(optim, lr, w, g);
        for (size_t i = 0; i < count; i++) printf("%.9g\n", (double)w[i]);
    }
    ln_optim_destroy(optim);
    free(w);
    free(g);
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    const struct ln_optim_opts opts = {.momentum = atof(argv[3]), .weight_decay = atof(argv[4])};
    return run(argv[1], atof(argv[2]), &opts, (size_t)atol(argv[5]));
}
