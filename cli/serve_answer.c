/* Answers: their text, their headers, refusals. */
#include "json.h"
#include "serve_library.h"
#include "serve_request.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- the text --------------------------------------------------------------------------------------------- */

FILE *serve_answer_begin(struct serve_request *r) {
    if (r->out) fclose(r->out);
    free(r->text);
    r->text = NULL;
    r->fixed = NULL;
    r->length = 0;
    r->out = open_memstream(&r->text, &r->length);
    return r->out;
}

void serve_answer_end(struct serve_request *r, int status, const char *type) {
    r->status = status;
    r->type = type;
    const bool lost = !r->out || ferror(r->out);
    if (r->out && !fclose(r->out) && !lost) {
        r->out = NULL;
        return;
    }
    r->out = NULL;
    free(r->text);
    r->text = NULL;
    r->length = 0;
    r->status = 500;
}

void serve_answer_static(struct serve_request *r, const unsigned char *bytes, size_t count,
                         const char *type) {
    r->fixed = bytes;
    r->length = count;
    r->status = 200;
    r->type = type;
}

/* "no-store" forbids the browser to cache, so the page keeps the answer itself and asks whether it has changed. */
bool serve_answer_unchanged(struct serve_request *r, uint64_t stamp) {
    snprintf(r->etag, sizeof r->etag, "\"%016jx\"", (uintmax_t)stamp);
    const char *known = serve_header(r, "If-None-Match");
    if (!known || strcmp(known, r->etag) != 0) return false;
    serve_answer_static(r, (const unsigned char *)"", 0, NULL);
    r->status = 304;
    return true;
}

void serve_refuse(struct serve_request *r, int status, const char *code, const char *fmt, ...) {
    char text[512], line[600];
    va_list list;
    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    linnet_text_escape(text, strlen(text), line, sizeof line);
    FILE *out = serve_answer_begin(r);
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "error", line);
        linnet_json_string(&json, "code", code);
        linnet_json_end(&json);
    }
    serve_answer_end(r, status, "application/json");
    r->refused = r->status;
}

/* ---- the response ----------------------------------------------------------------------------------------- */

/* Allow only what the pages need, and nothing from other sites; forbid caching. */
static const char *const headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

int serve_respond(struct serve_request *r, bool close) {
    /* The casts drop const: libmicrohttpd writes only to memory that it owns. */
    void *bytes = r->text ? r->text : r->fixed ? (char *)(uintptr_t)r->fixed : (char *)(uintptr_t) "";
    struct MHD_Response *response = serve_mhd.MHD_create_response_from_buffer(
        r->length, bytes, r->text ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    r->text = NULL; /* the response owns it */
    if (r->type) serve_mhd.MHD_add_response_header(response, "Content-Type", r->type);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        serve_mhd.MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (*r->etag && r->status < 400) serve_mhd.MHD_add_response_header(response, "ETag", r->etag);
    if (r->status == 401) serve_mhd.MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (r->status == 503) serve_mhd.MHD_add_response_header(response, "Retry-After", "1");
    if (close || atomic_load(&r->serve->draining))
        serve_mhd.MHD_add_response_header(response, "Connection", "close");
    const int result = serve_mhd.MHD_queue_response(r->connection, (unsigned)r->status, response);
    serve_mhd.MHD_destroy_response(response);
    return result;
}

/* ---- what handlers share ---------------------------------------------------------------------------------- */

bool serve_pictures(struct serve_request *r, size_t count) {
    r->job.count = count;
    r->job.inputs = calloc(count, sizeof *r->job.inputs);
    r->job.results = calloc(count, sizeof *r->job.results);
    r->names = calloc(count, sizeof *r->names);
    if (r->job.inputs && r->job.results && r->names) return true;
    r->job.count = 0;
    serve_refuse(r, 503, "serve-memory", "out of memory; try again");
    return false;
}

struct serve_model *serve_model_find(struct serve_request *r, const char *name) {
    const struct serve *s = r->serve;
    for (int i = 0; i < s->model_count; i++)
        if (!name || !strcmp(s->models[i].name, name)) return &s->models[i];
    if (s->model_count == 0)
        serve_refuse(r, 404, "serve-model", "no model is served here, only runs are shown");
    else
        serve_refuse(r, 404, "serve-model", "no model '%s' is served; /models lists them", name);
    return NULL;
}
