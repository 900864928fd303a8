/* Hostile model files: each is refused with the right code, and opening one takes at most MEMORY_MAX bytes. */
#include "unit/base/read_faults.h"

#include "model/model.h"
#include "safetensors_folder.h"

#include <malloc.h>
#include <math.h>

/* ---- measuring memory --------------------------------------------------------------------------------- */

static struct { size_t now, peak; } heap;

static void *watched(void *block, size_t before) {
    heap.now -= before;
    if (block) heap.now += malloc_usable_size(block);
    if (heap.now > heap.peak) heap.peak = heap.now;
    return block;
}

static void *watched_alloc(void *user, size_t size) {
    return watched(malloc(size), 0);
}

static void *watched_realloc(void *user, void *block, size_t size) {
    size_t before = malloc_usable_size(block);
    void *moved = realloc(block, size);
    return moved ? watched(moved, before) : NULL;
}

static void watched_free(void *user, void *block) {
    watched(NULL, malloc_usable_size(block));
    free(block);
}

/* ---- files: unset fields are those of a valid file ---------------------------------------------------- */

#define FLAT "linnet 1\ninput 1x4x4\nflat = flatten(input)\n"
#define NET  FLAT "fc = linear(flat) out=2\noutput fc\n"
#define COUNTER_NET                                                                                      \
    "linnet 1\ninput 1x4x4\nb = batchnorm(input)\np = avgpool(b) kernel=4x2\nflat = flatten(p)\noutput " \
    "flat\n"
#define COUNTER(type)                                                                                       \
    {                                                                                                       \
        {"b.weight", LN_F32, {1, {1}}}, {"b.bias", LN_F32, {1, {1}}}, {"b.running_mean", LN_F32, {1, {1}}}, \
            {"b.running_var", LN_F32, {1, {1}}}, {                                                          \
            "b.num_batches_tracked", type, {                                                                \
                0                                                                                           \
            }                                                                                               \
        }                                                                                                   \
    }
#define PREPROCESS(fields) "{\"width\": 4, \"height\": 4, \"channels\": 1, " fields "}"
#define REST               "\"interpolation\": \"bilinear\", \"mean\": [0.5], \"std\": [0.25]"

struct tensor {
    const char *name;
    enum ln_dtype dtype;
    struct ln_shape shape;
};

struct file {
    const char *code, *words;                      /* of the error; NULL: a valid file */
    const char *net, *arch, *classes, *preprocess; /* "-": missing */
    const char *temperature, *energy;              /* NULL: missing */
    const char *tta, *dtype;                       /* NULL: missing */
    struct tensor tensors[5];                      /* ends with a NULL name; none: the valid ones */
    int64_t counter;                               /* value of the last tensor, if that is I64 */
    float value;                                   /* of the first element of the first tensor */
};

static const struct tensor good_tensors[5] = {
    {"fc.weight", LN_F32, {2, {2, 16}}},
    {"fc.bias", LN_F32, {1, {2}}},
};

