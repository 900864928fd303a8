/* What the Open Inference Protocol, version 2, asks about the server and its models. */
#include "json.h"
#include "serve_request.h"
#include "serve_routes.h"

static void put_flag(struct serve_request *r, const char *name, bool yes) {
    FILE *out = serve_answer_begin(r);
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_bool(&json, name, yes);
        linnet_json_end(&json);
    }
    serve_answer_end(r, yes ? 200 : 503, "application/json");
}

void serve_live(struct serve_request *r) {
    put_flag(r, "live", true);
}

void serve_ready(struct serve_request *r) {
    put_flag(r, "ready", !atomic_load(&r->serve->draining));
}

void serve_model_ready(struct serve_request *r) {
    if (serve_model_find(r, r->name)) serve_ready(r);
}

void serve_server(struct serve_request *r) {
    FILE *out = serve_answer_begin(r);
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "name", "linnet");
        linnet_json_string(&json, "version", linnet_version());
        linnet_json_begin(&json, "extensions", '[');
        linnet_json_end(&json);
        linnet_json_end(&json);
    }
    serve_answer_end(r, 200, "application/json");
}

/* A tensor of metadata; -1 in a shape stands for any size. */
static void put_tensor(struct linnet_json *json, const char *name, const char *type, int rank,
                       const int *shape) {
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "name", name);
    linnet_json_string(json, "datatype", type);
    linnet_json_begin(json, "shape", '[');
    for (int i = 0; i < rank; i++) linnet_json_int(json, NULL, shape[i]);
    linnet_json_end(json);
    linnet_json_end(json);
}

/* A request has one of the two inputs. */
void serve_model_metadata(struct serve_request *r) {
    const struct serve_model *m = serve_model_find(r, r->name);
    FILE *out = m ? serve_answer_begin(r) : NULL;
    if (!m) return;
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        const int by_class[] = {-1, linnet_model_classes(m->model)};
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "name", m->name);
        linnet_json_begin(&json, "versions", '[');
        linnet_json_string(&json, NULL, "1");
        linnet_json_end(&json);
        linnet_json_string(&json, "platform", "linnet");
        linnet_json_begin(&json, "inputs", '[');
        put_tensor(&json, "image", "BYTES", 1, (const int[]){-1});
        put_tensor(&json, "pixels", "UINT8", 4, (const int[]){-1, -1, -1, 3});
        linnet_json_end(&json);
        linnet_json_begin(&json, "outputs", '[');
        put_tensor(&json, "probabilities", "FP32", 2, by_class);
        put_tensor(&json, "logits", "FP32", 2, by_class);
        put_tensor(&json, "label", "BYTES", 1, by_class);
        linnet_json_end(&json);
        linnet_json_end(&json);
    }
    serve_answer_end(r, 200, "application/json");
}
