/* Which weights decay, and gradients scaled down to a norm. */
#include "unit/base/base_test.h"

#include "optim/optim.h"
#include <math.h>

enum { COUNT = 40000 }; /* more than one thread gets at once */

static void test_the_last_weights_do_not_decay(void **state) {
    static float w[COUNT], g[COUNT];
    struct ln_optim *optim;
    enum { UNDECAYED = 20001 };
    for (int i = 0; i < COUNT; i++) w[i] = 1;
    assert_int_equal(ln_optim_create(&optim, "sgd", COUNT,
                                     &(struct ln_optim_opts){.weight_decay = 0.5, .undecayed = UNDECAYED}),
                     LINNET_OK);
    ln_optim_apply(optim, 0.1, w, g);
    for (int i = 0; i < COUNT; i++) assert_true(w[i] == (i < COUNT - UNDECAYED ? 0.95F : 1.0F));
    ln_optim_destroy(optim);
}

static void test_clip(void **state) {
    static float g[COUNT];
    for (int i = 0; i < COUNT; i++) g[i] = 0.01F;
    const double norm = ln_optim_grad_norm(g, COUNT);
    assert_true(fabs(norm - 2) < 1e-5);
    ln_optim_clip(g, COUNT, norm, 2.5);
    for (int i = 0; i < COUNT; i++) assert_true(g[i] == 0.01F);
    ln_optim_clip(g, COUNT, norm, 0.5);
    assert_true(fabs(ln_optim_grad_norm(g, COUNT) - 0.5) < 1e-5);
    for (int i = 1; i < COUNT; i++) assert_true(g[i] == g[0]);
}

/* If the norm is NaN, the gradients stay as they are: the step is not applied. */
static void test_clip_leaves_nan(void **state) {
    float g[2] = {1, NAN};
    ln_optim_clip(g, 2, NAN, 0.5);
    assert_true(g[0] == 1 && isnan(g[1]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_weights_do_not_decay),
        cmocka_unit_test(test_clip),
        cmocka_unit_test(test_clip_leaves_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
