/* The text form: printed text parses to the same network; bad text is refused with the number of its line. */
#include "unit/graph/nets.h"

static int parse(const void *text) {
    struct ln_net *net = NULL;
    int status = ln_net_parse(text, &net);
    ln_net_destroy(net);
    return status;
}

static char *printed(const struct ln_net *net) {
    char *text;
    nets_ok(ln_net_print(net, &text));
    return text;
}

static void test_round_trip(void **state) {
    for (size_t i = 0; i < COUNT(nets_all); i++) {
        struct ln_net *net = net_of(nets_all[i]);
        char *text = printed(net);
        struct ln_net *again = net_of(text);
        char *text_again = printed(again);
        assert_string_equal(text, text_again);
        assert_int_equal(net->count, again->count);
        assert_int_equal(ln_net_parameters(net), ln_net_parameters(again));
        assert_int_equal(net->output_count, again->output_count);
        for (int j = 0; j < net->output_count; j++)
            assert_true(net->outputs[j].weight == again->outputs[j].weight);
        ln_free(text);
        ln_free(text_again);
        ln_net_destroy(net);
        ln_net_destroy(again);
    }
}

/* The documented form, with comments, blank lines and spaces where people put them. */
static void test_form(void **state) {
    struct ln_net *net = net_of("linnet 1\n"
                                "# a comment\n"
                                "input 3x9x7   # another\r\n"
                                "\n"
                                "  a  =  conv ( input )   kernel=3x2  out=4 stride=1x2\n"
                                "b = maxpool(a) kernel=2 ceil\n"
                                "c = flatten(b)\n"
                                "\td = linear(c) out=2 no_bias\n"
                                "output d");
    char *text = printed(net);
    assert_string_equal(text, "linnet 1\n"
                              "input 3x9x7\n"
                              "a = conv(input) out=4 kernel=3x2 stride=1x2\n"
                              "b = maxpool(a) kernel=2 ceil\n"
                              "c = flatten(b)\n"
                              "d = linear(c) out=2 no_bias\n"
                              "output d\n");
    ln_free(text);
    ln_net_destroy(net);
}

#define HEAD "linnet 1\ninput 1x8x8\n"
#define TAIL "f = flatten(a)\noutput f\n"

