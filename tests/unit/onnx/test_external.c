/* Weights in other files: they are read only from the model's folder, whatever path the file gives and whatever lies there.
 * Then every allocation of export and import fails in turn. */
#include "onnx/onnx.h"
#include "onnx/protobuf.h"
#include "onnx/schema.h"
#include "onnx/writer.h"
#include "unit/base/base_test.h"

#include "base/file.h"
#include <sys/stat.h>

/* ---- files ---------------------------------------------------------------------------------------------------------- */

static const float numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};

struct place {
    const char *location, *offset, *length; /* as the file gives them; NULL: left out */
};

static void put_pair(struct ln_text *tensor, const char *key, const char *value) {
    struct ln_text pair = {0};
    if (!value) return;
    ln_pb_put_string(&pair, LN_PAIR_KEY, key);
    ln_pb_put_string(&pair, LN_PAIR_VALUE, value);
    ln_pb_put_message(tensor, LN_TENSOR_EXTERNAL, &pair);
}

/* A matrix product whose weight, float[4, 2], lies in another file. */
static void write_model(const char *path, const struct place *place) {
    static const int64_t dims[] = {1, 2, 2};
    struct ln_onnx_writer w = {{0}};
    struct ln_text node = {0}, tensor = {0};
    ln_onnx_node_begin(&node, "Flatten", "flat");
    ln_onnx_node_input(&node, "x");
    ln_onnx_node_output(&node, "f");
    ln_onnx_node_end(&w, &node);
    ln_onnx_node_begin(&node, "MatMul", "fc");
    ln_onnx_node_input(&node, "f");
    ln_onnx_node_input(&node, "weight");
    ln_onnx_node_output(&node, "y");
    ln_onnx_node_end(&w, &node);
    ln_pb_put_varint(&tensor, LN_TENSOR_DIMS, 4);
    ln_pb_put_varint(&tensor, LN_TENSOR_DIMS, 2);
    ln_pb_put_varint(&tensor, LN_TENSOR_DATA_TYPE, LN_ONNX_FLOAT);
    ln_pb_put_string(&tensor, LN_TENSOR_NAME, "weight");
    put_pair(&tensor, "location", place->location);
    put_pair(&tensor, "offset", place->offset);
    put_pair(&tensor, "length", place->length);
    ln_pb_put_varint(&tensor, LN_TENSOR_LOCATION, 1);
    ln_pb_put_message(&w.ends, LN_GRAPH_INITIALIZER, &tensor);
    ln_onnx_write_end(&w, false, "x", LN_ONNX_FLOAT, dims, 3);
    ln_onnx_write_end(&w, true, "y", LN_ONNX_FLOAT, dims + 1, 1);
    assert_int_equal(ln_onnx_write(&w, path, 17), LINNET_OK);
    ln_onnx_writer_fini(&w);
}

static void write_numbers(const char *path) {
    assert_int_equal(ln_file_write(path, numbers, sizeof numbers), LINNET_OK);
}

static void opens(const char *path) {
    static const float expected[] = {1, 3, 5, 7, 2, 4, 6, 8};
    struct ln_model *m = NULL;
    if (ln_onnx_open(&m, path, &(struct ln_onnx_open_opts){0}) != LINNET_OK) fail_msg("%s", ln_error_line());
    assert_memory_equal(m->params[0], expected, sizeof expected);
    ln_model_destroy(m);
}

static void refused(const char *path, const char *code, const char *part) {
    struct ln_model *m = NULL;
    ln_error_clear();
    alarm(10); /* opening a FIFO must not wait for a writer */
    assert_failure(ln_onnx_open(&m, path, &(struct ln_onnx_open_opts){0}), LINNET_ERR_INPUT, code, part);
    alarm(0);
    assert_null(m);
}

/* ---- places ----------------------------------------------------------------------------------------------------------- */

/* The tests run in scratch/models; scratch/secret lies beside it. */
static char scratch[64];

static void test_inside(void **state) {
    static const struct place good[] = {{"data.bin", NULL, NULL},  {"data.bin", "0", "32"},
                                        {"./data.bin", "0", NULL}, {"w/..data", NULL, NULL},
                                        {"link", NULL, NULL},      {"w/link", NULL, NULL}};
    assert_int_equal(mkdir("w", 0700), 0);
    write_numbers("data.bin");
    write_numbers("w/..data");
    assert_int_equal(symlink("data.bin", "link"), 0);
    assert_int_equal(symlink("../data.bin", "w/link"), 0);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        write_model("m.onnx", &good[i]);
        opens("m.onnx");
    }
    /* The model is a symbolic link: its data lies in the folder of the target, not in that of the link. */
    assert_int_equal(symlink("models/m.onnx", "../away.onnx"), 0);
    opens("../away.onnx");
}

