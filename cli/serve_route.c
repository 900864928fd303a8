/* The paths of the server. */
#include "serve_request.h"
#include "serve_routes.h"
#include <string.h>

static const struct serve_route routes[] = {
    {"GET", "/", serve_asset, .free = true},
    {"GET", "/page.css", serve_asset, .free = true},
    {"GET", "/page.js", serve_asset, .free = true},
    {"GET", "/evidence.js", serve_asset, .free = true},
    {"GET", "/icon.svg", serve_asset, .free = true},
    {"GET", "/common.js", serve_asset, .free = true},
    {"GET", "/runs", serve_asset, .free = true},
    {"GET", "/runs.css", serve_asset, .free = true},
    {"GET", "/runs.js", serve_asset, .free = true},
    {"GET", "/chart.js", serve_asset, .free = true},
    {"GET", "/runs.json", serve_runs_list},
    {"GET", "/runs/{name}.json", serve_run_json},
    {"GET", "/runs/{name}/{file}", serve_run_picture},
    {"GET", "/runs/{name}/mistakes/{file}.json", serve_run_mistake},
    {"GET", "/healthz", serve_health, .free = true},
    {"GET", "/models", serve_models},
    {"POST", "/predict", serve_predict, .predicts = true},
    {"GET", "/v2", serve_server},
    {"GET", "/v2/health/live", serve_live, .free = true},
    {"GET", "/v2/health/ready", serve_ready, .free = true},
    {"GET", "/v2/models/{name}", serve_model_metadata},
    {"GET", "/v2/models/{name}/ready", serve_model_ready},
    {"POST", "/v2/models/{name}/infer", serve_infer, .predicts = true},
    {"GET", "/metrics", serve_metrics_page},
    {"GET", "/openapi.json", serve_asset, .free = true},
};
enum { ROUTES = sizeof routes / sizeof *routes };

const struct serve_route *serve_route_get(int index) {
    return index >= 0 && index < ROUTES ? &routes[index] : NULL;
}

/* Copies the text for a parameter of the pattern from the path's segment: all but as many bytes as follow the parameter in
 * the pattern's segment. Returns the length of the text; 0 if it is empty or too long. */
static size_t take_parameter(const char *pattern, const char *path, char *out) {
    const char *after = strchr(pattern, '}') + 1;
    const size_t segment = strcspn(path, "/"), tail = strcspn(after, "/");
    if (segment <= tail || segment - tail >= SERVE_MODEL_NAME_MAX) return 0;
    memcpy(out, path, segment - tail);
    out[segment - tail] = 0;
    return segment - tail;
}

static bool matches(const char *pattern, const char *path, char *name, char *file) {
    for (; *pattern; pattern++) {
        if (*pattern == '{') {
            const size_t n = take_parameter(pattern, path, pattern[1] == 'n' ? name : file);
            if (n == 0) return false;
            path += n;
            pattern = strchr(pattern, '}');
        } else if (*pattern != *path++) {
            return false;
        }
    }
    return !*path;
}

const struct serve_route *serve_route_find(const char *method, const char *path, char *name, char *file,
                                           int *status) {
    *status = 404;
    for (int i = 0; i < ROUTES; i++) {
        if (!matches(routes[i].path, path, name, file)) continue;
        *status = 405;
        if (strcmp(routes[i].method, method) != 0) continue;
        *status = 200;
        return &routes[i];
    }
    return NULL;
}
