/* The checks of every public function: NULL arguments, and structs of an older and a newer header. */
#include "unit/train/shapes.h"

#include <linnet/linnet.h>

/* ---- NULL ---------------------------------------------------------------------------------------------- */

static linnet_model *model;
static linnet_data *data;
static linnet_predictor *predictor;
static const struct linnet_input input;
static struct linnet_shape shape;
static void ignore_prediction(void *user, const struct linnet_prediction *p) {}
static linnet_explainer *explainer;
static struct linnet_embedding embedding;
static struct linnet_neighbour near;
static const struct linnet_explanation explanation = {.picture = (const unsigned char *)""}, no_picture;
static void ignore_explanation(void *user, const struct linnet_explanation *e) {}

static struct linnet_data_opts data_opts = {.size = sizeof data_opts};
static struct linnet_model_opts model_opts = {.size = sizeof model_opts};
static struct linnet_train_opts train_opts = {.size = sizeof train_opts};
static struct linnet_metrics metrics = {.size = sizeof metrics};
static struct linnet_train_memory memory = {.size = sizeof memory};
static struct linnet_outcome outcome;
static struct linnet_pair pair = {.size = sizeof pair};
static struct linnet_arch_info arch_info = {.size = sizeof arch_info};
static unsigned char *png;
static size_t png_size;
static const struct linnet_grid_cell cell;
static const struct linnet_panel panel;
static struct linnet_json json;
static char word[64];