/* long because: a table, one row per refusal */
static const struct refusal {
    const char *text;
    int status;
    const char *code, *part;
} refusals[] = {
    {"", LINNET_ERR_INPUT, "net-text", "no input line"},
    {"linnet 1\n", LINNET_ERR_INPUT, "net-text", "no input line"},
    {"linnet 2\ninput 1x8x8\n", LINNET_ERR_INPUT, "net-text", "line 1: 'linnet 1' expected"},
    {"{\"json\": 1}", LINNET_ERR_INPUT, "net-text", "line 1: 'linnet 1' expected"},
    {"\xff\xfe\x01", LINNET_ERR_INPUT, "net-text", "line 1: 'linnet 1' expected"},
    {"linnet 1\na = relu(input)\n", LINNET_ERR_INPUT, "net-text", "line 2: the input must come first"},
    {"linnet 1\ninput 1x8\n", LINNET_ERR_INPUT, "net-text", "line 2: input needs CHANNELSxHEIGHTxWIDTH"},
    {"linnet 1\ninput 1x8x8x\n", LINNET_ERR_INPUT, "net-text", "line 2: input needs"},
    {"linnet 1\ninput 1x8x8x8\n", LINNET_ERR_INPUT, "net-text", "line 2: input needs"},
    {"linnet 1\ninput 0x8x8\n", LINNET_ERR_INPUT, "net-text", "line 2: input needs"},
    {"linnet 1\ninput -1x8x8\n", LINNET_ERR_INPUT, "net-text", "line 2: input needs"},
    {"linnet 1\ninput 1x99999999999999999999x8\n", LINNET_ERR_INPUT, "net-text", "line 2: input needs"},
    {"linnet 1\ninput 9999x8x8\n", LINNET_ERR_INPUT, "net-input", "9999x8x8"},
    {"linnet 1\ninput 4096x65536x65536\n", LINNET_ERR_LIMIT, "net-size", "has 17592186044416 numbers"},
    {HEAD "input 1x8x8\n", LINNET_ERR_INPUT, "net-text", "line 3: a second 'input'"},
    {HEAD, LINNET_ERR_INPUT, "net-output", "no output"},
    {HEAD "output x\n", LINNET_ERR_INPUT, "net-text", "line 3: no layer with the name 'x'"},
    {HEAD "output input\n", LINNET_ERR_INPUT, "net-output", "4 dimensions"},
    {HEAD "aux 0.5 input\n", LINNET_ERR_INPUT, "net-text", "line 3: one output, then aux"},
    {HEAD "a = relu(input)\n" TAIL "output f\n", LINNET_ERR_INPUT, "net-text",
     "line 6: one output, then aux"},
    {HEAD "a = relu(input)\n" TAIL "aux x f\n", LINNET_ERR_INPUT, "net-text", "line 6: not a weight: 'x'"},
    {HEAD "a = relu(input)\n" TAIL "aux nan f\n", LINNET_ERR_INPUT, "net-text", "not a weight: 'nan'"},
    {HEAD "a = relu(input)\n" TAIL "aux -1 f\n", LINNET_ERR_INPUT, "net-text", "not a weight: '-1'"},
    {HEAD "a = relu(input)\n" TAIL "aux 1 f\naux 1 f\naux 1 f\naux 1 f\n", LINNET_ERR_INPUT, "net-output",
     "more than 4"},
    {HEAD "a = relu(input)\na = relu(a)\n" TAIL, LINNET_ERR_INPUT, "net-name", "'a' is used twice"},
    {HEAD "input = relu(input)\n" TAIL, LINNET_ERR_INPUT, "net-name", "'input' is used twice"},
    {HEAD "a = relu(b)\nb = relu(a)\n" TAIL, LINNET_ERR_INPUT, "net-text",
     "line 3: no layer with the name 'b'"},
    {HEAD "a = relu(a)\n" TAIL, LINNET_ERR_INPUT, "net-text", "line 3: no layer with the name 'a'"},
    {HEAD "a = rulu(input)\n" TAIL, LINNET_ERR_INPUT, "net-text", "line 3: unknown layer 'rulu'"},
    {HEAD "a = softmax_xent(input)\n", LINNET_ERR_INPUT, "net-text", "unknown layer 'softmax_xent'"},
    {HEAD "a = relu()\n" TAIL, LINNET_ERR_INPUT, "net-text", "line 3"},
    {HEAD "a = relu\n" TAIL, LINNET_ERR_INPUT, "net-text", "line 3"},
    {HEAD "a = relu input\n" TAIL, LINNET_ERR_INPUT, "net-text", "too few or too many inputs for 'a'"},
    {HEAD "a = relu(input input)\n" TAIL, LINNET_ERR_INPUT, "net-inputs", "relu takes 1 inputs, not 2"},
    {HEAD "a = relu(input input input input input)\n", LINNET_ERR_INPUT, "net-text", "too few or too many"},
    {HEAD "a relu(input)\n" TAIL, LINNET_ERR_INPUT, "net-text", "line 3: not understood: 'a'"},
    {HEAD "= = relu(input)\n" TAIL, LINNET_ERR_INPUT, "net-name", "'='"},
    {HEAD "a\x01z = relu(input)\n" TAIL, LINNET_ERR_INPUT, "net-name", "'a\\x01z'"},
    {HEAD "a = relu(input) kernel=3\n" TAIL, LINNET_ERR_INPUT, "net-attr", "unknown attribute 'kernel=3'"},
    {HEAD "a = conv(input) out=4\n" TAIL, LINNET_ERR_INPUT, "op-attr", "kernel is missing"},
    {HEAD "a = conv(input) out= kernel=3\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'out='"},
    {HEAD "a = conv(input) out kernel=3\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'out'"},
    {HEAD "a = conv(input) out=4 kernel=3x\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'kernel=3x'"},
    {HEAD "a = conv(input) out=4 kernel=x3\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'kernel=x3'"},
    {HEAD "a = conv(input) out=4 kernel=3x3x3\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'kernel=3x3x3'"},
    {HEAD "a = conv(input) out=4 kernel=-1\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'kernel=-1'"},
    {HEAD "a = conv(input) out=4 kernel=0x3\n" TAIL, LINNET_ERR_INPUT, "op-attr", "kernel 0"},
    {HEAD "a = conv(input) out=4 kernel=3 no_bias=1\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'no_bias=1'"},
    {HEAD "a = conv(input) out=4 kernel=2147483647\n" TAIL, LINNET_ERR_INPUT, "op-attr", "kernel 2.14"},
    {HEAD "a = conv(input) out=99999999999 kernel=3\n" TAIL, LINNET_ERR_INPUT, "net-attr",
     "'out=99999999999'"},
    {HEAD "a = conv(input) out=4 kernel=9\n" TAIL, LINNET_ERR_INPUT, "op-kernel",
     "kernel 9 larger than input 8"},
    {HEAD "a = conv(input) out=4 kernel=3 dilation=1000\n" TAIL, LINNET_ERR_INPUT, "op-kernel",
     "2001 (dilated)"},
    {HEAD "a = conv(input) out=1048576 kernel=1 padding=1024\n" TAIL, LINNET_ERR_LIMIT, "net-size",
     "limit is 67108864"},
    {HEAD "a = dropout(input) p=nan\n" TAIL, LINNET_ERR_INPUT, "net-attr", "'p=nan'"},
    {HEAD "a = dropout(input) p=2\n" TAIL, LINNET_ERR_INPUT, "op-attr", "p 2"},
    {HEAD "a = maxpool(input) kernel=251\n" TAIL, LINNET_ERR_INPUT, "op-attr", "kernel 251"},
    {HEAD "a = linear(input) out=3\n" TAIL, LINNET_ERR_INPUT, "op-rank", "flatten it first"},
    {HEAD "a = relu(input)\nf = flatten(a)\noutput a\n", LINNET_ERR_INPUT, "net-output", "4 dimensions"},
    {HEAD
     "a = relu(input) 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30\n",
     LINNET_ERR_INPUT, "net-text", "too many words after 'a'"},
};

