/* ONNX files: a written file reads back as the same network with the same bits, every layer of the list can be written, and
 * files that are damaged, foreign or hostile are refused with their code. */
#include "onnx/export.h"
#include "onnx/protobuf.h"
#include "onnx/schema.h"
#include "unit/model/model_of.h"

#include <math.h>

#define PATH "m.onnx"

/* All ops that have an effect in inference, under names as in ResNet. */
static const char *const every_op =
    "linnet 1\ninput 3x16x12\n"
    "conv1 = conv(input) out=8 kernel=3x5 stride=2x1 padding=1x2 no_bias\n"
    "bn1 = batchnorm(conv1) eps=0.001 momentum=0.01\n"
    "relu = relu(bn1)\n"
    "pool.0 = maxpool(relu) kernel=3 stride=2 ceil\n"
    "norm = lrn(pool.0) size=5 alpha=0.0005 k=2\n"
    "layer1.0.conv = conv(norm) out=16 kernel=3 padding=2 dilation=2 groups=2\n"
    "silu1 = silu(layer1.0.conv)\n"
    "shortcut = pad_shortcut(norm) out=16 stride=1x2\n"
    "mean = avgpool(silu1) kernel=3x2 stride=1x2 padding=1x0 exclude_pad\n"
    "add = add(mean shortcut)\n"
    "relu6.a = relu6(add)\n"
    "tanh1 = tanh(relu6.a)\n"
    "concat = concat(tanh1 add)\n"
    "mean2 = avgpool(concat) kernel=2\n"
    "avgpool = adaptive_avgpool(mean2) out=1\n"
    "flatten1 = flatten(avgpool)\n"
    "fc = linear(flatten1) out=4 no_bias\n"
    "out = linear(fc) out=3\n"
    "output out\n";

static void save(const struct ln_model *m, struct ln_onnx_save_opts opts) {
    if (ln_onnx_save(m, PATH, &opts) != LINNET_OK) fail_msg("%s", ln_error_line());
}

static struct ln_model *open_model(void) {
    struct ln_model *m = NULL;
    if (ln_onnx_open(&m, PATH, &(struct ln_onnx_open_opts){0}) != LINNET_OK) fail_msg("%s", ln_error_line());
    return m;
}

static void refused(int status, const char *code, const char *part) {
    struct ln_model *m = NULL;
    assert_failure(ln_onnx_open(&m, PATH, &(struct ln_onnx_open_opts){0}), status, code, part);
    assert_null(m);
}

static void same_weights(const struct ln_model *a, const struct ln_model *b) {
    assert_int_equal(a->net->param_count, b->net->param_count);
    for (size_t i = 0; i < a->net->param_count; i++) {
        assert_string_equal(a->net->params[i].name, b->net->params[i].name);
        if (a->net->params[i].spec.dtype != LN_F32) continue;
        assert_memory_equal(a->params[i], b->params[i], ln_net_param_size(a->net, i) * sizeof(float));
    }
}

/* ---- round trips ---------------------------------------------------------------------------------------------------- */

static void test_every_op(void **state) {
    const struct ln_op *op;
    for (size_t i = 0; (op = ln_op_at(i)); i++)
        if (op->role != LN_ROLE_LOSS && !ln_onnx_exports(op))
            fail_msg("src/onnx/export_ops.c has no row for %s", op->name);
    struct ln_model *m = model_of(every_op);
    save(m, (struct ln_onnx_save_opts){0});
    struct ln_model *again = open_model();
    assert_string_equal(again->text, m->text);
    same_weights(m, again);
    ln_model_destroy(m);
    ln_model_destroy(again);
}