/* Each call passes NULL for one required argument, whose name must be in the message. */
#define ARCH (&(const char *){"lenet"})
#define CALLS(X)                                                                                           \
    X(onednn_version, out, linnet_onednn_version(NULL, 1))                                                 \
    X(text_escape, s, linnet_text_escape(NULL, 0, (char[4]){0}, 4))                                        \
    X(text_escape, out, linnet_text_escape("x", 1, NULL, 4))                                               \
    X(file_create, file, linnet_file_create(NULL, "x"))                                                    \
    X(file_create, path, linnet_file_create(&(linnet_file *){0}, NULL))                                    \
    X(file_write, file, linnet_file_write(NULL, "x", 1))                                                   \
    X(file_commit, file, linnet_file_commit(NULL))                                                         \
    X(data_open, data, linnet_data_open(NULL, "x", NULL))                                                  \
    X(data_open, path, linnet_data_open(&(linnet_data *){0}, NULL, NULL))                                  \
    X(data_open_run, data, linnet_data_open_run(NULL, "x", NULL, NULL))                                    \
    X(data_open_run, run, linnet_data_open_run(&(linnet_data *){0}, NULL, NULL, NULL))                     \
    X(data_path, data, linnet_data_path(NULL))                                                             \
    X(option_parse, option, linnet_option_parse(NULL, &train_opts, "1"))                                   \
    X(option_parse, opts, linnet_option_parse(linnet_train_options(0), NULL, "1"))                         \
    X(option_default, option, linnet_option_default(NULL, word, sizeof word))                              \
    X(option_default, out, linnet_option_default(linnet_train_options(0), NULL, 1))                        \
    X(option_copy, option, linnet_option_copy(NULL, &train_opts, &train_opts))                             \
    X(option_copy, to, linnet_option_copy(linnet_train_options(0), NULL, &train_opts))                     \
    X(option_copy, from, linnet_option_copy(linnet_train_options(0), &train_opts, NULL))                   \
    X(options_check, options, linnet_options_check(NULL, &train_opts))                                     \
    X(options_check, opts, linnet_options_check(linnet_train_options, NULL))                               \
    X(nearest, word, linnet_nearest(NULL, &(const char *){"x"}, 1))                                        \
    X(nearest, names, linnet_nearest("x", NULL, 0))                                                        \
    X(json_begin, json, linnet_json_begin(NULL, NULL, '{'))                                                \
    X(json_end, json, linnet_json_end(NULL))                                                               \
    X(json_string, json, linnet_json_string(NULL, NULL, "x"))                                              \
    X(json_int, json, linnet_json_int(NULL, NULL, 1))                                                      \
    X(json_double, json, linnet_json_double(NULL, NULL, 1))                                                \
    X(json_bool, json, linnet_json_bool(NULL, NULL, true))                                                 \
    X(json_options, json, linnet_json_options(NULL, linnet_train_options, &train_opts))                    \
    X(json_options, options, linnet_json_options(&json, NULL, &train_opts))                                \
    X(json_options, opts, linnet_json_options(&json, linnet_train_options, NULL))                          \
    X(data_classes, data, linnet_data_classes(NULL))                                                       \
    X(data_class_name, data, linnet_data_class_name(NULL, 0))                                              \
    X(data_count, data, linnet_data_count(NULL, LINNET_TRAIN))                                             \
    X(data_class_counts, data, linnet_data_class_counts(NULL, &(int64_t){0}))                              \
    X(data_class_counts, counts, linnet_data_class_counts(data, NULL))                                     \
    X(data_has_parts, data, linnet_data_has_parts(NULL))                                                   \
    X(data_save_split, data, linnet_data_save_split(NULL, "x"))                                            \
    X(data_save_split, path, linnet_data_save_split(data, NULL))                                           \
    X(data_channels, data, linnet_data_channels(NULL))                                                     \
    X(data_watches_test, data, linnet_data_watches_test(NULL))                                             \
    X(data_held_out, data, linnet_data_held_out(NULL))                                                     \
    X(data_check, check, linnet_data_check(NULL, data, NULL))                                              \
    X(data_check, data, linnet_data_check(&(struct linnet_check *){0}, NULL, NULL))                        \
    X(arch_get, info, linnet_arch_get(0, NULL))                                                            \
    X(model_create, model, linnet_model_create(NULL, "lenet", NULL, NULL))                                 \
    X(model_create, arch, linnet_model_create(&(linnet_model *){0}, NULL, NULL, NULL))                     \
    X(model_create_from_text, model, linnet_model_create_from_text(NULL, "x", NULL))                       \
    X(model_create_from_text, text, linnet_model_create_from_text(&(linnet_model *){0}, NULL, NULL))       \
    X(model_open, model, linnet_model_open(NULL, "x"))                                                     \
    X(model_open, path, linnet_model_open(&(linnet_model *){0}, NULL))                                     \
    X(model_save, model, linnet_model_save(NULL, "x"))                                                     \
    X(model_save, path, linnet_model_save(model, NULL))                                                    \
    X(model_export, model, linnet_model_export(NULL, "x.onnx", NULL, NULL))                                \
    X(model_export, path, linnet_model_export(model, NULL, NULL, NULL))                                    \
    X(model_import, model, linnet_model_import(NULL, "x.onnx", NULL))                                      \
    X(model_import, path, linnet_model_import(&(linnet_model *){0}, NULL, NULL))                           \
    X(quantize, model, linnet_quantize(NULL, data, NULL, NULL))                                            \
    X(quantize, data, linnet_quantize(model, NULL, NULL, NULL))                                            \
    X(model_quantization, model, linnet_model_quantization(NULL, &(struct linnet_quantization){0}))        \
    X(model_quantization, result, linnet_model_quantization(model, NULL))                                  \
    X(model_arch, model, linnet_model_arch(NULL))                                                          \
    X(model_weights, model, linnet_model_weights(NULL))                                                    \
    X(model_text, model, linnet_model_text(NULL))                                                          \
    X(model_classes, model, linnet_model_classes(NULL))                                                    \
    X(model_class_name, model, linnet_model_class_name(NULL, 0))                                           \
    X(model_find_class, model, linnet_model_find_class(NULL, "0"))                                         \
    X(model_find_class, word, linnet_model_find_class(model, NULL))                                        \
    X(model_imgsz, model, linnet_model_imgsz(NULL))                                                        \
    X(model_channels, model, linnet_model_channels(NULL))                                                  \
    X(model_parameters, model, linnet_model_parameters(NULL))                                              \
    X(model_unknown_energy, model, linnet_model_unknown_energy(NULL))                                      \
    X(model_param_count, model, linnet_model_param_count(NULL))                                            \
    X(model_param_name, model, linnet_model_param_name(NULL, 0))                                           \
    X(model_param_shape, model, linnet_model_param_shape(NULL, "x", &shape))                               \
    X(model_param_shape, name, linnet_model_param_shape(model, NULL, &shape))                              \
    X(model_param_shape, shape, linnet_model_param_shape(model, "x", NULL))                                \
    X(model_param_get, model, linnet_model_param_get(NULL, "x", &shape, &(float){0}))                      \
    X(model_param_get, name, linnet_model_param_get(model, NULL, &shape, &(float){0}))                     \
    X(model_param_get, shape, linnet_model_param_get(model, "x", NULL, &(float){0}))                       \
    X(model_param_get, values, linnet_model_param_get(model, "x", &shape, NULL))                           \
    X(model_param_set, model, linnet_model_param_set(NULL, "x", &shape, &(float){0}))                      \
    X(model_param_set, name, linnet_model_param_set(model, NULL, &shape, &(float){0}))                     \
    X(model_param_set, shape, linnet_model_param_set(model, "x", NULL, &(float){0}))                       \
    X(model_param_set, values, linnet_model_param_set(model, "x", &shape, NULL))                           \
    X(model_summary, model, linnet_model_summary(NULL, NULL, &(char *){0}))                                \
    X(model_summary, text, linnet_model_summary(model, NULL, NULL))                                        \
    X(ranks_open, ranks, linnet_ranks_open(NULL))                                                          \
    X(weights_get, info, linnet_weights_get(0, NULL))                                                      \
    X(weights_path, arch, linnet_weights_path(NULL, NULL, &(char *){0}))                                   \
    X(weights_path, path, linnet_weights_path("resnet18", NULL, NULL))                                     \
    X(weights_fetch, arch, linnet_weights_fetch(NULL, NULL, &(char *){0}))                                 \
    X(weights_fetch, path, linnet_weights_fetch("resnet18", NULL, NULL))                                   \
    X(recipe_apply, name, linnet_recipe_apply(NULL, &data_opts, &model_opts, &train_opts))                 \
    X(recipe_apply, data, linnet_recipe_apply("auto", NULL, &model_opts, &train_opts))                     \
    X(recipe_apply, model, linnet_recipe_apply("auto", &data_opts, NULL, &train_opts))                     \
    X(recipe_apply, train, linnet_recipe_apply("auto", &data_opts, &model_opts, NULL))                     \
    X(recipe_fit, arch, linnet_recipe_fit(NULL, data, &model_opts, &train_opts, &(double){0}))             \
    X(recipe_fit, data, linnet_recipe_fit(ARCH, NULL, &model_opts, &train_opts, &(double){0}))             \
    X(recipe_fit, model, linnet_recipe_fit(ARCH, data, NULL, &train_opts, &(double){0}))                   \
    X(recipe_fit, train, linnet_recipe_fit(ARCH, data, &model_opts, NULL, &(double){0}))                   \
    X(recipe_fit, seconds, linnet_recipe_fit(ARCH, data, &model_opts, &train_opts, NULL))                  \
    X(train_opts_resolve, opts, linnet_train_opts_resolve(NULL, model))                                    \
    X(train_opts_resolve, model, linnet_train_opts_resolve(&train_opts, NULL))                             \
    X(train_memory, model, linnet_train_memory(NULL, data, NULL, &memory))                                 \
    X(train_memory, data, linnet_train_memory(model, NULL, NULL, &memory))                                 \
    X(train_memory, memory, linnet_train_memory(model, data, NULL, NULL))                                  \
    X(train, model, linnet_train(NULL, data, NULL, NULL))                                                  \
    X(train, data, linnet_train(model, NULL, NULL, NULL))                                                  \
    X(resume_open, run, linnet_resume_open(NULL, "x"))                                                     \
    X(resume_open, dir, linnet_resume_open(&(struct linnet_resumed){sizeof(struct linnet_resumed)}, NULL)) \
    X(evaluate, model, linnet_evaluate(NULL, data, NULL, &metrics))                                        \
    X(evaluate, data, linnet_evaluate(model, NULL, NULL, &metrics))                                        \
    X(evaluate, metrics, linnet_evaluate(model, data, NULL, NULL))                                         \
    X(metrics_class, metrics, linnet_metrics_class(NULL, 0))                                               \
    X(outcome_open, outcome, linnet_outcome_open(NULL, "x"))                                               \
    X(outcome_open, run, linnet_outcome_open(&(struct linnet_outcome *){0}, NULL))                         \
    X(outcome_compare, first, linnet_outcome_compare(NULL, &outcome, &pair))                               \
    X(outcome_compare, second, linnet_outcome_compare(&outcome, NULL, &pair))                              \
    X(outcome_compare, pair, linnet_outcome_compare(&outcome, &outcome, NULL))                             \
    X(lr_find, curve, linnet_lr_find(NULL, model, data, NULL))                                             \
    X(lr_find, model, linnet_lr_find(&(struct linnet_lr_curve *){0}, NULL, data, NULL))                    \
    X(lr_find, data, linnet_lr_find(&(struct linnet_lr_curve *){0}, model, NULL, NULL))                    \
    X(clean, suspects, linnet_clean(NULL, data, NULL))                                                     \
    X(clean, data, linnet_clean(&(struct linnet_suspects *){0}, NULL, NULL))                               \
    X(predict, model, linnet_predict(NULL, &(const char *){"x"}, 1, NULL, ignore_prediction, NULL))        \
    X(predict, paths, linnet_predict(model, NULL, 1, NULL, ignore_prediction, NULL))                       \
    X(predict, on_prediction, linnet_predict(model, &(const char *){"x"}, 1, NULL, NULL, NULL))            \
    X(predictor_create, predictor, linnet_predictor_create(NULL, model, NULL))                             \
    X(predictor_create, model, linnet_predictor_create(&(linnet_predictor *){0}, NULL, NULL))              \
    X(predictor_run, predictor, linnet_predictor_run(NULL, &input, 1, ignore_prediction, NULL))            \
    X(predictor_run, inputs, linnet_predictor_run(predictor, NULL, 1, ignore_prediction, NULL))            \
    X(predictor_run, on_prediction, linnet_predictor_run(predictor, &input, 1, NULL, NULL))                \
    X(explain, model, linnet_explain(NULL, &(const char *){"x"}, 1, NULL, ignore_explanation, NULL))       \
    X(explain, paths, linnet_explain(model, NULL, 1, NULL, ignore_explanation, NULL))                      \
    X(explain, on_explanation, linnet_explain(model, &(const char *){"x"}, 1, NULL, NULL, NULL))           \
    X(explainer_create, explainer, linnet_explainer_create(NULL, model, NULL))                             \
    X(explainer_create, model, linnet_explainer_create(&(linnet_explainer *){0}, NULL, NULL))              \
    X(explainer_run, explainer, linnet_explainer_run(NULL, &input, 1, ignore_explanation, NULL))           \
    X(explainer_run, inputs, linnet_explainer_run(explainer, NULL, 1, ignore_explanation, NULL))           \
    X(explainer_run, on_explanation, linnet_explainer_run(explainer, &input, 1, NULL, NULL))               \
    X(explainer_set_target, explainer, linnet_explainer_set_target(NULL, "0"))                             \
    X(data_image, image, linnet_data_image(NULL, data, 0, 0))                                              \
    X(data_image, data, linnet_data_image(&(struct linnet_image *){0}, NULL, 0, 0))                        \
    X(data_label, data, linnet_data_label(NULL, 0))                                                        \
    X(data_name, data, linnet_data_name(NULL, 0, &(char){0}, 1))                                           \
    X(data_name, out, linnet_data_name(data, 0, NULL, 1))                                                  \
    X(data_samples, data, linnet_data_samples(NULL, LINNET_TRAIN, &(int64_t){0}))                          \
    X(data_samples, samples, linnet_data_samples(data, LINNET_TRAIN, NULL))                                \
    X(image_decode, image, linnet_image_decode(NULL, &input))                                              \
    X(image_decode, input, linnet_image_decode(&(struct linnet_image *){0}, NULL))                         \
    X(encode_png, pixels, linnet_encode_png(NULL, 1, 1, &png, &png_size))                                  \
    X(encode_png, bytes, linnet_encode_png(&(unsigned char){0}, 1, 1, NULL, &png_size))                    \
    X(encode_png, count, linnet_encode_png(&(unsigned char){0}, 1, 1, &png, NULL))                         \
    X(embed, embedding, linnet_embed(NULL, model, data, NULL))                                             \
    X(embed, model, linnet_embed(&(struct linnet_embedding *){0}, NULL, data, NULL))                       \
    X(embed, data, linnet_embed(&(struct linnet_embedding *){0}, model, NULL, NULL))                       \
    X(embedding_nearest, embedding, linnet_embedding_nearest(NULL, &(float){0}, &near, 1))                 \
    X(embedding_nearest, features, linnet_embedding_nearest(&embedding, NULL, &near, 1))                   \
    X(embedding_nearest, nearest, linnet_embedding_nearest(&embedding, &(float){0}, NULL, 1))              \
    X(embedding_map, embedding, linnet_embedding_map(NULL, &(double){0}, &(double){0}))                    \
    X(embedding_map, places, linnet_embedding_map(&embedding, NULL, &(double){0}))                         \
    X(embedding_map, shares, linnet_embedding_map(&embedding, &(double){0}, NULL))                         \
    X(draw_map, path, linnet_draw_map(NULL, LINNET_OPTS(map, .count = 1)))                                 \
    X(draw_map, given, linnet_draw_map("x.png", NULL))                                                     \
    X(explanation_overlay, explanation, linnet_explanation_overlay(NULL, 1, 1, &(unsigned char){0}))       \
    X(explanation_overlay, pixels, linnet_explanation_overlay(&explanation, 1, 1, NULL))                   \
    X(explanation_overlay, explanation->picture,                                                           \
      linnet_explanation_overlay(&no_picture, 1, 1, &(unsigned char){0}))                                  \
    X(explanation_draw, explanation, linnet_explanation_draw(NULL, "x", NULL))                             \
    X(explanation_draw, path, linnet_explanation_draw(&explanation, NULL, NULL))                           \
    X(explanation_draw, explanation->picture, linnet_explanation_draw(&no_picture, "x", NULL))             \
    X(draw_grid, path, linnet_draw_grid(NULL, &cell, 1, 1, NULL))                                          \
    X(draw_grid, cells, linnet_draw_grid("x", NULL, 1, 1, NULL))                                           \
    X(draw_lines, path, linnet_draw_lines(NULL, &panel, 1, NULL))                                          \
    X(draw_lines, panels, linnet_draw_lines("x", NULL, 1, NULL))                                           \
    X(bench, model, linnet_bench(NULL, NULL, &(struct linnet_bench_result){0}))                            \
    X(bench, result, linnet_bench(model, NULL, NULL))                                                      \
    X(bench_loader, data, linnet_bench_loader(NULL, NULL, &(struct linnet_bench_loader_result){0}))        \
    X(bench_loader, result, linnet_bench_loader(data, NULL, NULL))

