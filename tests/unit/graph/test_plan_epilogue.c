/* Every activation after every kind of layer: the numbers are the same whether the layer applies the activation or a step of
 * its own does. */
#include "unit/graph/nets.h"

#include "op/activation.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

/* Every way to convolve: few channels, rows of five taps and of three, a stride, a matrix product; a linear
 * layer. */
static const char *const net_convs =
    "linnet 1\ninput 3x12x12\n"
    "c1 = conv(input) out=16 kernel=3 padding=1\na1 = ACT(c1)\n"
    "c2 = conv(a1) out=16 kernel=5 padding=2\na2 = ACT(c2)\n"
    "c3 = conv(a2) out=6 kernel=3\na3 = ACT(c3)\n"
    "c4 = conv(a3) out=24 kernel=3 stride=2\na4 = ACT(c4)\n"
    "p4 = maxpool(a4) kernel=2 stride=1\n"
    "c5 = conv(p4) out=20 kernel=3\na5 = ACT(c5)\n"
    "f = flatten(a5)\nl6 = linear(f) out=9\na6 = ACT(l6)\nl7 = linear(a6) out=5\noutput l7\n";

/* Normalisations: alone, read by several layers, before a sum, into a concatenation. */
static const char *const net_norms =
    "linnet 1\ninput 3x10x10\n"
    "c1 = conv(input) out=16 kernel=3 padding=1 no_bias\nb1 = batchnorm(c1)\na1 = ACT(b1)\n"
    "c2 = conv(a1) out=16 kernel=3 padding=1 no_bias\nb2 = batchnorm(c2)\ns2 = add(b2 a1)\na2 = ACT(s2)\n"
    "c3 = conv(a2) out=16 kernel=1 no_bias\nb3 = batchnorm(c3)\na3 = ACT(b3)\n"
    "c4 = conv(a2) out=7 kernel=3 padding=1 no_bias\nb4 = batchnorm(c4)\na4 = ACT(b4)\n"
    "j = concat(a3 a4)\n"
    "c5 = conv(j) out=32 kernel=3 no_bias\nb5 = batchnorm(c5)\n"
    "c6 = conv(j) out=32 kernel=3 no_bias\nb6 = batchnorm(c6)\ns5 = add(b5 b6)\na5 = ACT(s5)\n"
    "g = adaptive_avgpool(a5) out=1\nf = flatten(g)\nl = linear(f) out=5\noutput l\n";

/* The network with `activation` in place of ACT. apart: a dropout that drops nothing precedes each activation, so that no layer
 * can apply it. */
static struct ln_net *net_with(const char *template, const char *activation, bool apart) {
    struct ln_text text = {0};
    for (const char *line = template; *line; line = strchr(line, '\n') + 1) {
        char name[8], from[8];
        if (sscanf(line, "%7s = ACT(%7[^)])", name, from) != 2)
            ln_text_addf(&text, "%.*s\n", (int)strcspn(line, "\n"), line);
        else if (apart)
            ln_text_addf(&text, "d%s = dropout(%s) p=0\n%s = %s(d%s)\n", from, from, name, activation, from);
        else
            ln_text_addf(&text, "%s = %s(%s)\n", name, activation, from);
    }
    struct ln_net *net = net_of(text.data);
    ln_text_fini(&text);
    return net;
}

static struct ln_plan *plan_of(const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct ln_plan *plan = NULL;
    nets_ok(ln_plan_create(&plan, net, opts));
    nets_ok(ln_plan_init(plan, 11));
    return plan;
}

/* ---- numbers ----------------------------------------------------------------------------------------- */

/* Logits, and in training the gradient of the images and of the parameters. */
struct outcome {
    size_t count;
    float *numbers;
};

