/* Loading weights by name: complete files, new heads, tensors that may be missing, grey input for a colour
 * file, and errors that name the tensors. */
#include "model/weights_load.h"
#include "unit/base/base_test.h"

#define NET(classes)                        \
    "linnet 1\n"                            \
    "input 3x8x8\n"                         \
    "conv = conv(input) out=4 kernel=3\n"   \
    "bn = batchnorm(conv)\n"                \
    "flat = flatten(bn)\n"                  \
    "aux1 = linear(flat) out=" classes "\n" \
    "fc = linear(flat) out=" classes "\noutput fc\naux 0.3 aux1\n"
#define PLAIN(classes)                    \
    "linnet 1\n"                          \
    "input 3x8x8\n"                       \
    "conv = conv(input) out=4 kernel=3\n" \
    "bn = batchnorm(conv)\n"              \
    "flat = flatten(bn)\n"                \
    "fc = linear(flat) out=" classes "\noutput fc\n"
static struct ln_model *model_of(const char *text, uint64_t seed) {
    struct ln_net *net;
    struct ln_model *m = NULL;
    if (ln_net_parse(text, &net) != LINNET_OK || ln_model_create(&m, "custom", net, seed) != LINNET_OK)
        fail_msg("%s", ln_error_line());
    return m;
}

static void save(const struct ln_model *m, const char *path) {
    if (ln_model_save(m, NULL, path) != LINNET_OK) fail_msg("%s", ln_error_line());
}

static const float *param(const struct ln_model *m, const char *name) {
    for (size_t i = 0; i < m->net->param_count; i++)
        if (strcmp(m->net->params[i].name, name) == 0) return m->params[i];
    fail_msg("no %s", name);
    return NULL;
}

static size_t size_of(const struct ln_model *m, const char *name) {
    for (size_t i = 0; i < m->net->param_count; i++)
        if (strcmp(m->net->params[i].name, name) == 0) return ln_net_param_size(m->net, i) * sizeof(float);
    return 0;
}

static void same(const struct ln_model *a, const struct ln_model *b, const char *name) {
    assert_int_equal(size_of(a, name), size_of(b, name));
    assert_memory_equal(param(a, name), param(b, name), size_of(a, name));
}

static int load(struct ln_model *m, const char *path, bool fresh_head, char **note) {
    struct ln_state state;
    LN_TRY(ln_state_open(&state, path));
    int status =
        ln_weights_load(m, &state, &(struct ln_weights_opts){.fresh_head = fresh_head, .seed = 2}, note);
    ln_state_close(&state);
    return status;
}

/* Loads the weights, which must succeed, and returns the note; valid until the next call. */
static const char *loaded(struct ln_model *m, const char *path, bool fresh_head) {
    static char copy[512];
    char *note;
    if (load(m, path, fresh_head, &note) != LINNET_OK) fail_msg("%s", ln_error_line());
    snprintf(copy, sizeof copy, "%s", note);
    ln_free(note);
    return copy;
}

/* ---- successful loads --------------------------------------------------------------------------------- */

static void test_all(void **state) {
    struct ln_model *from = model_of(NET("5"), 1), *to = model_of(NET("5"), 2);
    save(from, "w.safetensors");
    assert_memory_not_equal(param(from, "fc.weight"), param(to, "fc.weight"), size_of(to, "fc.weight"));
    assert_string_equal(loaded(to, "w.safetensors", false), "w.safetensors: loaded 11 of 11 tensors");
    for (size_t i = 0; i < to->net->param_count; i++) same(from, to, to->net->params[i].name);
    ln_model_destroy(from);
    ln_model_destroy(to);
}

static void test_fresh_head(void **state) {
    struct ln_model *from = model_of(NET("5"), 1), *to = model_of(NET("2"), 2),
                    *fresh = model_of(NET("2"), 2);
    save(from, "w.safetensors");
    assert_string_equal(
        loaded(to, "w.safetensors", true),
        "w.safetensors: loaded 7 of 11 tensors; 4 tensors newly initialised: 'aux1.weight', 'aux1.bias', "
        "'fc.weight', ... (5 classes in the file, 2 here)");
    same(from, to, "conv.weight");
    same(from, to, "bn.running_var");
    same(fresh, to, "fc.weight");
    same(fresh, to, "aux1.bias");
    ln_model_destroy(from);
    ln_model_destroy(to);
    ln_model_destroy(fresh);
}

static void test_auxiliary(void **state) {
    struct ln_model *with = model_of(NET("5"), 1), *without = model_of(PLAIN("5"), 2);
    save(with, "with.safetensors");
    save(without, "without.safetensors");
    assert_string_equal(loaded(without, "with.safetensors", false),
                        "with.safetensors: loaded 9 of 9 tensors; 2 tensors of auxiliary heads ignored");
    assert_string_equal(loaded(with, "without.safetensors", false),
                        "without.safetensors: loaded 9 of 11 tensors; 2 tensors newly initialised: "
                        "'aux1.weight', 'aux1.bias'");
    ln_model_destroy(with);
    ln_model_destroy(without);
}