/* Functions that have no required arguments or accept NULL. */
static const char *const others[] = {
    "ranks_place",
    "ranks_rank",
    "ranks_size",
    "ranks_agree",
    "ranks_agreed",
    "ranks_close",
    "error",
    "error_code",
    "status_name",
    "version",
    "set_log",
    "set_translation",
    "error_translated",
    "release_threads",
    "set_allocator",
    "file_abort",
    "data_close",
    "check_free",
    "arch_count",
    "arch_name",
    "model_destroy",
    "resume_close",
    "free",
    "outcome_free",
    "suspects_free",
    "lr_curve_free",
    "embedding_free",
    "image_free",
    "data_options",
    "quantize_options",
    "check_options",
    "model_options",
    "fetch_options",
    "summary_options",
    "export_options",
    "import_options",
    "train_options",
    "eval_options",
    "clean_options",
    "lr_find_options",
    "predict_options",
    "explain_options",
    "embed_options",
    "bench_options",
    "bench_loader_options",
    "predictor_destroy",
    "explainer_destroy",
};

static void test_null(void **state) {
    const struct fixture *f = *state;
    put_shapes(f, 10, 5, SHAPES);
    assert_int_equal(linnet_data_open(&data, in(f, "data"), NULL), LINNET_OK);
    assert_int_equal(linnet_model_create(&model, "lenet", data, NULL), LINNET_OK);
    assert_int_equal(linnet_predictor_create(&predictor, model, NULL), LINNET_OK);
    assert_int_equal(linnet_explainer_create(&explainer, model, NULL), LINNET_OK);
#define CALL(function, argument, call) \
    (void)(call);                      \
    assert_string_equal(linnet_error(), "linnet_" #function ": " #argument " is NULL [api-null]");
    CALLS(CALL)
    linnet_set_log(NULL, NULL);
    linnet_set_translation(NULL, NULL);
    linnet_file_abort(NULL);
    linnet_data_close(NULL);
    linnet_check_free(NULL);
    linnet_model_destroy(NULL);
    linnet_predictor_destroy(NULL);
    linnet_predictor_destroy(predictor);
    linnet_explainer_destroy(NULL);
    linnet_embedding_free(NULL);
    linnet_image_free(NULL);
    linnet_explainer_destroy(explainer);
    linnet_resume_close(NULL);
    linnet_outcome_free(NULL);
    linnet_suspects_free(NULL);
    linnet_lr_curve_free(NULL);
    linnet_free(NULL);
    linnet_ranks_close(NULL, LINNET_OK);
    linnet_model_destroy(model);
    linnet_data_close(data);
}

/* Given NULL, functions that return no status return a default. A later call clears the record. */
static void test_null_values(void **state) {
    assert_null(linnet_model_arch(NULL));
    assert_int_equal(linnet_ranks_rank(NULL), 0);
    assert_int_equal(linnet_ranks_size(NULL), 1);
    assert_int_equal(linnet_ranks_agree(NULL, LINNET_ERR_INPUT), LINNET_ERR_INPUT);
    assert_true(linnet_ranks_agreed(NULL, LINNET_ERR_INPUT));
    assert_int_equal(linnet_ranks_place().size, 1);
    assert_int_equal(linnet_model_classes(NULL), 0);
    assert_false(linnet_data_has_parts(NULL));
    assert_int_equal(linnet_train(NULL, NULL, NULL, NULL), LINNET_ERR_USAGE);
    assert_true(linnet_arch_get(0, &arch_info));
    assert_string_equal(linnet_error(), "");
}

static bool is_listed(const char *name) {
#define NAME(function, argument, call) \
    if (strcmp(name, #function) == 0) return true;
    CALLS(NAME)
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i]) == 0) return true;
    return false;
}

