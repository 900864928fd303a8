/* Features: what the head reads, in plain order, whatever the plan fuses, reorders or computes in place. */
#include "unit/graph/nets.h"

#include "graph/plan.h"

#include <math.h>
#include <string.h>

enum { BATCH = 5 };

/* Three heads: a normalisation, which a plan for inference would fold into the convolution before it; a
 * convolution; a layer that reads the images themselves. */
static const char *const heads[] = {
    "linnet 1\ninput 3x6x6\nc = conv(input) out=8 kernel=3\nb = batchnorm(c)\nr = relu(b)\n"
    "f = flatten(r)\noutput f\n",
    "linnet 1\ninput 3x6x6\nc = conv(input) out=20 kernel=3\nr = relu(c)\nd = conv(r) out=4 kernel=1\n"
    "p = adaptive_avgpool(d) out=1\nf = flatten(p)\noutput f\n",
    "linnet 1\ninput 3x6x6\nf = flatten(input)\nl = linear(f) out=4\noutput l\n",
};

static struct ln_plan *plan_of(const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, opts));
    if (!opts->like) nets_ok(ln_plan_init(plan, 11));
    return plan;
}

/* The network up to the head's input, which becomes the output. */
static struct ln_net *cut(const struct ln_net *net) {
    const struct ln_node *features = &net->nodes[net->nodes[ln_net_head(net, 0)].in[0]];
    struct ln_text out = {0};
    struct ln_net *front;
    char *text, line[64];
    bool flat = features->out.rank == 2;
    nets_ok(ln_net_print(net, &text));
    snprintf(line, sizeof line, "\n%s = ", features->name);
    const char *at = features == net->nodes ? strchr(strchr(text, '\n') + 1, '\n') : strstr(text, line);
    assert_non_null(at);
    at = features == net->nodes ? at : strchr(at + 1, '\n');
    ln_text_addf(&out, "%.*s\n", (int)(at - text), text);
    if (flat)
        ln_text_addf(&out, "output %s\n", features->name);
    else
        ln_text_addf(&out, "features = flatten(%s)\noutput features\n", features->name);
    front = net_of(out.data);
    ln_text_fini(&out);
    ln_free(text);
    return front;
}

/* The features equal the logits of the cut network. */
static void features_check(const char *text, bool train) {
    struct ln_net *net = net_of(text), *front = cut(net);
    struct ln_plan_opts opts = {.batch = BATCH, .train = train, .seed = 2, .features = true, .poison = true};
    struct ln_plan *plan = plan_of(net, &opts);
    struct ln_plan *bare = plan_of(front, &(struct ln_plan_opts){.batch = BATCH, .train = train, .seed = 2});
    float *x = net_images(net, BATCH), *plain = malloc(ln_net_largest_param(net) * sizeof *plain);
    int32_t labels[BATCH] = {0};
    size_t count;
    assert_non_null(plain);
    for (size_t i = 0; i < front->param_count; i++) {
        nets_ok(ln_plan_get_param(plan, i, plain));
        nets_ok(ln_plan_set_param(bare, i, plain));
    }
    nets_ok(ln_plan_forward(plan, x, labels, 3));
    nets_ok(ln_plan_forward(bare, x, labels, 3));
    const float *features = ln_plan_features(plan, &count), *want = ln_plan_logits(bare);
    assert_non_null(features);
    assert_int_equal(count, ln_net_classes(front));
    for (size_t i = 0; i < BATCH * count; i++)
        if (!(fabsf(features[i] - want[i]) <= 1e-5F * (1 + fabsf(want[i]))))
            fail_msg("feature %zu is %.9g, the network before the head gives %.9g", i, (double)features[i],
                     (double)want[i]);
    if (train) nets_ok(ln_plan_backward(plan));
    free(x);
    free(plain);
    ln_plan_destroy(plan);
    ln_plan_destroy(bare);
    ln_net_destroy(front);
    ln_net_destroy(net);
}

static void test_features(void **state) {
    for (size_t i = 0; i < COUNT(nets_all); i++)
        if (nets_all[i] != net_bare) {
            features_check(nets_all[i], false);
            features_check(nets_all[i], true);
        }
    for (size_t i = 0; i < COUNT(heads); i++) features_check(heads[i], false);
}

/* Features do not change the bits of the logits, and a plan that shares parameters can have features too. */
static void test_logits_stay(void **state) {
    struct ln_net *net = net_of(net_residual);
    struct ln_plan *without = plan_of(net, &(struct ln_plan_opts){.batch = BATCH});
    struct ln_plan *with =
        plan_of(net, &(struct ln_plan_opts){.batch = BATCH, .like = without, .features = true});
    float *x = net_images(net, BATCH), logits[BATCH * 6];
    size_t count;
    nets_ok(ln_plan_forward(without, x, NULL, 0));
    memcpy(logits, ln_plan_logits(without), sizeof logits);
    assert_null(ln_plan_features(without, &count));
    assert_int_equal(count, 0);
    nets_ok(ln_plan_forward(with, x, NULL, 0));
    assert_memory_equal(ln_plan_logits(with), logits, sizeof logits);
    assert_non_null(ln_plan_features(with, &count));
    assert_int_equal(count, 32);
    free(x);
    ln_plan_destroy(with);
    ln_plan_destroy(without);
    ln_net_destroy(net);
}

static void test_refusal(void **state) {
    struct ln_net *net = net_of(net_bare);
    struct ln_plan *plan = NULL;
    assert_int_equal(ln_plan_create(&plan, net, &(struct ln_plan_opts){.batch = 1, .features = true}),
                     LINNET_ERR_USAGE);
    assert_string_equal(ln_error_get()->code, "plan-features");
    ln_error_clear();
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_logits_stay),
        cmocka_unit_test(test_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
