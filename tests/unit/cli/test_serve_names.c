/* Names of served models, and the paths that requests may ask for. */
#include "cli_test.h"
#include "serve_model.h"
#include "serve_request.h"

static void test_models(void **state) {
    static const char *const paths[][2] = {
        {"runs/train", "train"},
        {"runs/train/", "train-2"},
        {"runs/a/best.safetensors", "a"},
        {"a.safetensors", "a-2"},
        {"last.safetensors", "last"},
        {"./best.safetensors", "best"},
        {"resnet18", "resnet18"},
        {"x/my model?#%.safetensors", "my_model___"},
        {"x/\xea\xb3\xa0\xec\x96\x91", "\xea\xb3\xa0\xec\x96\x91"},
        {"..", "model"},
        {"/", "model-2"},
        {"a-2", "a-2-2"},
        {"x/a.safetensors.old", "a.safetensors.old"},
    };
    struct serve_model models[16] = {0};
    for (int i = 0; i < 13; i++) {
        serve_model_name(&models[i], paths[i][0], models, i);
        assert_string_equal(models[i].name, paths[i][1]);
    }
    char path[1000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = 0;
    serve_model_name(&models[13], path, models, 13);
    assert_true(strlen(models[13].name) < SERVE_MODEL_NAME_MAX - 8);
    serve_model_name(&models[14], path, models, 14);
    assert_string_not_equal(models[13].name, models[14].name);
}

static void test_routes(void **state) {
    char name[SERVE_MODEL_NAME_MAX] = "", file[SERVE_MODEL_NAME_MAX] = "", path[400];
    int status;
    const struct serve_route *r = serve_route_find("POST", "/v2/models/a b/infer", name, file, &status);
    assert_non_null(r);
    assert_string_equal(r->path, "/v2/models/{name}/infer");
    assert_string_equal(name, "a b");
    assert_int_equal(status, 200);
    assert_non_null(serve_route_find("GET", "/runs/train.json", name, file, &status));
    assert_string_equal(name, "train");
    assert_non_null(serve_route_find("GET", "/runs/a.json.json", name, file, &status));
    assert_string_equal(name, "a.json");
    assert_non_null(serve_route_find("GET", "/runs/b/results.png", name, file, &status));
    assert_string_equal(name, "b");
    assert_string_equal(file, "results.png");
    assert_null(serve_route_find("GET", "/predict", name, file, &status));
    assert_int_equal(status, 405);
    static const char *const unknown[] = {"",
                                          "//",
                                          "/predict/",
                                          "/predictx",
                                          "/v2/",
                                          "/v2/models",
                                          "/v2/models/",
                                          "/v2/models//infer",
                                          "/v2/models/a/infer/",
                                          "/v2/models/a/b/infer",
                                          "/runs/",
                                          "/runs/train",
                                          "/runs/.json",
                                          "/runs/a/b/c",
                                          "/runs/a/",
                                          "/page.css/../",
                                          "*"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_null(serve_route_find("GET", unknown[i], name, file, &status));
        assert_int_equal(status, 404);
    }
    strcpy(path, "/v2/models/");
    memset(path + 11, 'n', SERVE_MODEL_NAME_MAX);
    path[11 + SERVE_MODEL_NAME_MAX] = 0;
    assert_null(serve_route_find("GET", path, name, file, &status)); /* longer than any model's name */
}

/* Routes that need no token never predict, and exactly the routes for POST predict. */
static void test_free_routes(void **state) {
    const struct serve_route *r;
    for (int i = 0; (r = serve_route_get(i)); i++) {
        assert_false(r->free && r->predicts);
        assert_int_equal(r->predicts, !strcmp(r->method, "POST"));
    }
    assert_null(serve_route_get(-1));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_models), cmocka_unit_test(test_routes),
                                       cmocka_unit_test(test_free_routes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