static const struct file files[] = {
    {NULL},
    /* ---- tensors */
    {.code = "model-missing", .words = "fc.bias", .tensors = {{"fc.weight", LN_F32, {2, {2, 16}}}}},
    {.code = "model-unexpected",
     .words = "'evil\\x0a'",
     .tensors = {{"fc.weight", LN_F32, {2, {2, 16}}},
                 {"fc.bias", LN_F32, {1, {2}}},
                 {"evil\n", LN_F32, {1, {2}}}}},
    {.code = "model-unexpected",
     .tensors = {{"fc.weight", LN_F32, {2, {2, 16}}}, {"fc.Bias", LN_F32, {1, {2}}}}},
    {.code = "model-shape",
     .words = "'fc.weight' has shape [16, 2], but the network needs [2, 16]",
     .tensors = {{"fc.weight", LN_F32, {2, {16, 2}}}, {"fc.bias", LN_F32, {1, {2}}}}},
    {.code = "model-shape", .tensors = {{"fc.weight", LN_F32, {1, {32}}}, {"fc.bias", LN_F32, {1, {2}}}}},
    {.code = "model-shape", .tensors = {{"fc.weight", LN_F32, {2, {2, 16}}}, {"fc.bias", LN_F32, {1, {0}}}}},
    {.code = "st-dtype", .tensors = {{"fc.weight", LN_I32, {2, {2, 16}}}, {"fc.bias", LN_F32, {1, {2}}}}},
    {.tensors = {{"fc.weight", LN_F16, {2, {2, 16}}}, {"fc.bias", LN_F64, {1, {2}}}}}, /* converted to fp32 */
    {.code = "model-nonfinite", .words = "fc.weight", .value = NAN},
    {.code = "model-nonfinite", .words = "fc.weight", .value = -INFINITY},
    /* ---- metadata */
    {.code = "model-metadata", .words = "linnet.net", .net = "-"},
    {.code = "model-metadata", .words = "linnet.arch", .arch = "-"},
    {.code = "model-metadata", .words = "linnet.classes", .classes = "-"},
    {.code = "model-metadata", .words = "linnet.preprocess", .preprocess = "-"},
    /* ---- the network */
    {.code = "net-text", .net = ""},
    {.code = "net-text", .net = "linnet 2\ninput 1x4x4\n"},
    {.code = "net-text", .words = "line 3", .net = "linnet 1\ninput 1x4x4\nx = exec(input)\noutput x\n"},
    {.code = "net-text", .words = "line 2", .net = "linnet 1\ninput 1x4x99999999999999999999\n"},
    {.code = "net-output", .net = FLAT},
    {.code = "net-output", .net = "linnet 1\ninput 1x4x4\noutput input\n"},
    {.code = "net-output", .net = "linnet 1\ninput 1x4x4\nx = relu(input)\noutput x\n"},
    {.code = "op-kernel",
     .net = "linnet 1\ninput 1x4x4\nc = conv(input) out=1 kernel=5\nf = flatten(c)\noutput f\n"},
    {.code = "net-name", .net = FLAT "flat = flatten(flat)\noutput flat\n"},
    /* ---- networks larger than the file */
    {.code = "model-unexpected", .net = "linnet 1\ninput 1x1024x1024\nf = flatten(input)\noutput f\n"},
    {.code = "model-shape",
     .net = "linnet 1\ninput 512x7812x4\nflat = flatten(input)\nfc = linear(flat) out=64\noutput fc\n"},
    {.code = "model-shape", .net = FLAT "fc = linear(flat) out=1048576\noutput fc\n"},
    {.code = "model-shape",
     .net = "linnet 1\ninput 1x4x4\nfc = conv(input) out=262144 kernel=3\nflat = flatten(fc)\noutput flat\n"},
    /* ---- counters */
    {.code = "st-dtype", .words = "a counter must be I64", .net = COUNTER_NET, .tensors = COUNTER(LN_F32)},
    {.code = "st-dtype",
     .words = "dtype I64 is not a floating",
     .net = COUNTER_NET,
     .tensors = {{"b.weight", LN_I64, {1, {1}}},
                 {"b.bias", LN_F32, {1, {1}}},
                 {"b.running_mean", LN_F32, {1, {1}}},
                 {"b.running_var", LN_F32, {1, {1}}},
                 {"b.num_batches_tracked", LN_I64, {0}}}},
    {.code = "model-count",
     .words = "is -1; a counter must be",
     .net = COUNTER_NET,
     .tensors = COUNTER(LN_I64),
     .counter = -1},
    /* ---- classes */
    {.code = "model-metadata", .classes = "[\"a\", \"b\""},
    {.code = "model-metadata", .classes = "          "},
    {.code = "model-classes", .words = "3 names", .classes = "[\"a\", \"b\", \"c\"]"},
    {.code = "model-classes", .words = "1 names", .classes = "[\"only one\"]"},
    {.code = "model-classes", .classes = "[]"},
    {.code = "model-classes", .classes = "{\"a\": 1, \"b\": 2}"},
    {.code = "model-classes", .words = "entry 1", .classes = "[\"a\", 12345]"},
    /* ---- preprocessing */
    {.code = "model-metadata", .preprocess = "{"},
    {.code = "model-preprocess", .preprocess = "[1, 2, 3]"},
    {.code = "model-preprocess", .preprocess = "{}"},
    {.code = "model-preprocess",
     .preprocess = "{\"width\": 5, \"height\": 4, \"channels\": 1, \"resize\": 0, " REST "}"},
    {.code = "model-preprocess",
     .preprocess = "{\"width\": 4, \"height\": 4, \"channels\": 3, \"resize\": 0, " REST "}"},
    {.code = "model-preprocess",
     .preprocess = "{\"width\": \"4\", \"height\": 4, \"channels\": 1, \"resize\": 0, " REST "}"},
    {.code = "model-preprocess", .preprocess = PREPROCESS("\"resize\": -1, " REST)},
    {.code = "model-preprocess", .preprocess = PREPROCESS("\"resize\": 4294967296, " REST)},
    {.code = "model-preprocess", .preprocess = PREPROCESS("\"resize\": 1.5, " REST)},
    {.code = "model-preprocess", .preprocess = PREPROCESS(REST)},
    {.code = "model-preprocess",
     .preprocess = PREPROCESS("\"resize\": 0, \"interpolation\": \"nearest\", \"mean\": [0], \"std\": [1]")},
    {.code = "model-preprocess",
     .preprocess =
         PREPROCESS("\"resize\": 0, \"interpolation\": \"bilinear\", \"mean\": [0, 0], \"std\": [1]")},
    {.code = "model-preprocess",
     .preprocess =
         PREPROCESS("\"resize\": 0, \"interpolation\": \"bilinear\", \"mean\": [1e300], \"std\": [1]")},
    {.code = "model-preprocess",
     .preprocess = PREPROCESS("\"resize\": 0, \"interpolation\": \"bilinear\", \"mean\": [0], \"std\": [0]")},
    {.code = "model-preprocess",
     .preprocess =
         PREPROCESS("\"resize\": 0, \"interpolation\": \"bilinear\", \"mean\": [0], \"std\": [-1]")},
    {.code = "model-preprocess",
     .preprocess =
         PREPROCESS("\"resize\": 0, \"interpolation\": \"bilinear\", \"mean\": [0], \"std\": [1e-30]")},
    {.preprocess = PREPROCESS("\"resize\": 5, \"interpolation\": \"bicubic\", \"mean\": [0], \"std\": [1]")},
    /* ---- temperature */
    {.temperature = "1.375"},
    {.code = "model-temperature", .words = "'0'", .temperature = "0"},
    {.code = "model-temperature", .words = "'-1'", .temperature = "-1"},
    {.code = "model-temperature", .words = "'1e4'", .temperature = "1e4"},
    {.code = "model-temperature", .words = "'nan'", .temperature = "nan"},
    {.code = "model-temperature", .words = "'1 K'", .temperature = "1 K"},
    {.code = "model-temperature", .words = "''", .temperature = ""},

    /* ---- predictions of mirrored pictures, type of the computation */
    {.tta = "flip", .dtype = "bf16"},
    {.tta = "none", .dtype = "f32"},
    /* ---- threshold of energy */
    {.energy = "-7.25"},
    {.code = "model-energy", .words = "'-1e40'", .energy = "-1e40"},
    {.code = "model-energy", .words = "'inf'", .energy = "inf"},
    {.code = "model-energy", .words = "'nan'", .energy = "nan"},
    {.code = "model-energy", .words = "'high'", .energy = "high"},
};