static void test_grey(void **state) {
    struct ln_model *from = model_of(PLAIN("5"), 1);
    save(from, "w.safetensors");
    static const char grey[] =
        "linnet 1\ninput 1x8x8\nconv = conv(input) out=4 kernel=3\nbn = batchnorm(conv)\n"
        "flat = flatten(bn)\nfc = linear(flat) out=5\noutput fc\n";
    struct ln_model *to = model_of(grey, 2);
    assert_string_equal(
        loaded(to, "w.safetensors", false),
        "w.safetensors: loaded 9 of 9 tensors; 1 tensor summed over three colours: 'conv.weight'");
    const float *three = param(from, "conv.weight"), *one = param(to, "conv.weight");
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 9; i++)
            assert_true(one[k * 9 + i] == three[k * 27 + i] + three[k * 27 + 9 + i] + three[k * 27 + 18 + i]);
    ln_model_destroy(from);
    ln_model_destroy(to);
}

/* Files from before 2018 have no counters. */
static void test_counters(void **state) {
    struct ln_model *m = model_of(PLAIN("5"), 1);
    struct ln_st_tensor tensors[16];
    struct ln_st_writer w;
    size_t count = 0, given[16];
    for (size_t i = 0; i < m->net->param_count; i++) {
        const struct ln_net_param *p = &m->net->params[i];
        if (p->spec.dtype != LN_F32) continue;
        given[count] = i;
        tensors[count++] = (struct ln_st_tensor){.name = p->name, .dtype = LN_F32, .shape = p->spec.shape};
    }
    assert_int_equal(ln_st_writer_begin(&w, "old.safetensors", tensors, count, NULL, 0), LINNET_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ln_st_writer_tensor(&w, m->params[given[i]]), LINNET_OK);
    assert_int_equal(ln_st_writer_commit(&w), LINNET_OK);
    assert_string_equal(loaded(m, "old.safetensors", false), "old.safetensors: loaded 8 of 8 tensors");
    ln_model_destroy(m);
}

/* ---- refusals ----------------------------------------------------------------------------------------- */

static void refused(const char *file, const char *net, const char *code, const char *words) {
    struct ln_model *from = model_of(file, 1), *to = model_of(net, 2);
    char *note;
    save(from, "w.safetensors");
    assert_failure(load(to, "w.safetensors", false, &note), LINNET_ERR_INPUT, code, words);
    ln_model_destroy(from);
    ln_model_destroy(to);
}

static void test_refusals(void **state) {
    static const char wide[] =
        "linnet 1\ninput 3x8x8\nconv = conv(input) out=6 kernel=3\nbn = batchnorm(conv)\n"
        "flat = flatten(bn)\nfc = linear(flat) out=5\noutput fc\n";
    static const char other[] =
        "linnet 1\ninput 3x8x8\nflat = flatten(input)\nhead = linear(flat) out=5\noutput head\n";
    refused(NET("5"), NET("2"), "weights-shape",
            "4 tensors with another shape: 'aux1.weight' is [5, 144], not [2, 144], 'aux1.bias' is [5], not "
            "[2], ");
    refused(PLAIN("5"), wide, "weights-shape", "'conv.weight' is [4, 3, 3, 3], not [6, 3, 3, 3]");
    refused(
        PLAIN("5"), other, "weights-missing",
        "2 tensors missing: 'head.weight', 'head.bias'; 8 tensors unexpected: 'bn.bias', 'bn.running_mean', "
        "'bn.running_var', ...");
}

/* ---- classes ------------------------------------------------------------------------------------------ */

static int classes_of(const char *arch, const struct ln_arch_opts *opts, const char *path) {
    struct ln_state state;
    struct ln_net *net;
    if (ln_state_open(&state, path) != LINNET_OK) fail_msg("%s", ln_error_line());
    if (ln_weights_build_net(&net, arch, opts, &state) != LINNET_OK) fail_msg("%s", ln_error_line());
    int classes = ln_net_classes(net);
    ln_net_destroy(net);
    ln_state_close(&state);
    return classes;
}

static void test_classes(void **state) {
    struct ln_net *net;
    struct ln_model *m;
    assert_int_equal(ln_arch_build("lenet5", &(struct ln_arch_opts){.classes = 37}, &net), LINNET_OK);
    assert_int_equal(ln_model_create(&m, "lenet5", net, 1), LINNET_OK);
    save(m, "w.safetensors");
    assert_int_equal(classes_of("lenet5", &(struct ln_arch_opts){0}, "w.safetensors"), 37);
    assert_int_equal(classes_of("lenet5", &(struct ln_arch_opts){.classes = 4}, "w.safetensors"), 4);
    assert_int_equal(classes_of("lenet", &(struct ln_arch_opts){0}, "w.safetensors"),
                     2); /* the head has no tensor */
    ln_model_destroy(m);
}

/* ---- memory ------------------------------------------------------------------------------------------- */

static int load_again(const void *model) {
    char *note = NULL;
    int status = load((struct ln_model *)(uintptr_t)model, "w.safetensors", true, &note);
    ln_free(note);
    return status;
}

static void test_out_of_memory(void **state) {
    struct ln_model *from = model_of(NET("5"), 1), *to = model_of(NET("2"), 2);
    save(from, "w.safetensors");
    assert_in_range(allocations_fail(load_again, to), 20, 200);
    ln_model_destroy(from);
    ln_model_destroy(to);
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
        cmocka_unit_test(test_all),       cmocka_unit_test(test_fresh_head),
        cmocka_unit_test(test_auxiliary), cmocka_unit_test(test_grey),
        cmocka_unit_test(test_counters),  cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_classes),   cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