/* Every function of the header is in one of the two lists. */
static void test_all_functions(void **state) {
    const char *source = getenv("LINNET_SOURCE");
    char path[512], *text;
    size_t size;
    int count = 0;
    assert_non_null(source);
    snprintf(path, sizeof path, "%s/include/linnet/linnet.h", source);
    assert_int_equal(ln_file_read(path, SIZE_MAX, (unsigned char **)&text, &size), LINNET_OK);
    for (char *at = text; (at = strstr(at, "\nLINNET_API ")); count++) {
        char *name = strstr(at, "linnet_"), *end = strchr(at, '(');
        at = end;
        while (name + 7 < end && strstr(name + 1, "linnet_") && strstr(name + 1, "linnet_") < end)
            name = strstr(name + 1, "linnet_"); /* skips the return type */
        *end = '\0';
        if (!is_listed(name + strlen("linnet_"))) fail_msg("%s() is not tried with NULL", name);
        *end = '(';
    }
    assert_true(count > 40);
    ln_free(text);
}

static void test_status_names(void **state) {
#define STATUS(name, value, meaning) assert_string_equal(linnet_status_name(value), #name);
    LINNET_STATUS_LIST(STATUS)
    assert_string_equal(linnet_status_name(-99), "unknown");
}

/* ---- sizes --------------------------------------------------------------------------------------------- */

