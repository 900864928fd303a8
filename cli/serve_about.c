/* Descriptions of the server: health, models, metrics. */
#include "json.h"
#include "serve_request.h"
#include "serve_routes.h"
#include "serve_watch.h"
#include <math.h>

/* 200 while predictions are accepted, then 503, so that a load balancer sends no more requests. */
void serve_health(struct serve_request *r) {
    const bool draining = atomic_load(&r->serve->draining);
    FILE *out = serve_answer_begin(r);
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "status", draining ? "stopping" : "ok");
        linnet_json_end(&json);
    }
    serve_answer_end(r, draining ? 503 : 200, "application/json");
}

static void put_model(const struct serve_model *m, struct linnet_json *json) {
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "name", m->name);
    linnet_json_string(json, "arch", linnet_model_arch(m->model));
    linnet_json_int(json, "parameters", linnet_model_parameters(m->model));
    linnet_json_int(json, "imgsz", linnet_model_imgsz(m->model));
    linnet_json_int(json, "channels", linnet_model_channels(m->model));
    linnet_json_int(json, "batch", m->batch);
    linnet_json_bool(json, "unknown_threshold", isfinite(linnet_model_unknown_energy(m->model)));
    linnet_json_begin(json, "classes", '[');
    for (int i = 0; i < linnet_model_classes(m->model); i++)
        linnet_json_string(json, NULL, linnet_model_class_name(m->model, i));
    linnet_json_end(json);
    linnet_json_end(json);
}

void serve_models(struct serve_request *r) {
    const struct serve *s = r->serve;
    FILE *out = serve_answer_begin(r);
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "version", linnet_version());
        linnet_json_double(&json, "min_conf", s->min_conf);
        linnet_json_bool(&json, "unknown", s->unknown);
        linnet_json_int(&json, "max_body", (int64_t)s->limits.body);
        linnet_json_int(&json, "max_images", s->limits.pictures);
        linnet_json_bool(&json, "runs", s->runs.count > 0);
        linnet_json_begin(&json, "models", '[');
        for (int i = 0; i < s->model_count; i++) put_model(&s->models[i], &json);
        linnet_json_end(&json);
        linnet_json_end(&json);
    }
    serve_answer_end(r, 200, "application/json");
}

void serve_metrics_page(struct serve_request *r) {
    struct serve *s = r->serve;
    const struct serve_gauges gauges = {.queue_depth = serve_queue_depth(s->queue),
                                        .connections = serve_watch_count(s->watch),
                                        .body_bytes = atomic_load(&s->body_bytes)};
    FILE *out = serve_answer_begin(r);
    if (out) serve_metrics_write(s->metrics, &gauges, out);
    serve_answer_end(r, 200, "text/plain; version=0.0.4; charset=utf-8");
}