static struct outcome outcome_of(const struct ln_net *net, const struct ln_plan_opts *opts) {
    struct ln_plan *plan = plan_of(net, opts);
    float *x = net_images(net, opts->batch);
    int32_t *labels = net_labels(net, opts->batch);
    size_t logits = (size_t)(opts->batch * ln_net_classes(net)),
           din = net_elements(net, 0) * (size_t)opts->batch;
    size_t grads = 0, at = 0;
    for (size_t i = 0; i < net->param_count; i++) grads += ln_net_param_size(net, i);
    struct outcome o = {logits + (opts->train ? din + grads : 0), NULL};
    o.numbers = calloc(o.count, sizeof *o.numbers);
    assert_non_null(o.numbers);
    for (int i = 0; i < 2; i++) nets_ok(ln_plan_forward(plan, x, labels, 1));
    memcpy(o.numbers, ln_plan_logits(plan), logits * sizeof(float));
    if (opts->train) {
        nets_ok(ln_plan_backward(plan));
        memcpy(o.numbers + logits, ln_plan_din(plan), din * sizeof(float));
        for (size_t i = 0; i < net->param_count; at += ln_net_param_size(net, i++))
            nets_ok(ln_plan_get_grad(plan, i, o.numbers + logits + din + at));
    }
    free(x);
    free(labels);
    ln_plan_destroy(plan);
    return o;
}

/* Equal, apart from rounding: in bf16 an activation with a step of its own rounds once more. */
static void compare(const struct outcome *a, const struct outcome *b, enum ln_dtype dtype,
                    const char *label) {
    double difference = 0, size = 0;
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        difference += pow((double)a->numbers[i] - (double)b->numbers[i], 2);
        size += pow((double)b->numbers[i], 2);
    }
    double off = sqrt(difference / size);
    if (!(off <= (dtype == LN_BF16 ? 0.03 : 1e-5))) fail_msg("%s: off by %.3g of its size", label, off);
}

static void numbers_check(const char *template, const char *activation, const struct ln_plan_opts *opts) {
    char label[128];
    struct ln_net *fused = net_with(template, activation, false),
                  *apart = net_with(template, activation, true);
    snprintf(label, sizeof label, "%s, %s, batch %d, %s, %s",
             template == net_convs ? "convolutions" : "norms", activation, opts->batch,
             opts->train ? "training" : "inference", ln_dtype_name(opts->dtype));
    struct outcome of_fused = outcome_of(fused, opts), of_apart = outcome_of(apart, opts);
    compare(&of_fused, &of_apart, opts->dtype, label);
    free(of_fused.numbers);
    free(of_apart.numbers);
    ln_net_destroy(fused);
    ln_net_destroy(apart);
}

static void activation_check(const char *activation) {
    static const int batches[] = {2, 7, 16};
    for (size_t i = 0; i < COUNT(batches); i++)
        for (int how = 0; how < 8; how++) {
            struct ln_plan_opts opts = {.batch = batches[i],
                                        .train = how & 1,
                                        .input_grad = how & 1,
                                        .dtype = how & 2 ? LN_BF16 : LN_F32,
                                        .poison = how & 4,
                                        .recompute = how & 4 ? LN_RECOMPUTE_ALWAYS : LN_RECOMPUTE_NEVER};
            if (opts.dtype == LN_BF16 && !ln_dnn_has_bf16()) continue;
            numbers_check(net_convs, activation, &opts);
            numbers_check(net_norms, activation, &opts);
        }
}

static void test_numbers(void **state) {
    if (!ln_dnn_has_bf16()) print_message("skipped: bf16, this processor has no instructions for it\n");
    for (size_t i = 0; ln_op_at(i); i++)
        if (ln_op_at(i)->role == LN_ROLE_ACTIVATION) activation_check(ln_op_at(i)->name);
}

/* In inference any number of threads gives the same bits. In training oneDNN sums the gradients of weights in an order that
 * depends on the number of threads. */
static void test_threads(void **state) {
    for (size_t i = 0; ln_op_at(i); i++) {
        const struct ln_op *op = ln_op_at(i);
        if (op->role != LN_ROLE_ACTIVATION) continue;
        struct ln_net *net = net_with(net_norms, op->name, false);
        const struct ln_plan_opts opts = {.batch = 7};
        struct outcome one, many;
        omp_set_num_threads(1);
        one = outcome_of(net, &opts);
        omp_set_num_threads(3);
        many = outcome_of(net, &opts);
        assert_memory_equal(one.numbers, many.numbers, one.count * sizeof(float));
        omp_set_num_threads(2);
        free(one.numbers);
        free(many.numbers);
        ln_net_destroy(net);
    }
}

/* ---- which layer applies the activation -------------------------------------------------------------- */