static void test_refusals(void **state) {
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const struct refusal *r = &refusals[i];
        int64_t live = ln_alloc_live();
        struct ln_net *net = NULL;
        int status = ln_net_parse(r->text, &net);
        if (status == LINNET_OK) fail_msg("case %zu was taken: %s", i, r->text);
        assert_null(net);
        if (strcmp(ln_error_get()->code, r->code) != 0) fail_msg("case %zu: %s", i, ln_error_line());
        assert_failure(status, r->status, r->code, r->part);
        assert_int_equal(ln_alloc_live(), live);
    }
}

static char *repeated(size_t bytes) {
    char *text = calloc(bytes + 1, 1);
    assert_non_null(text);
    memset(text, 'x', bytes);
    return text;
}

/* A line, a text and a network that are too long. */
static void test_long(void **state) {
    char *text = repeated(2000);
    memcpy(text, HEAD, strlen(HEAD));
    assert_failure(parse(text), LINNET_ERR_INPUT, "net-text", "line 3: 1979 bytes, at most 1023");
    free(text);
    text = repeated(5 << 20);
    assert_failure(parse(text), LINNET_ERR_INPUT, "net-text", "more than 4194304 bytes");
    free(text);
    struct ln_text many = {0};
    ln_text_add(&many, HEAD "r1 = relu(input)\n");
    for (int i = 2; i <= LN_NET_NODES_MAX + 1; i++) ln_text_addf(&many, "r%d = relu(r%d)\n", i, i - 1);
    nets_ok(ln_text_take(&many, &text));
    assert_failure(parse(text), LINNET_ERR_LIMIT, "net-nodes", "more than 10000 layers");
    ln_free(text);
}

static void test_out_of_memory(void **state) {
    for (size_t i = 0; i < COUNT(nets_all); i++) assert_true(allocations_fail(parse, nets_all[i]) > 4);
}

static int print(const void *net) {
    char *text = NULL;
    int status = ln_net_print(net, &text);
    ln_free(text);
    return status;
}

static void test_print_out_of_memory(void **state) {
    struct ln_net *net = net_of(net_odd);
    assert_true(allocations_fail(print, net) >= 1);
    ln_net_destroy(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_form),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_long),
        cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_print_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