static void round_trip_notes(struct ln_onnx_save_opts opts) {
    char names_[3][16] = {"cat's \\ \"paw\"", "\xe7\x8c\xab", "a\nb"},
         *names[3] = {names_[0], names_[1], names_[2]};
    struct ln_model *m = model_of(every_op);
    m->preprocess = (struct ln_preprocess){.width = 12,
                                           .height = 16,
                                           .channels = 3,
                                           .resize = 20,
                                           .interpolation = LN_BICUBIC,
                                           .mean = {0.485F, 0.1307F, 0.3F},
                                           .std = {0.229F, 1.0F / 3, 0.7F}};
    m->temperature = 1.3712;
    m->unknown_energy = -3.25;
    m->tta = true;
    assert_int_equal(ln_model_name_classes(m, names, 3), LINNET_OK);
    save(m, opts);
    struct ln_model *again = open_model();
    for (int i = 0; i < 3; i++) assert_string_equal(again->class_names[i], names[i]);
    assert_memory_equal(&again->preprocess, &m->preprocess, sizeof m->preprocess);
    assert_true(again->temperature == 1.3712 && again->unknown_energy == -3.25 && again->tta);
    if (!opts.fold) assert_string_equal(again->text, m->text);
    ln_model_destroy(m);
    ln_model_destroy(again);
}

static void test_notes(void **state) {
    round_trip_notes((struct ln_onnx_save_opts){0});
    round_trip_notes((struct ln_onnx_save_opts){.softmax = true, .with_preprocess = true, .fold = true});
    round_trip_notes((struct ln_onnx_save_opts){.softmax = true, .with_preprocess = true, .opset = 13});
    round_trip_notes((struct ln_onnx_save_opts){.opset = 21});
}

/* OpenVINO refuses a file that repeats a field among its first three. */
static void test_first_fields(void **state) {
    struct ln_model *m = model_of(every_op);
    unsigned char key[16];
    save(m, (struct ln_onnx_save_opts){0});
    FILE *f = fopen(PATH, "rb");
    assert_non_null(f);
    assert_int_equal(fread(key, 1, sizeof key, f), sizeof key);
    fclose(f);
    assert_int_equal(key[0], LN_MODEL_IR_VERSION << 3);
    assert_int_equal(key[2], LN_MODEL_PRODUCER_NAME << 3 | 2);
    assert_int_equal(key[4 + key[3]], LN_MODEL_PRODUCER_VERSION << 3 | 2);
    ln_model_destroy(m);
}

/* The export leaves out dropout, auxiliary heads and pooling that keeps the size: they have no effect in inference. */
static void test_left_out(void **state) {
    struct ln_model *m =
        model_of("linnet 1\ninput 1x4x4\nc = conv(input) out=2 kernel=1\nd = dropout(c) p=0.3\n"
                 "a = adaptive_avgpool(d) out=4\nf = flatten(a)\nx = linear(f) out=2\nfc = linear(f) out=2\n"
                 "e = dropout(fc)\noutput e\naux 0.3 x\n");
    save(m, (struct ln_onnx_save_opts){0});
    struct ln_model *again = open_model();
    assert_string_equal(again->text, "linnet 1\ninput 1x4x4\nc = conv(input) out=2 kernel=1\nf = flatten(c)\n"
                                     "fc = linear(f) out=2\noutput fc\n");
    ln_model_destroy(m);
    ln_model_destroy(again);
}

/* y = (w * x + b - mean) / sqrt(variance + eps) * weight + bias, in the convolution alone. */
static void test_fold(void **state) {
    struct ln_model *m =
        model_of("linnet 1\ninput 1x2x2\nc = conv(input) out=2 kernel=1\nn = batchnorm(c)\nf = flatten(n)\n"
                 "fc = linear(f) out=2\noutput fc\n");
    save(m, (struct ln_onnx_save_opts){.fold = true});
    struct ln_model *again = open_model();
    assert_int_equal(again->net->param_count, 4);
    for (int k = 0; k < 2; k++) {
        const double scale = (double)m->params[2][k] / sqrt((double)m->params[5][k] + 1e-5);
        assert_true(again->params[0][k] == (float)((double)m->params[0][k] * scale));
        assert_true(
            again->params[1][k] ==
            (float)(((double)m->params[1][k] - (double)m->params[4][k]) * scale + (double)m->params[3][k]));
    }
    ln_model_destroy(m);
    ln_model_destroy(again);
}

