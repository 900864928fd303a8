/* The public functions as a caller sees them: their results, their error records, their refusals. */
#include "unit/train/shapes.h"

#include <linnet/linnet.h>
#include <math.h>

/* The call failed with this status and code, and the error line contains `words`. */
static void refused(int got, int status, const char *code, const char *words) {
    if (got != status || strcmp(linnet_error_code(), code) != 0 || !strstr(linnet_error(), words))
        fail_msg("status %d, '%s', not %d [%s] with \"%s\"", got, linnet_error(), status, code, words);
}

static linnet_data *data_open(const struct fixture *f, const char *split) {
    linnet_data *data;
    put_shapes(f, 60, 12, SHAPES);
    const struct linnet_data_opts opts = {.size = sizeof opts, .split = split};
    if (linnet_data_open(&data, in(f, "data"), &opts) != LINNET_OK) fail_msg("%s", linnet_error());
    return data;
}

/* ---- the library -------------------------------------------------------------------------------------- */

static void test_versions(void **state) {
    char version[16] = "";
    assert_string_equal(linnet_version(), LINNET_VERSION);
    linnet_onednn_version(version, sizeof version);
    assert_true(version[0] >= '2' && version[1] == '.');
}

static void test_text_escape(void **state) {
    char out[16];
    assert_int_equal(linnet_text_escape("K\u00f6ln\x1b", 6, out, sizeof out), 6);
    assert_string_equal(out, "K\u00f6ln\\x1b");
    assert_int_equal(linnet_text_escape("K\u00f6ln", 5, out, 3), 1); /* no character is split */
    assert_string_equal(out, "K");
}

/* A later success clears the error of an earlier failure. */
static void test_error(void **state) {
    const struct fixture *f = *state;
    linnet_model *model = NULL;
    refused(linnet_model_create(&model, "lenet6", NULL, NULL), LINNET_ERR_USAGE, "arch-name",
            "did you mean lenet");
    assert_null(model);
    size_t length = strlen(linnet_error());
    assert_string_equal(linnet_error() + length - strlen("[arch-name]"), "[arch-name]");
    assert_int_equal(linnet_model_create(&model, "lenet5", NULL, NULL), LINNET_OK);
    assert_string_equal(linnet_error(), "");
    assert_string_equal(linnet_error_code(), "");
    assert_int_equal(linnet_model_save(model, in(f, "m.safetensors")), LINNET_OK);
    linnet_model_destroy(model);
}

static void test_null(void **state) {
    linnet_data_close(NULL);
    linnet_model_destroy(NULL);
    linnet_free(NULL);
}

/* ---- architectures ------------------------------------------------------------------------------------ */

static void test_architectures(void **state) {
    struct linnet_arch_info info = {.size = sizeof info};
    int count = linnet_arch_count();
    bool seen = false;
    assert_true(count >= 2);
    for (int i = 0; i < count; i++) {
        assert_true(linnet_arch_get(i, &info));
        assert_string_equal(linnet_arch_name(i), info.name);
        assert_true(info.name && info.paper && info.parameters > 0 && info.macs > 0 && info.imgsz > 0);
        if (strcmp(info.name, "lenet") != 0) continue;
        seen = true;
        assert_int_equal(info.parameters, 46038242); /* the textbook's: 224 px, colour, two classes */
    }
    assert_true(seen);
    assert_false(linnet_arch_get(count, &info));
    assert_false(linnet_arch_get(-1, &info));
    assert_null(linnet_arch_name(count));
    assert_null(linnet_arch_name(-1));
}

/* ---- data --------------------------------------------------------------------------------------------- */

static void test_data(void **state) {
    const struct fixture *f = *state;
    linnet_data *data = data_open(f, "50,10");
    assert_int_equal(linnet_data_classes(data), SHAPES);
    assert_string_equal(linnet_data_class_name(data, 2), "2");
    assert_null(linnet_data_class_name(data, 3));
    assert_null(linnet_data_class_name(data, -1));
    assert_int_equal(linnet_data_count(data, LINNET_TRAIN), 50);
    assert_int_equal(linnet_data_count(data, LINNET_VAL), 10);
    assert_int_equal(linnet_data_count(data, LINNET_TEST), 12);
    assert_int_equal(linnet_data_count(data, LINNET_PART_DEFAULT), 0);
    assert_int_equal(linnet_data_count(data, (enum linnet_part)7), 0);
    assert_int_equal(linnet_data_channels(data), 1);
    assert_false(linnet_data_watches_test(data));
    assert_string_equal(linnet_data_path(data), in(f, "data"));
    linnet_data_close(data);
}