static size_t add_metadata(struct ln_st_pair *pairs, const char *key, const char *value, const char *good) {
    *pairs = (struct ln_st_pair){key, value ? value : good};
    return strcmp(pairs->value, "-") == 0 ? 0 : 1;
}

static const char *write_file(const struct file *f) {
    const char *path = folder_path("made.safetensors");
    struct ln_st_tensor tensors[5];
    struct ln_st_pair pairs[8];
    struct ln_st_writer w;
    double data[64] = {0};
    const float zero = 0;
    size_t count = 0, n = 0;
    const struct tensor *given = f->tensors[0].name ? f->tensors : good_tensors;
    for (; count < 5 && given[count].name; count++)
        tensors[count] = (struct ln_st_tensor){
            .name = given[count].name, .dtype = given[count].dtype, .shape = given[count].shape};
    n += add_metadata(&pairs[n], "linnet.net", f->net, NET);
    n += add_metadata(&pairs[n], "linnet.arch", f->arch, "custom");
    n += add_metadata(&pairs[n], "linnet.classes", f->classes, "[\"cat\", \"dog\"]");
    n += add_metadata(&pairs[n], "linnet.preprocess", f->preprocess, PREPROCESS("\"resize\": 0, " REST));
    n += add_metadata(&pairs[n], "linnet.temperature", f->temperature, "-");
    n += add_metadata(&pairs[n], "linnet.unknown_energy", f->energy, "-");
    n += add_metadata(&pairs[n], "linnet.tta", f->tta, "-");
    n += add_metadata(&pairs[n], "linnet.dtype", f->dtype, "-");
    assert_int_equal(ln_st_writer_begin(&w, path, tensors, count, pairs, n), LINNET_OK);
    for (size_t i = 0; i < count; i++) {
        memcpy(data, i == 0 ? &f->value : &zero, sizeof zero);
        if (tensors[i].dtype == LN_I64) memcpy(data, &f->counter, sizeof f->counter);
        assert_int_equal(ln_st_writer_tensor(&w, data), LINNET_OK);
    }
    assert_int_equal(ln_st_writer_commit(&w), LINNET_OK);
    return path;
}