static void refused(int got, const char *words) {
    if (got != LINNET_ERR_USAGE || strcmp(linnet_error_code(), "api-size") != 0 ||
        !strstr(linnet_error(), words))
        fail_msg("status %d, '%s', not one with \"%s\"", got, linnet_error(), words);
}

/* The message shows the macro. */
static void test_size_missing(void **state) {
    linnet_model *m = NULL;
    struct linnet_model_opts opts = {.seed = 3};
    refused(linnet_model_create(&m, "lenet5", NULL, &opts), "LINNET_OPTS(model, ...)");
    opts.size = 63;
    refused(linnet_model_create(&m, "lenet5", NULL, &opts), "its size is 63");
    opts.size = SIZE_MAX - 7;
    refused(linnet_model_create(&m, "lenet5", NULL, &opts), "its size is 18446744073709551608");
    assert_null(m);
    struct linnet_arch_info info = {0};
    assert_false(linnet_arch_get(0, &info));
    assert_non_null(strstr(linnet_error(), ".size = sizeof info"));
}

/* A newer header with one more field: accepted as long as the field is zero. */
static void test_newer(void **state) {
    struct {
        struct linnet_model_opts known;
        size_t added;
    } opts = {.known = {.size = sizeof opts, .imgsz = 64}};
    linnet_model *m = NULL;
    assert_int_equal(linnet_model_create(&m, "lenet", NULL, &opts.known), LINNET_OK);
    assert_int_equal(linnet_model_imgsz(m), 64);
    linnet_model_destroy(m);
    opts.added = 1;
    m = NULL;
    refused(linnet_model_create(&m, "lenet", NULL, &opts.known), "use a newer library");
    assert_null(m);

    struct {
        struct linnet_arch_info known;
        size_t added;
    } info = {.known.size = sizeof info, .added = 77};
    assert_true(linnet_arch_get(0, &info.known));
    assert_true(info.known.size == sizeof info && info.known.year > 1900 && info.added == 77);
}