/* Each sample number has a label and a name, and belongs to exactly one of the three parts. */
static void test_samples(void **state) {
    const struct fixture *f = *state;
    linnet_data *data = data_open(f, "50,10");
    int64_t samples[50];
    bool seen[72] = {false};
    char name[64], shorter[9];
    for (enum linnet_part part = LINNET_TRAIN; part <= LINNET_TEST; part++) {
        assert_int_equal(linnet_data_samples(data, part, samples), LINNET_OK);
        for (int64_t i = 0; i < linnet_data_count(data, part); i++) {
            const int64_t sample = samples[i];
            assert_in_range(sample, 0, 71);
            assert_false(seen[sample]);
            seen[sample] = true;
            assert_int_equal(linnet_data_name(data, sample, name, sizeof name), LINNET_OK);
            /* The labels of each file are 0, 1, 2, 0 ... */
            const char *bracket = strchr(name, '[');
            assert_non_null(bracket);
            assert_int_equal(linnet_data_label(data, sample), atoi(bracket + 1) % SHAPES);
        }
    }
    assert_int_equal(linnet_data_name(data, 3, name, sizeof name), LINNET_OK);
    assert_string_equal(name, "train-images-idx3-ubyte[3]");
    assert_int_equal(linnet_data_name(data, 3, shorter, sizeof shorter), LINNET_OK);
    assert_string_equal(shorter, "train-im");
    assert_int_equal(linnet_data_label(data, 72), -1);
    assert_int_equal(linnet_data_label(data, -1), -1);
    refused(linnet_data_name(data, 72, name, sizeof name), LINNET_ERR_USAGE, "data-sample",
            "no image 72; there are 72");
    refused(linnet_data_samples(data, LINNET_PART_DEFAULT, samples), LINNET_ERR_USAGE, "data-part",
            "0 is not a part");
    linnet_data_close(data);
}

static void test_data_refused(void **state) {
    const struct fixture *f = *state;
    linnet_data *data = NULL;
    refused(linnet_data_open(&data, in(f, "none"), NULL), LINNET_ERR_INPUT, "data-missing", "none");
    put_folder(f, "empty");
    assert_int_equal(linnet_data_open(&data, in(f, "empty"), NULL), LINNET_ERR_INPUT);
    put_shapes(f, 10, 2, SHAPES);
    assert_int_equal(linnet_data_open(&data, in(f, "data"), LINNET_OPTS(data, .split = "9,9,9")),
                     LINNET_ERR_USAGE);
    assert_null(data);
}

/* ---- models ------------------------------------------------------------------------------------------- */

static void test_model_of_data(void **state) {
    const struct fixture *f = *state;
    linnet_data *data = data_open(f, NULL);
    linnet_model *model, *again;
    assert_int_equal(linnet_model_create(&model, "lenet", data, NULL), LINNET_OK);
    assert_string_equal(linnet_model_arch(model), "lenet");
    assert_int_equal(linnet_model_classes(model), SHAPES);
    assert_int_equal(linnet_model_imgsz(model), SHAPE_SIDE);
    assert_int_equal(linnet_model_channels(model), 1);
    assert_string_equal(linnet_model_class_name(model, 0), "0");
    assert_null(linnet_model_class_name(model, SHAPES));
    assert_int_equal(linnet_model_find_class(model, "1"), 1);
    assert_int_equal(linnet_model_find_class(model, "one"), -1);
    assert_int_equal(linnet_model_save(model, in(f, "m.safetensors")), LINNET_OK);
    assert_int_equal(linnet_model_open(&again, in(f, "m.safetensors")), LINNET_OK);
    assert_string_equal(linnet_model_text(model), linnet_model_text(again));
    assert_int_equal(linnet_model_parameters(model), linnet_model_parameters(again));
    assert_int_equal(linnet_model_save(again, in(f, "again.safetensors")), LINNET_OK);
    assert_same_file(f, "m.safetensors", "again.safetensors");
    linnet_model_destroy(model);
    linnet_model_destroy(again);
    linnet_data_close(data);
}

