/* The paths of the server. */
#include "serve_request.h"
#include "serve_routes.h"
#include <string.h>

static const struct serve_route routes[] = {
    {"GET", "/", serve_page, .free = true},
    {"GET", "/page.css", serve_page_css, .free = true},
    {"GET", "/page.js", serve_page_js, .free = true},
    {"GET", "/icon.svg", serve_page_icon, .free = true},
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
    {"GET", "/openapi.json", serve_openapi, .free = true},
};
enum { ROUTES = sizeof routes / sizeof *routes };

const struct serve_route *serve_route_get(int index) {
    return index >= 0 && index < ROUTES ? &routes[index] : NULL;
}

/* Compares a path with a pattern; what {name} stands for goes to name, which is cut off beyond its size and then no model's. */
static bool matches(const char *pattern, const char *path, char *name) {
    for (; *pattern; pattern++) {
        if (*pattern == '{') {
            const size_t n = strcspn(path, "/");
            if (n < 1 || n >= SERVE_MODEL_NAME_MAX) return false;
            memcpy(name, path, n);
            name[n] = 0;
            path += n;
            pattern = strchr(pattern, '}');
        } else if (*pattern != *path++) {
            return false;
        }
    }
    return !*path;
}

const struct serve_route *serve_route_find(const char *method, const char *path, char *name, int *status) {
    *status = 404;
    for (int i = 0; i < ROUTES; i++) {
        if (!matches(routes[i].path, path, name)) continue;
        *status = 405;
        if (strcmp(routes[i].method, method) != 0) continue;
        *status = 200;
        return &routes[i];
    }
    return NULL;
}