static void test_outside(void **state) {
    static const struct {
        const char *location, *code, *part;
    } cases[] = {
        {"../secret", "onnx-external", "'../secret': is not the name of a file in the model's folder"},
        {"w/../../secret", "onnx-external", "is not the name of a file"},
        {"w/..", "onnx-external", "is not the name of a file"},
        {"..", "onnx-external", "is not the name of a file"},
        {"", "onnx-external", "is not the name of a file"},
        {"/dev/zero", "onnx-external", "is not in the model's folder; refused"},
        {"leads-out", "onnx-external", "is not in the model's folder; refused"},
        {"folder-out/secret", "onnx-external", "is not in the model's folder; refused"},
        {"w/up/secret", "onnx-external", "is not in the model's folder; refused"},
        {"loop", "file-open", "loop"},
        {"missing", "file-open", "missing"},
        {"w", "file-open", "w"},
        {"fifo", "file-open", "fifo"},
        {"\x1b[31m", "file-open", "\\x1b[31m"},
    };
    assert_int_equal(mkdir("w", 0700), 0);
    assert_int_equal(symlink("../secret", "leads-out"), 0);
    assert_int_equal(symlink("..", "folder-out"), 0);
    assert_int_equal(symlink("../..", "w/up"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_model("m.onnx", &(struct place){cases[i].location, NULL, NULL});
        refused("m.onnx", cases[i].code, cases[i].part);
    }
    /* An absolute path is refused, even that of a file in the folder. */
    char *inside = realpath("m.onnx", NULL);
    write_model("m.onnx", &(struct place){inside, NULL, NULL});
    refused("m.onnx", "onnx-external", "is not in the model's folder");
    free(inside);
    /* A folder whose name begins with that of the model's folder. */
    assert_int_equal(mkdir("../models2", 0700), 0);
    write_numbers("../models2/data");
    assert_int_equal(symlink("../models2/data", "beside"), 0);
    write_model("m.onnx", &(struct place){"beside", NULL, NULL});
    refused("m.onnx", "onnx-external", "is not in the model's folder");
}

static void test_sizes(void **state) {
    static const struct {
        struct place place;
        const char *code, *part;
    } cases[] = {
        {{"data.bin", "4", NULL}, "onnx-external", "is shorter than its tensors"},
        {{"data.bin", "33", "0"}, "onnx-external", "is shorter than its tensors"},
        {{"data.bin", "18446744073709551615", "32"}, "onnx-", ""},
        {{"data.bin", "0", "18446744073709551615"}, "onnx-", ""},
        {{"data.bin", "0", "28"}, "onnx-tensor", "has 28 bytes, f32[4, 2] needs 32"},
        {{"data.bin", "-4", NULL}, "onnx-", ""},
        {{"data.bin", "0x10", NULL}, "onnx-", ""},
        {{NULL, "0", "32"}, "onnx-", ""},
    };
    write_numbers("data.bin");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ln_model *m = NULL;
        write_model("m.onnx", &cases[i].place);
        ln_error_clear();
        assert_int_equal(ln_onnx_open(&m, "m.onnx", &(struct ln_onnx_open_opts){0}), LINNET_ERR_INPUT);
        if (strncmp(ln_error_get()->code, cases[i].code, strlen(cases[i].code)) != 0 ||
            !strstr(ln_error_get()->text, cases[i].part))
            fail_msg("case %zu: %s", i, ln_error_line());
    }
    ln_error_clear();
}

/* ---- memory --------------------------------------------------------------------------------------------------------- */

static int open_once(const void *path) {
    struct ln_model *m;
    LN_TRY(ln_onnx_open(&m, path, &(struct ln_onnx_open_opts){0}));
    ln_model_destroy(m);
    return LINNET_OK;
}

static int save_once(const void *model) {
    return ln_onnx_save(model, "s.onnx",
                        &(struct ln_onnx_save_opts){.fold = true, .softmax = true, .with_preprocess = true});
}

static void test_allocations_fail(void **state) {
    struct ln_net *net;
    struct ln_model *m = NULL;
    const char *text =
        "linnet 1\ninput 3x9x9\nc = conv(input) out=4 kernel=3\nn = batchnorm(c)\ns = silu(n)\n"
        "p = pad_shortcut(s) out=6 stride=2\nr = relu6(p)\nj = concat(r r)\na = add(j j)\n"
        "g = adaptive_avgpool(a) out=1\nf = flatten(g)\nfc = linear(f) out=2\noutput fc\n";
    assert_int_equal(ln_net_parse(text, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, "custom", net, 1), LINNET_OK);
    assert_in_range(allocations_fail(save_once, m), 50, 2000);
    assert_in_range(allocations_fail(open_once, "s.onnx"), 50, 2000);
    ln_model_destroy(m);
    write_numbers("data.bin");
    write_model("m.onnx", &(struct place){"data.bin", NULL, NULL});
    assert_in_range(allocations_fail(open_once, "m.onnx"), 20, 2000);
}

static int enter(void **state) {
    scratch_enter(scratch);
    write_numbers("secret");
    assert_int_equal(mkdir("models", 0700), 0);
    return chdir("models");
}

static int leave(void **state) {
    scratch_leave(scratch);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_inside, enter, leave),
        cmocka_unit_test_setup_teardown(test_outside, enter, leave),
        cmocka_unit_test_setup_teardown(test_sizes, enter, leave),
        cmocka_unit_test_setup_teardown(test_allocations_fail, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