/* Expects the layer's forward row to show the activation if `applied`, and not to show it otherwise. */
static void row_check(const struct ln_plan *plan, const char *layer, const char *activation, bool applied) {
    for (size_t i = 0; i < ln_plan_steps(plan); i++) {
        struct ln_plan_row row = ln_plan_row(plan, i);
        if (strcmp(row.pass, "forward") != 0 || strcmp(row.layer, layer) != 0) continue;
        bool shows = row.activation && strcmp(row.activation, activation) == 0;
        if (shows != applied) fail_msg("%s does %s%s", layer, applied ? "not apply " : "apply ", activation);
        return;
    }
    fail_msg("no forward step of %s", layer);
}

static int steps_of(const struct ln_plan *plan, const char *pass, const char *op) {
    int count = 0;
    for (size_t i = 0; i < ln_plan_steps(plan); i++) {
        struct ln_plan_row row = ln_plan_row(plan, i);
        count += strcmp(row.pass, pass) == 0 && strcmp(row.op, op) == 0;
    }
    return count;
}

/* Inference: convolutions and linear layers apply the activations that oneDNN has, convolutions only those with f(0) = 0.
 * Normalisations are folded in. */
static void inference_check(const struct ln_op *op) {
    bool linear = op->activation->eltwise != LN_ELTWISE_NONE,
         conv = linear && ln_activation_keeps_zero(op->activation);
    struct ln_net *convs = net_with(net_convs, op->name, false),
                  *norms = net_with(net_norms, op->name, false);
    struct ln_plan *plan = plan_of(convs, &(struct ln_plan_opts){.batch = 16});
    for (int i = 1; i <= 5; i++) row_check(plan, (char[]){'c', (char)('0' + i), 0}, op->name, conv);
    row_check(plan, "l6", op->name, linear);
    assert_int_equal(steps_of(plan, "forward", op->name), (conv ? 0 : 5) + (linear ? 0 : 1));
    ln_plan_destroy(plan);
    plan = plan_of(norms, &(struct ln_plan_opts){.batch = 16});
    for (int i = 1; i <= 5; i++) row_check(plan, (char[]){'c', (char)('0' + i), 0}, op->name, conv);
    assert_int_equal(steps_of(plan, "forward", op->name), conv ? 0 : 5);
    ln_plan_destroy(plan);
    ln_net_destroy(convs);
    ln_net_destroy(norms);
}

/* Training: a convolution applies f if f(0) = 0 and the derivative needs only the output. The backward pass is a step of its
 * own, unless the pooling that follows masks. A normalisation does both passes if f(0) = 0; with a sum, the derivative must
 * also need only the output. */
static void training_check(const struct ln_op *op) {
    bool by_input = op->activation->by_input, keeps_zero = ln_activation_keeps_zero(op->activation),
         linear = op->activation->eltwise != LN_ELTWISE_NONE && !by_input, conv = linear && keeps_zero;
    struct ln_net *convs = net_with(net_convs, op->name, false),
                  *norms = net_with(net_norms, op->name, false);
    struct ln_plan *plan = plan_of(convs, &(struct ln_plan_opts){.batch = 16, .train = true});
    for (int i = 1; i <= 5; i++) row_check(plan, (char[]){'c', (char)('0' + i), 0}, op->name, conv);
    assert_int_equal(steps_of(plan, "forward", op->name), (conv ? 0 : 5) + (linear ? 0 : 1));
    assert_int_equal(steps_of(plan, "backward", op->name), op->activation->rectifies ? 5 : 6);
    ln_plan_destroy(plan);
    int left = !keeps_zero ? 5 : by_input ? 2 : 0;
    plan = plan_of(norms, &(struct ln_plan_opts){.batch = 16, .train = true});
    row_check(plan, "b1", op->name, keeps_zero);
    row_check(plan, "b2", op->name, keeps_zero && !by_input);
    row_check(plan, "b3", op->name, keeps_zero);
    row_check(plan, "b5", op->name, keeps_zero && !by_input);
    assert_int_equal(steps_of(plan, "forward", op->name), left);
    assert_int_equal(steps_of(plan, "backward", op->name), left);
    ln_plan_destroy(plan);
    ln_net_destroy(convs);
    ln_net_destroy(norms);
}

static void test_rows(void **state) {
    for (size_t i = 0; ln_op_at(i); i++)
        if (ln_op_at(i)->role == LN_ROLE_ACTIVATION) {
            inference_check(ln_op_at(i));
            training_check(ln_op_at(i));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
