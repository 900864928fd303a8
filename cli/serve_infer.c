/* POST /v2/models/NAME/infer of the Open Inference Protocol, version 2: https://github.com/kserve/open-inference-protocol
 *
 *     {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["base64 of a JPEG ..."]}]}
 *     {"inputs": [{"name": "pixels", "datatype": "UINT8", "shape": [1, 480, 640, 3], "data": [ ... ]}]}
 *
 * The model resizes and normalises pictures itself, so a tensor of normalised numbers is refused. Inputs may be sent as
 * binary data after the JSON (Triton's extension: Inference-Header-Content-Length and binary_data_size).
 */
#include "base64.h"
#include "json.h"
#include "predict_sink.h"
#include "serve_json.h"
#include "serve_request.h"
#include "serve_routes.h"
#include <stdlib.h>
#include <string.h>

enum { RANK_MOST = 4, WORD = 32, OUT_PROBABILITIES = 1, OUT_LOGITS = 2, OUT_LABEL = 4, OUT_ALL = 7 };

struct tensor {
    char name[WORD], type[WORD];
    int64_t shape[RANK_MOST];
    int rank;
    char *data;     /* of the JSON array; NULL: none */
    int64_t binary; /* binary_data_size; -1: none */
};

struct infer {
    struct tensor input;
    int inputs;
    char *id;
    int outputs;             /* OUT_...; 0: all */
    char unknown_name[WORD]; /* of an output that does not exist; "" */
};

/* ---- the request ------------------------------------------------------------------------------------------- */

static void copy_string(struct serve_json *j, char out[WORD]) {
    size_t length;
    const char *text = serve_json_string(j, &length);
    snprintf(out, WORD, "%s", text ? text : "");
}

static void read_shape(struct serve_json *j, struct tensor *t) {
    t->rank = 0;
    serve_json_begin(j, '[');
    while (serve_json_item(j)) {
        const int64_t n = serve_json_int(j);
        if (t->rank < RANK_MOST) t->shape[t->rank] = n;
        t->rank++;
    }
}

static void read_binary(struct serve_json *j, struct tensor *t) {
    char key[WORD];
    serve_json_begin(j, '{');
    while (serve_json_key(j, key, sizeof key))
        if (!strcmp(key, "binary_data_size"))
            t->binary = serve_json_int(j);
        else
            serve_json_skip(j);
}

/* Notes where the data begins and skips it: name, type and shape may follow, and are needed to read it. */
static void find_data(struct serve_json *j, struct tensor *t) {
    serve_json_peek(j);
    t->data = j->at;
    for (int depth = 0; j->at < j->end; j->at++) {
        if (*j->at == '[') depth++;
        if (*j->at == ']' && --depth == 0) break;
        if (*j->at != '"') continue;
        for (j->at++; j->at < j->end && *j->at != '"'; j->at++) j->at += *j->at == '\\' && j->at + 1 < j->end;
        if (j->at == j->end) break;
    }
    if (j->at >= j->end || *t->data != '[')
        j->failed = true;
    else
        j->at++;
}

static void read_tensor(struct serve_json *j, struct tensor *t) {
    char key[WORD];
    *t = (struct tensor){.binary = -1};
    serve_json_begin(j, '{');
    while (serve_json_key(j, key, sizeof key)) {
        if (!strcmp(key, "name"))
            copy_string(j, t->name);
        else if (!strcmp(key, "datatype"))
            copy_string(j, t->type);
        else if (!strcmp(key, "shape"))
            read_shape(j, t);
        else if (!strcmp(key, "data"))
            find_data(j, t);
        else if (!strcmp(key, "parameters"))
            read_binary(j, t);
        else
            serve_json_skip(j);
    }
}

static void read_output(struct serve_json *j, struct infer *infer) {
    static const char *const names[] = {"probabilities", "logits", "label"};
    struct tensor t;
    int bit = 0;
    read_tensor(j, &t);
    for (int i = 0; i < 3; i++)
        if (!strcmp(t.name, names[i])) bit = 1 << i;
    infer->outputs |= bit;
    if (!bit) snprintf(infer->unknown_name, WORD, "%s", *t.name ? t.name : "?");
}