/* ---- the tests ---------------------------------------------------------------------------------------- */

enum { MEMORY_MAX = 1 << 20 };

static void check_good(size_t i, int status, struct ln_model *m) {
    if (status != LINNET_OK) fail_msg("file %zu: %s", i, ln_error_line());
    assert_int_equal(m->classes, 2);
    assert_string_equal(m->class_names[1], "dog");
    assert_true(m->temperature == (files[i].temperature ? atof(files[i].temperature) : 1));
    assert_true(m->unknown_energy == (files[i].energy ? atof(files[i].energy) : INFINITY));
    assert_true(m->tta == (files[i].tta && strcmp(files[i].tta, "flip") == 0));
    assert_true(m->dtype == (files[i].dtype && strcmp(files[i].dtype, "bf16") == 0 ? LN_BF16 : LN_F32));
    for (size_t j = 0; j < 32; j++) assert_true(m->params[0][j] == 0);
    ln_model_destroy(m);
}

static void check_refused(size_t i, int status, const char *path) {
    const struct ln_error *error = ln_error_get();
    if (status != LINNET_ERR_INPUT || strcmp(error->code, files[i].code) != 0)
        fail_msg("file %zu: status %d, '%s', not [%s]", i, status, ln_error_line(), files[i].code);
    if (files[i].words && !strstr(error->text, files[i].words))
        fail_msg("file %zu: '%s' has no \"%s\"", i, ln_error_line(), files[i].words);
    if (!strstr(error->text, path)) fail_msg("file %zu: '%s' does not name the file", i, ln_error_line());
}

static void test_files(void **state) {
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ln_model *m = NULL;
        const char *path = write_file(&files[i]);
        int64_t live = ln_alloc_live();
        heap.peak = heap.now;
        size_t before = heap.now;
        ln_error_clear();
        int status = ln_model_open(&m, path);
        if (heap.peak - before > MEMORY_MAX)
            fail_msg("file %zu: %zu bytes were asked for", i, heap.peak - before);
        if (files[i].code) {
            check_refused(i, status, path);
            assert_null(m);
        } else
            check_good(i, status, m);
        if (ln_alloc_live() != live)
            fail_msg("file %zu: %d blocks are left", i, (int)(ln_alloc_live() - live));
    }
    ln_error_clear();
}

/* A network without parameters and with a million outputs: missing class names must not be invented. */
static void test_many_classes(void **state) {
    static const struct ln_st_pair pairs[] = {
        {"linnet.net", "linnet 1\ninput 1x1024x1024\nflat = flatten(input)\noutput flat\n"},
        {"linnet.arch", "custom"},
        {"linnet.classes", "[\"cat\", \"dog\"]"},
        {"linnet.preprocess", PREPROCESS("\"resize\": 0, " REST)},
    };
    struct ln_st_writer w;
    struct ln_model *m = NULL;
    const char *path = folder_path("made.safetensors");
    assert_int_equal(ln_st_writer_begin(&w, path, NULL, 0, pairs, 4), LINNET_OK);
    assert_int_equal(ln_st_writer_commit(&w), LINNET_OK);
    heap.peak = heap.now;
    size_t before = heap.now;
    ln_error_clear();
    assert_int_equal(ln_model_open(&m, path), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "model-classes");
    assert_true(heap.peak - before < MEMORY_MAX);
    ln_error_clear();
}