static void test_export_refusals(void **state) {
    static const struct {
        const char *layer, *part;
    } cases[] = {
        {"p = lrn(input) size=4", "layer p (lrn)"},
        {"p = adaptive_avgpool(input) out=10x8", "layer p (adaptive_avgpool)"},
        {"p = adaptive_avgpool(input) out=3", "layer p (adaptive_avgpool)"},
        {"p = avgpool(input) kernel=3 stride=2 padding=1 ceil", "layer p (avgpool)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "linnet 1\ninput 1x5x4\n%s\nf = flatten(p)\nfc = linear(f) out=2\noutput fc\n",
                 cases[i].layer);
        struct ln_model *m = model_of(text);
        unlink(PATH);
        assert_failure(ln_onnx_save(m, PATH, &(struct ln_onnx_save_opts){0}), LINNET_ERR_INPUT, "onnx-layer",
                       cases[i].part);
        assert_int_not_equal(access(PATH, F_OK), 0);
        ln_model_destroy(m);
    }
}

static void test_nonfinite(void **state) {
    struct ln_model *m = model_of(every_op);
    m->params[0][3] = NAN;
    assert_failure(ln_onnx_save(m, PATH, &(struct ln_onnx_save_opts){0}), LINNET_ERR_DIVERGED,
                   "model-nonfinite", "conv1.weight");
    ln_model_destroy(m);
}

/* ---- damaged files ------------------------------------------------------------------------------------------------------- */

static size_t read_file(unsigned char **bytes) {
    size_t size;
    assert_int_equal(ln_file_read(PATH, 1 << 24, bytes, &size), LINNET_OK);
    return size;
}

static void write_file(const void *bytes, size_t size) {
    assert_int_equal(ln_file_write(PATH, bytes, size), LINNET_OK);
}

/* A file that is cut anywhere is refused. */
static void test_truncated(void **state) {
    struct ln_model *m = model_of(
        "linnet 1\ninput 1x2x2\nc = conv(input) out=2 kernel=1\nf = flatten(c)\nfc = linear(f) out=2\n"
        "output fc\n");
    unsigned char *bytes;
    save(m, (struct ln_onnx_save_opts){0});
    const size_t size = read_file(&bytes);
    for (size_t n = 0; n < size; n += 1 + n / 97) {
        struct ln_model *again = NULL;
        write_file(bytes, n);
        assert_int_equal(ln_onnx_open(&again, PATH, &(struct ln_onnx_open_opts){0}), LINNET_ERR_INPUT);
        assert_true(strncmp(ln_error_get()->code, "onnx-", 5) == 0);
        ln_error_clear();
    }
    ln_free(bytes);
    ln_model_destroy(m);
}

static void test_damaged(void **state) {
    static const struct {
        const char *bytes, *part;
    } cases[] = {
        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "bytes, 0 are left"},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "more than ten bytes"},
        {"\x3b\x3c", "type that ONNX does not use"},
        {"\x3a\x02\x08", "2 bytes, 1 are left"},
        {"\x3d\x01\x02\x03\x04", "wire type 5, expected 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(cases[i].bytes, strlen(cases[i].bytes));
        refused(LINNET_ERR_INPUT, "onnx-protobuf", cases[i].part);
    }
    write_file("", 0);
    refused(LINNET_ERR_INPUT, "onnx-file", "no graph");
    write_file("\x3a\x00\x3a\x00", 4);
    refused(LINNET_ERR_INPUT, "onnx-file", "two graphs");
    unlink(PATH);
    refused(LINNET_ERR_INPUT, "file-open", PATH);
}

static size_t put_varint(unsigned char *at, uint64_t value) {
    size_t length = 0;
    for (; value > 127; value >>= 7) at[length++] = (unsigned char)(value | 128);
    at[length++] = (unsigned char)value;
    return length;
}

/* Graphs within attributes of nodes of graphs, too deep for the stack of a reader that calls itself; ours skips them. The file is
 * written from its end, because each message begins with its length. */
static void test_nested(void **state) {
    enum { DEPTH = 100000, GRAPH_OF_ATTRIBUTE = 6, DELIMITED = 2, FIELD_MOST = 12 };
    static const unsigned fields[] = {GRAPH_OF_ATTRIBUTE, LN_NODE_ATTRIBUTE, LN_GRAPH_NODE};
    const size_t room = (size_t)(3 * DEPTH + 1) * FIELD_MOST;
    unsigned char *file = test_malloc(room), *end = file + room, *at = end;
    for (int i = 0; i <= 3 * DEPTH; i++) {
        unsigned char head[FIELD_MOST];
        const unsigned field = i == 3 * DEPTH ? LN_MODEL_GRAPH : fields[i % 3];
        size_t length = put_varint(head, field << 3 | DELIMITED);
        length += put_varint(head + length, (uint64_t)(end - at));
        at -= length;
        memcpy(at, head, length);
    }
    write_file(at, (size_t)(end - at));
    test_free(file);
    refused(LINNET_ERR_INPUT, "onnx-file", "the graph has no output");
}