static void test_model_refused(void **state) {
    const struct fixture *f = *state;
    static const struct {
        const char *arch, *code;
        int classes, channels, imgsz;
    } cases[] = {
        {"", "arch-name", .classes = 0},
        {"lenet5", "arch-imgsz", .imgsz = 28},
        {"lenet", "option-value", .classes = -1},
        {"lenet", "option-value", .classes = 1 << 24},
        {"lenet", "model-channels", .channels = 2},
        {"lenet", "option-value", .channels = -1},
        {"lenet", "arch-imgsz", .imgsz = 6},
        {"lenet", "option-value", .imgsz = -5},
        {"lenet", "option-value", .imgsz = 1 << 20},
    };
    linnet_model *model = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(linnet_model_create(&model, cases[i].arch, NULL,
                                    LINNET_OPTS(model, .classes = cases[i].classes,
                                                .channels = cases[i].channels, .imgsz = cases[i].imgsz)),
                LINNET_ERR_USAGE, cases[i].code, "");
    refused(linnet_model_create_from_text(&model, "", NULL), LINNET_ERR_INPUT, "net-text", "");
    refused(linnet_model_open(&model, in(f, "none")), LINNET_ERR_INPUT, "file-open", "none");
    refused(linnet_model_open(&model, f->dir), LINNET_ERR_INPUT, "file-open", "best.safetensors");
    assert_null(model);
}

static void test_own_network(void **state) {
    const struct fixture *f = *state;
    linnet_model *model, *again;
    const char *text = "linnet 1\ninput 3x8x8\nf = flatten(input)\nfc = linear(f) out=7\noutput fc\n";
    assert_int_equal(linnet_model_create_from_text(&model, text, LINNET_OPTS(model, .seed = 3)), LINNET_OK);
    assert_string_equal(linnet_model_arch(model), "custom");
    assert_string_equal(linnet_model_text(model), text);
    assert_int_equal(linnet_model_parameters(model), 192 * 7 + 7);
    assert_int_equal(linnet_model_save(model, in(f, "own.safetensors")), LINNET_OK);
    assert_int_equal(linnet_model_open(&again, in(f, "own.safetensors")), LINNET_OK);
    assert_string_equal(linnet_model_text(again), text);
    linnet_model_destroy(model);
    linnet_model_destroy(again);
}

static void test_summary(void **state) {
    linnet_model *model;
    char *text;
    assert_int_equal(linnet_model_create(&model, "lenet5", NULL, NULL), LINNET_OK);
    for (int i = 0; i < 8; i++) {
        const struct linnet_summary_opts opts = {
            .size = sizeof opts, .batch = i, .plan = i & 1, .train = i & 1 && i & 2, .json = i & 4};
        assert_int_equal(linnet_model_summary(model, &opts, &text), LINNET_OK);
        assert_true(strlen(text) > 100 && (text[0] == '{' || text[0] == '[') == opts.json);
        linnet_free(text);
    }
    refused(linnet_model_summary(model, LINNET_OPTS(summary, .train = true), &text), LINNET_ERR_USAGE,
            "option-unused", "requires --plan");
    assert_int_equal(linnet_model_summary(model, NULL, &text), LINNET_OK);
    assert_non_null(strstr(text, "[1, 6, 28, 28]"));
    linnet_free(text);
    linnet_model_destroy(model);
}

/* ---- a run, and the data of a run --------------------------------------------------------------------- */