static bool read_request(struct serve_json *j, struct infer *infer) {
    char key[WORD];
    size_t length;
    serve_json_begin(j, '{');
    while (serve_json_key(j, key, sizeof key)) {
        if (!strcmp(key, "inputs")) {
            serve_json_begin(j, '[');
            for (; serve_json_item(j); infer->inputs++) read_tensor(j, &infer->input);
        } else if (!strcmp(key, "outputs")) {
            serve_json_begin(j, '[');
            while (serve_json_item(j)) read_output(j, infer);
        } else if (!strcmp(key, "id")) {
            infer->id = serve_json_string(j, &length);
        } else {
            serve_json_skip(j);
        }
    }
    return serve_json_end(j);
}

/* ---- the pictures ------------------------------------------------------------------------------------------ */

static void refuse_data(struct serve_request *r, const char *what) {
    serve_refuse(r, 400, "serve-tensor", "input '%s': %s", r->name, what);
}

static bool next_flat(struct serve_json *j, int *depth) {
    for (;;) {
        while (*depth && !serve_json_item(j)) {
            if (j->failed) return false;
            --*depth;
        }
        if (!*depth || j->failed) return false;
        if (serve_json_peek(j) != '[') return true;
        if (++*depth > RANK_MOST) j->failed = true;
        serve_json_begin(j, '[');
    }
}

static void set_file(struct serve_request *r, size_t i, const void *bytes, size_t count) {
    r->job.inputs[i] = (struct linnet_input){.path = "picture", .bytes = bytes, .byte_count = count};
}

/* Base64 in JSON. */
static void take_strings(struct serve_request *r, struct serve_json *j) {
    int depth = 1;
    size_t i = 0, length;
    for (serve_json_begin(j, '['); next_flat(j, &depth); i++) {
        char *text = serve_json_string(j, &length);
        const size_t bytes = text ? cli_base64_decode(text, length) : SIZE_MAX;
        if (bytes == SIZE_MAX) {
            refuse_data(r, "the data must be strings of base64, each a picture's file");
            return;
        }
        if (i < r->job.count) set_file(r, i, text, bytes);
    }
    if (j->failed || i != r->job.count)
        refuse_data(r, "the number of elements in the data differs from that of the shape");
}