/* ---- foreign graphs -------------------------------------------------------------------------------------------------------- */

struct foreign {
    struct ln_onnx_writer w;
};

static void node(struct foreign *f, const char *op, const char *a, const char *b, const char *out) {
    struct ln_text text = {0};
    ln_onnx_node_begin(&text, op, out);
    ln_onnx_node_input(&text, a);
    if (b) ln_onnx_node_input(&text, b);
    ln_onnx_node_output(&text, out);
    ln_onnx_node_end(&f->w, &text);
}

static void finish(struct foreign *f, const char *output) {
    static const int64_t dims[] = {1, 2, 2};
    ln_onnx_write_end(&f->w, false, "x", LN_ONNX_FLOAT, dims, 3);
    ln_onnx_write_end(&f->w, true, output, LN_ONNX_FLOAT, dims + 1, 1);
    assert_int_equal(ln_onnx_write(&f->w, PATH, 17), LINNET_OK);
    ln_onnx_writer_fini(&f->w);
}

/* A matrix [in][out] with a bias in an Add, through an Identity, and a reshape by computed shape. */
static void test_matmul(void **state) {
    static const float w[] = {1, 2, 3, 4, 5, 6, 7, 8}, b[] = {9, 10};
    struct foreign f = {{{0}}};
    ln_onnx_write_floats(&f.w, "dense.weight", w, ln_shape_of(4, 2));
    ln_onnx_write_floats(&f.w, "b", b, ln_shape_of(2));
    ln_onnx_write_ints(&f.w, "shape", (const int64_t[]){0, -1}, 2);
    node(&f, "Relu", "x", NULL, "r");
    node(&f, "Reshape", "r", "shape", "flat");
    node(&f, "Identity", "b", NULL, "same");
    node(&f, "MatMul", "flat", "dense.weight", "product");
    node(&f, "Add", "same", "product", "sum");
    finish(&f, "sum");
    struct ln_model *m = open_model();
    static const float expected[] = {1, 3, 5, 7, 2, 4, 6, 8};
    assert_string_equal(
        m->text, "linnet 1\ninput 1x2x2\nr = relu(input)\nflat = flatten(r)\ndense = linear(flat) out=2\n"
                 "output dense\n");
    assert_memory_equal(m->params[0], expected, sizeof expected);
    assert_memory_equal(m->params[1], b, sizeof b);
    ln_model_destroy(m);
}

static void test_unknown_op(void **state) {
    struct foreign f = {{{0}}};
    node(&f, "Relu", "x", NULL, "r");
    node(&f, "Einsum", "r", NULL, "odd/\x1b[31m");
    finish(&f, "odd/\x1b[31m");
    refused(LINNET_ERR_INPUT, "onnx-op", "node 'odd/\\x1b[31m' (Einsum): Linnet has no layer");
    node(&f, "Relu", "y", NULL, "r");
    finish(&f, "r");
    refused(LINNET_ERR_INPUT, "onnx-op", "node 'r' (Relu): its input 'y' is not computed before it");
    node(&f, "Relu", "x", NULL, "r");
    node(&f, "Relu", "x", NULL, "r");
    finish(&f, "r");
    refused(LINNET_ERR_INPUT, "onnx-op", "computed twice");
    node(&f, "Relu", "x", NULL, "r");
    finish(&f, "r");
    refused(LINNET_ERR_INPUT, "net-output", PATH);
}

static char scratch[64];

static int enter(void **state) {
    scratch_enter(scratch);
    return 0;
}

static int leave(void **state) {
    scratch_leave(scratch);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_op),   cmocka_unit_test(test_notes),
        cmocka_unit_test(test_left_out),   cmocka_unit_test(test_fold),
        cmocka_unit_test(test_nonfinite),  cmocka_unit_test(test_export_refusals),
        cmocka_unit_test(test_truncated),  cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_nested),     cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_unknown_op), cmocka_unit_test(test_first_fields),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
