/* The network as a graph for Graphviz, and the totals of the layer table. */
#include "unit/graph/nets.h"

#include "base/alloc.h"

static const char *const net = "linnet 1\n"
                               "input 3x16x16\n"
                               "conv1 = conv(input) out=8 kernel=3 stride=2 padding=1\n"
                               "relu1 = relu(conv1)\n"
                               "layer1.0.conv1 = conv(relu1) out=8 kernel=3 padding=1 groups=2\n"
                               "layer1.0.relu1 = relu(layer1.0.conv1)\n"
                               "layer1.0.add = add(layer1.0.relu1 relu1)\n"
                               "layer1.1.pool = maxpool(layer1.0.add) kernel=3x2\n"
                               "flat = flatten(layer1.1.pool)\n"
                               "fc = linear(flat) out=5\n"
                               "aux.flat = flatten(relu1)\n"
                               "aux.fc = linear(aux.flat) out=5\n"
                               "output fc\n"
                               "aux 0.5 aux.fc\n";

static char *dot_of(const char *text) {
    struct ln_net *parsed = net_of(text);
    char *dot = NULL;
    nets_ok(ln_net_dot(parsed, &dot));
    ln_net_destroy(parsed);
    return dot;
}

static int count_of(const char *text, const char *part) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) count++;
    return count;
}

static void test_boxes(void **state) {
    char *dot = dot_of(net);
    assert_non_null(strstr(dot, "label=\"conv 3x3, 8, /2\\nrelu\"")); /* the box includes the activation */
    assert_non_null(strstr(dot, "label=\"conv 3x3, 8, 2 groups\\nrelu\""));
    assert_non_null(strstr(dot, "label=\"maxpool 3x2, /3x2\""));
    assert_non_null(strstr(dot, "label=\"linear 5\""));
    assert_int_equal(count_of(dot, "label=\"relu"), 0);
    assert_int_equal(count_of(dot, "shape=ellipse"), 2);
    assert_non_null(strstr(dot, "auxiliary, loss times 0.5"));
    ln_free(dot);
}

/* Edges join boxes and show shapes; the shortcut past the block is thick. */
static void test_edges(void **state) {
    char *dot = dot_of(net);
    assert_non_null(strstr(dot, "n0 -> n1 [label=\" 3x16x16\"];"));
    assert_non_null(strstr(dot, "n1 -> n3 [label=\" 8x8x8\"];"));
    assert_non_null(strstr(dot, "n3 -> n5 [label=\" 8x8x8\"];"));
    assert_non_null(strstr(dot, "n1 -> n5 [label=\" 8x8x8\", penwidth"));
    assert_int_equal(count_of(dot, "penwidth"), 1);
    ln_free(dot);
}

/* Frames open and close in pairs, the inner one inside the outer. */
static void test_frames(void **state) {
    char *dot = dot_of(net);
    assert_int_equal(count_of(dot, "{"), count_of(dot, "}"));
    const char *outer = strstr(dot, "subgraph \"cluster_layer1.\""),
               *first = strstr(dot, "\"cluster_layer1.0.\""), *second = strstr(dot, "\"cluster_layer1.1.\"");
    assert_non_null(strstr(dot, "\"cluster_aux.\""));
    assert_true(outer && outer < first && first < second);
    assert_int_equal(count_of(dot, "\"cluster_layer1.\""), 1);
    ln_free(dot);
}

static void test_totals(void **state) {
    struct ln_net *parsed = net_of(net);
    char *text = NULL, *json = NULL;
    nets_ok(ln_net_summary(parsed, 2, false, &text));
    nets_ok(ln_net_summary(parsed, 2, true, &json));
    /* conv1 216 + 8, layer1.0.conv1 288 + 8, fc 5 (8 * 2 * 4 + 1), aux.fc 5 (512 + 1) */
    assert_non_null(strstr(json, "\"parameters\": 3410,"));
    assert_non_null(strstr(json, "\"inference_parameters\": 845,"));
    assert_non_null(strstr(json, "\"training_macs\": 70272,"));
    assert_non_null(strstr(json, "\"macs\": 65152\n"));
    assert_non_null(strstr(text, "\ntotal "));
    assert_non_null(strstr(text, "\nwithout auxiliary heads "));
    ln_free(text);
    ln_free(json);
    ln_net_destroy(parsed);
}

static int draw(const void *arg) {
    struct ln_net *parsed = NULL;
    char *dot = NULL;
    int status = ln_net_parse(net, &parsed);
    if (status == LINNET_OK) status = ln_net_dot(parsed, &dot);
    ln_free(dot);
    ln_net_destroy(parsed);
    return status;
}

static void test_out_of_memory(void **state) {
    assert_true(allocations_fail(draw, NULL) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxes),  cmocka_unit_test(test_edges),         cmocka_unit_test(test_frames),
        cmocka_unit_test(test_totals), cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