/* Binary elements: four bytes of length, little-endian, then the bytes. */
static void take_elements(struct serve_request *r, const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < r->job.count && !r->refused; i++) {
        const uint32_t count = size < 4 ? UINT32_MAX
                                        : (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
                                              (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
        if (size < 4 || count > size - 4) {
            refuse_data(r, "the binary data ends within an element");
            return;
        }
        set_file(r, i, bytes + 4, count);
        bytes += 4 + (size_t)count;
        size -= 4 + (size_t)count;
    }
    if (size && !r->refused) refuse_data(r, "the binary data is longer than its elements");
}

static void set_pixels(struct serve_request *r, const struct tensor *t, const unsigned char *pixels) {
    const size_t bytes = (size_t)t->shape[1] * (size_t)t->shape[2] * 3;
    for (size_t i = 0; i < r->job.count; i++)
        r->job.inputs[i] = (struct linnet_input){
            .pixels = pixels + i * bytes, .width = (int)t->shape[2], .height = (int)t->shape[1]};
}

static void take_numbers(struct serve_request *r, struct serve_json *j, size_t count) {
    unsigned char *pixels = r->pixels = malloc(count);
    int depth = 1;
    size_t i = 0;
    if (!pixels) {
        serve_refuse(r, 503, "serve-memory", "out of memory; try again");
        return;
    }
    for (serve_json_begin(j, '['); next_flat(j, &depth); i++) {
        const int64_t value = serve_json_int(j);
        if (value < 0 || value > 255) j->failed = true;
        if (i < count) pixels[i] = (unsigned char)value;
    }
    if (j->failed || i != count)
        refuse_data(r, "the data must be integers from 0 to 255, one for each element of the shape");
}

/* A request body: the JSON, and the binary data after it. */
struct body {
    char *text, *text_end;
    const unsigned char *binary;
    size_t binary_size;
};

/* Room for the pictures; false after a refusal. */
static bool take_room(struct serve_request *r, int64_t pictures) {
    const int most = r->serve->limits.pictures;
    if (pictures <= most) return serve_pictures(r, (size_t)pictures);
    serve_refuse(r, 413, "serve-pictures", "%lld pictures, %d are allowed", (long long)pictures, most);
    return false;
}

static void take_files(struct serve_request *r, const struct tensor *t, const struct body *b) {
    struct serve_json j = {t->data, b->text_end};
    if (t->rank < 1 || t->rank > 2 || (t->rank == 2 && t->shape[1] != 1) || t->shape[0] < 1)
        refuse_data(r, "the shape of BYTES must be [n] or [n, 1]");
    else if (take_room(r, t->shape[0]) && t->binary >= 0)
        take_elements(r, b->binary, b->binary_size);
    else if (!r->refused)
        take_strings(r, &j);
}

/* The shape is compared with the size of the data before memory is allocated: a number needs two bytes of JSON. */
static void take_pixels(struct serve_request *r, const struct tensor *t, const struct body *b) {
    struct serve_json j = {t->data, b->text_end};
    const size_t size = t->binary >= 0 ? b->binary_size : (size_t)(b->text_end - t->data) / 2 + 1;
    size_t count = 1;
    bool fits = t->rank == 4 && t->shape[3] == 3;
    for (int i = 0; fits && i < 4; i++) {
        fits = t->shape[i] > 0 && (size_t)t->shape[i] <= size / count;
        count *= fits ? (size_t)t->shape[i] : 1;
    }
    if (!fits || (t->binary >= 0 && count != size))
        refuse_data(r, "the shape of UINT8 must be [n, height, width, 3] and fit the data");
    else if (take_room(r, t->shape[0]) && t->binary < 0)
        take_numbers(r, &j, count);
    if (!r->refused) set_pixels(r, t, r->pixels ? r->pixels : b->binary);
}

static void take_input(struct serve_request *r, const struct infer *infer, const struct body *b) {
    const struct tensor *t = &infer->input;
    snprintf(r->name, sizeof r->name, "%s", t->name); /* for messages; the model is known */
    if (infer->inputs != 1)
        refuse_data(r, "one input is needed, image or pixels");
    else if (*infer->unknown_name)
        serve_refuse(r, 400, "serve-tensor",
                     "there is no output '%s'; there are probabilities, logits, label", infer->unknown_name);
    else if (!t->data && t->binary < 0)
        refuse_data(r, "it has no data");
    else if (t->binary >= 0 && (uint64_t)t->binary != b->binary_size)
        refuse_data(r, "binary_data_size differs from the number of bytes after the JSON");
    else if (!strcmp(t->name, "image") && !strcmp(t->type, "BYTES"))
        take_files(r, t, b);
    else if (!strcmp(t->name, "pixels") && !strcmp(t->type, "UINT8"))
        take_pixels(r, t, b);
    else
        refuse_data(r, "the inputs are image (BYTES) and pixels (UINT8)");
}

/* ---- the answer -------------------------------------------------------------------------------------------- */

static void begin_output(struct linnet_json *json, const char *name, const char *type, size_t n,
                         int classes) {
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "name", name);
    linnet_json_string(json, "datatype", type);
    linnet_json_begin(json, "shape", '[');
    linnet_json_int(json, NULL, (int64_t)n);
    if (classes) linnet_json_int(json, NULL, classes);
    linnet_json_end(json);
    linnet_json_begin(json, "data", '[');
}