static void test_other_files(void **state) {
    struct ln_model *m = NULL;
    ln_error_clear();
    assert_int_equal(ln_model_open(&m, folder_path("none.safetensors")), LINNET_ERR_INPUT);
    assert_string_equal(ln_error_get()->code, "file-open");
    ln_error_clear();
    bytes_write(folder_path("empty.safetensors"), "", 0);
    assert_int_equal(ln_model_open(&m, folder_path("empty.safetensors")), LINNET_ERR_INPUT);
    assert_true(strncmp(ln_error_get()->code, "st-", 3) == 0);
    ln_error_clear();
    assert_int_equal(ln_model_open(&m, folder), LINNET_ERR_INPUT);
    ln_error_clear();
    assert_null(m);
}

/* ---- weights in 8 bits ---------------------------------------------------------------------------------- */

static struct ln_model *opened(const char *path) {
    struct ln_model *m = NULL;
    if (ln_model_open(&m, path) != LINNET_OK) fail_msg("%s", ln_error_line());
    return m;
}

static const char *seed_in_8_bits(void) {
    static char path[512];
    const char *source = getenv("LINNET_SOURCE");
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/quant/right", source ? source : ".");
    return path;
}

static int save_anew(const void *model) {
    return ln_model_save(model, NULL, folder_path("again.safetensors"));
}

static int open_anew(const void *path) {
    struct ln_model *m = NULL;
    const int status = ln_model_open(&m, path);
    ln_model_destroy(m);
    return status;
}

/* A model with all metadata set opens as it was saved; every failing allocation or read is reported. */
static void test_8_bits(void **state) {
    struct ln_model *m = opened(seed_in_8_bits());
    assert_non_null(m->quant);
    m->tta = true;
    m->temperature = 1.5;
    m->unknown_energy = -3;
    assert_in_range(allocations_fail(save_anew, m), 10, 500);
    struct ln_model *again = opened(folder_path("again.safetensors"));
    assert_non_null(again->quant);
    assert_true(again->tta && again->temperature == 1.5 && again->unknown_energy == -3);
    for (size_t i = 0; i < m->net->param_count; i++) {
        const size_t count = ln_net_param_size(m->net, i);
        assert_memory_equal(again->params[i], m->params[i], count * sizeof(float));
        assert_int_equal(!again->quant->weights[i], !m->quant->weights[i]);
    }
    ln_model_destroy(again);
    ln_model_destroy(m);
    assert_in_range(allocations_fail(open_anew, seed_in_8_bits()), 10, 500);
    assert_in_range(reads_fail(open_anew, seed_in_8_bits()), 5, 100);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) /* the read of a counter fails, too */
        if (files[i].code && strcmp(files[i].code, "model-count") == 0) {
            read_countdown = 0;
            const char *path = write_file(&files[i]);
            read_calls = 0;
            assert_int_equal(open_anew(path), LINNET_ERR_INPUT);
            ln_error_clear();
            const int last = read_calls;
            read_countdown = last;
            assert_failure(open_anew(path), LINNET_ERR_IO, "file-read", "Input/output error");
        }
}

/* Extra tensors with more elements than any weight, or with values that are not finite. */
static int get_value(void *value, size_t tensor, float *plain) {
    for (int i = 0; i < 100; i++) plain[i] = *(const float *)value;
    return LINNET_OK;
}

static void test_beside(void **state) {
    float value = 2;
    const struct ln_st_tensor tensor = {.name = "optimizer.x", .dtype = LN_F32, .shape = ln_shape_of(100)};
    const struct ln_model_extra extra = {
        .tensors = &tensor, .count = 1, .largest = 100, .get = get_value, .user = &value};
    struct ln_model *m = opened(write_file(&files[0]));
    assert_int_equal(ln_model_save_with(m, NULL, &extra, folder_path("again.safetensors")), LINNET_OK);
    ln_model_destroy(opened(folder_path("again.safetensors")));
    value = INFINITY;
    assert_failure(ln_model_save_with(m, NULL, &extra, folder_path("again.safetensors")), LINNET_ERR_DIVERGED,
                   "model-nonfinite", "'optimizer.x'");
    ln_model_destroy(m);
}

int main(void) {
    static const struct linnet_allocator allocator = {watched_alloc, watched_realloc, watched_free, NULL};
    ln_alloc_replace(&allocator);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),       cmocka_unit_test(test_many_classes),
        cmocka_unit_test(test_other_files), cmocka_unit_test(test_8_bits),
        cmocka_unit_test(test_beside),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