static void test_run(void **state) {
    const struct fixture *f = *state;
    linnet_data *data = data_open(f, "50,10"), *again;
    linnet_model *model, *best;
    struct linnet_result result = {.size = sizeof result};
    struct linnet_metrics metrics = {.size = sizeof metrics};
    char run[256], path[256];
    strcpy(run, in(f, "run"));
    strcpy(path, in(f, "data"));
    assert_int_equal(linnet_model_create(&model, "lenet", data, NULL), LINNET_OK);
    const struct linnet_train_opts opts = {
        .size = sizeof opts, .epochs = 2, .batch = 10, .threads = 1, .dir = run};
    assert_int_equal(linnet_train(model, data, &opts, &result), LINNET_OK);
    assert_int_equal(linnet_train(model, data, &opts, NULL), LINNET_ERR_USAGE);
    assert_int_equal(linnet_model_open(&best, run), LINNET_OK);
    assert_int_equal(linnet_evaluate(best, data, NULL, &metrics), LINNET_OK);
    assert_true(metrics.acc == result.test_acc && metrics.count == 12);
    /* the run's own split: given its folder, a file in the folder, and the folder with the data's path */
    const char *of[] = {run, in(f, "run/best.safetensors"), run};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(linnet_data_open_run(&again, of[i], i == 2 ? path : NULL, NULL), LINNET_OK);
        assert_int_equal(linnet_data_count(again, LINNET_VAL), 10);
        linnet_data_close(again);
    }
    linnet_model_destroy(model);
    linnet_model_destroy(best);
    linnet_data_close(data);
}

static void test_run_refused(void **state) {
    const struct fixture *f = *state;
    linnet_data *data = NULL;
    put_folder(f, "run");
    refused(linnet_data_open_run(&data, in(f, "run"), NULL, NULL), LINNET_ERR_INPUT, "file-open",
            "args.json");
    put_text(f, "run/args.json", "{\"data\": 5");
    refused(linnet_data_open_run(&data, in(f, "run"), NULL, NULL), LINNET_ERR_INPUT, "run-args", "args.json");
    put_text(f, "run/args.json", "{\"data\": 5}");
    refused(linnet_data_open_run(&data, in(f, "run"), NULL, NULL), LINNET_ERR_INPUT, "run-args",
            "give its path");
    put_text(f, "run/args.json", "[]");
    refused(linnet_data_open_run(&data, in(f, "run"), NULL, NULL), LINNET_ERR_INPUT, "run-args",
            "give its path");
    assert_null(data);
    /* if the data is named, the run's file need not be valid */
    put_shapes(f, 10, 5, SHAPES);
    assert_int_equal(linnet_data_open_run(&data, in(f, "run"), in(f, "data"), NULL), LINNET_OK);
    linnet_data_close(data);
}

/* ---- benchmark ---------------------------------------------------------------------------------------- */

static void test_bench(void **state) {
    linnet_model *model;
    struct linnet_bench_result r = {.size = sizeof r};
    assert_int_equal(linnet_model_create(&model, "lenet5", NULL, NULL), LINNET_OK);
    for (int train = 0; train < 2; train++) {
        const struct linnet_bench_opts opts = {
            .size = sizeof opts, .train = train, .batch = 8, .threads = 1, .seconds = 0.2};
        assert_int_equal(linnet_bench(model, &opts, &r), LINNET_OK);
        assert_true(r.images_per_s > 0 && r.ms_per_step > 0 && r.steps > 0 && r.rss_mb > 0);
        assert_true(r.ms_p10 <= r.ms_per_step * 1.5 && r.ms_p10 <= r.ms_p90);
        assert_int_equal(r.allocs_per_step, 0);
        assert_true(r.batch == 8 && r.imgsz == 32 && r.threads >= 1);
    }
    const struct linnet_bench_opts wrong = {.size = sizeof wrong, .train = true, .opt = "sgdd"};
    assert_int_equal(linnet_bench(model, &wrong, &r), LINNET_ERR_USAGE);
    linnet_model_destroy(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_text_escape),
        fixture_test(test_error),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_architectures),
        fixture_test(test_data),
        fixture_test(test_samples),
        fixture_test(test_data_refused),
        fixture_test(test_model_of_data),
        fixture_test(test_model_refused),
        fixture_test(test_own_network),
        fixture_test(test_summary),
        fixture_test(test_run),
        fixture_test(test_run_refused),
        fixture_test(test_bench),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