/* A program built against an older header with shorter structs: only their bytes are read and written. */
static const char older[] =
    "#include <linnet/linnet.h>\n"
    "#include <stdio.h>\n"
    "#include <string.h>\n"
    "struct older_opts { size_t size; int classes, channels, imgsz; };\n"
    "struct older_info { size_t size; const char *name; int year; };\n"
    "int main(void) {\n"
    "    struct { struct older_opts opts; char behind[200]; } a = {{sizeof a.opts, 7, 1, 64}, {0}};\n"
    "    struct { struct older_info info; char behind[200]; } b = {{sizeof b.info, 0, 0}, {0}};\n"
    "    linnet_model *model = NULL;\n"
    "    memset(a.behind, 0x5a, sizeof a.behind);\n"
    "    memset(b.behind, 0x5a, sizeof b.behind);\n"
    "    if (linnet_model_create(&model, \"lenet\", NULL, (const struct linnet_model_opts *)&a.opts) ||\n"
    "        !linnet_arch_get(0, (struct linnet_arch_info *)&b.info)) return puts(linnet_error()), 1;\n"
    "    if (linnet_model_classes(model) != 7 || linnet_model_imgsz(model) != 64) return 2;\n"
    "    if (b.info.size != sizeof b.info || !b.info.name || b.info.year < 1900) return 3;\n"
    "    for (size_t i = 0; i < sizeof b.behind; i++) if (b.behind[i] != 0x5a) return 4;\n"
    "    linnet_model_destroy(model);\n"
    "    return 0;\n"
    "}\n";

static void test_older(void **state) {
    const struct fixture *f = *state;
    const char *source = getenv("LINNET_SOURCE"), *build = getenv("LINNET_BUILD");
    char path[512], command[2048];
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    print_message("skipped: a program without the sanitizer cannot load a library with it\n");
    skip();
#endif
    snprintf(path, sizeof path, "%s/liblinnet.so", build ? build : "");
    if (!source || !ln_file_exists(path) || system("command -v cc >/dev/null") != 0) {
        print_message("skipped: no compiler or no liblinnet.so in LINNET_BUILD\n");
        skip();
    }
    put_text(f, "older.c", older);
    snprintf(command, sizeof command,
             "cd '%s' && cc -std=c17 -I'%s/include' older.c -L'%s' -llinnet -o older && LD_LIBRARY_PATH='%s' "
             "./older",
             f->dir, source, build, build);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_null),
        cmocka_unit_test(test_null_values),
        cmocka_unit_test(test_all_functions),
        cmocka_unit_test(test_status_names),
        cmocka_unit_test(test_size_missing),
        cmocka_unit_test(test_newer),
        fixture_test(test_older),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
