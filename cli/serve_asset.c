/* The files of the pages, which the program contains. */
#include "serve_request.h"
#include "serve_routes.h"
#include <serve_assets.h> /* made from page/ */
#include <string.h>

static const char html[] = "text/html; charset=utf-8", css[] = "text/css; charset=utf-8",
                  script[] = "text/javascript; charset=utf-8";

#define FILE_OF(name) serve_asset_##name, &serve_asset_##name##_size
static const struct {
    const char *path, *type;
    const unsigned char *bytes;
    const size_t *size;
} assets[] = {
    {"/", html, FILE_OF(index_html)},
    {"/runs", html, FILE_OF(runs_html)},
    {"/page.css", css, FILE_OF(page_css)},
    {"/runs.css", css, FILE_OF(runs_css)},
    {"/common.js", script, FILE_OF(common_js)},
    {"/page.js", script, FILE_OF(page_js)},
    {"/evidence.js", script, FILE_OF(evidence_js)},
    {"/runs.js", script, FILE_OF(runs_js)},
    {"/chart.js", script, FILE_OF(chart_js)},
    {"/icon.svg", "image/svg+xml", FILE_OF(icon_svg)},
    {"/openapi.json", "application/json", FILE_OF(openapi_json)},
};

/* Without models the page of runs is the first page. */
void serve_asset(struct serve_request *r) {
    const char *path = r->route->path;
    if (!strcmp(path, "/") && r->serve->model_count == 0) path = "/runs";
    for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
        if (!strcmp(assets[i].path, path))
            serve_answer_static(r, assets[i].bytes, *assets[i].size, assets[i].type);
}