static void end_output(struct linnet_json *json) {
    linnet_json_end(json);
    linnet_json_end(json);
}

static void put_numbers(const struct serve_request *r, struct linnet_json *json, bool logits) {
    const int classes = r->job.results[0].prediction.classes;
    begin_output(json, logits ? "logits" : "probabilities", "FP32", r->job.count, classes);
    for (size_t i = 0; i < r->job.count; i++) {
        const struct linnet_prediction *p = &r->job.results[i].prediction;
        for (int k = 0; k < classes; k++)
            linnet_json_double(json, NULL, (double)(logits ? p->logits : p->probabilities)[k]);
    }
    end_output(json);
}

static void put_labels(const struct serve_request *r, struct linnet_json *json) {
    const struct serve *s = r->serve;
    const struct cli_predict_opts opts = {.min_conf = s->min_conf, .unknown = s->unknown};
    const struct cli_sink_state state = {.model = s->models[r->job.model].model, .opts = &opts};
    begin_output(json, "label", "BYTES", r->job.count, 0);
    for (size_t i = 0; i < r->job.count; i++)
        linnet_json_string(json, NULL, cli_predict_name(&state, &r->job.results[i].prediction));
    end_output(json);
}

/* The protocol has no error for a single element, so the first picture that failed fails the request. */
static bool refuse_failed(struct serve_request *r) {
    for (size_t i = 0; i < r->job.count; i++) {
        const struct serve_result *result = &r->job.results[i];
        if (!result->prediction.status) continue;
        serve_refuse(r, 422, result->code, "element %zu: %s", i, result->error);
        return true;
    }
    return false;
}

/* r->topk holds the outputs, r->names[0] the id. */
static void answer(struct serve_request *r) {
    const int outputs = r->topk ? r->topk : OUT_ALL;
    FILE *out = refuse_failed(r) ? NULL : serve_answer_begin(r);
    if (r->refused) return;
    if (out) {
        struct linnet_json json = cli_json_to(out, 0);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "model_name", r->serve->models[r->job.model].name);
        linnet_json_string(&json, "model_version", "1");
        if (r->names[0]) linnet_json_string(&json, "id", r->names[0]);
        linnet_json_begin(&json, "outputs", '[');
        if (outputs & OUT_PROBABILITIES) put_numbers(r, &json, false);
        if (outputs & OUT_LOGITS) put_numbers(r, &json, true);
        if (outputs & OUT_LABEL) put_labels(r, &json);
        linnet_json_end(&json);
        linnet_json_end(&json);
    }
    serve_answer_end(r, 200, "application/json");
}

/* Splits the body where the header says that the JSON ends. False after a refusal. */
static bool split_body(struct serve_request *r, struct body *b) {
    const char *header = serve_header(r, "Inference-Header-Content-Length");
    char *end = NULL;
    const unsigned long long length = header ? strtoull(header, &end, 10) : r->size;
    if (length > r->size || (header && (end == header || *end))) {
        serve_refuse(r, 400, "serve-tensor", "Inference-Header-Content-Length: %s does not fit the body",
                     header);
        return false;
    }
    *b = (struct body){.text = (char *)r->body,
                       .text_end = (char *)r->body + length,
                       .binary = r->body + length,
                       .binary_size = r->size - (size_t)length};
    return true;
}

void serve_infer(struct serve_request *r) {
    struct infer infer = {0};
    struct body body;
    const struct serve_model *model = serve_model_find(r, r->name);
    if (!model || !split_body(r, &body)) return;
    struct serve_json json = {body.text, body.text_end};
    r->job.model = (int)(model - r->serve->models);
    if (!r->body || !read_request(&json, &infer)) {
        serve_refuse(r, 400, "serve-json", "the body is not a request of the Open Inference Protocol");
        return;
    }
    take_input(r, &infer, &body);
    if (r->refused) return;
    r->topk = infer.outputs;
    if (infer.id) r->names[0] = strdup(infer.id);
    serve_submit(r, answer);
}
