/* Reads the input as the JSON of a request: each value by its type, numbers as integers and as reals, strings as base64. */
#include "base64.h"
#include "fuzz.h"
#include "serve_json.h"

enum { DEPTH = 40 };

static void read_value(struct serve_json *json, int depth, bool reals) {
    char key[8];
    size_t length = 0;
    const char c = serve_json_peek(json);
    if (c == '"') {
        char *begin = json->at, *text = serve_json_string(json, &length);
        check(!text || (text == begin + 1 && text + length < json->at && text[length] == 0));
        const size_t bytes = text ? cli_base64_decode(text, length) : 0;
        check(bytes == SIZE_MAX || bytes <= length);
    } else if (c == '{' && depth < DEPTH) {
        serve_json_begin(json, c);
        while (serve_json_key(json, key, sizeof key)) read_value(json, depth + 1, reals);
    } else if (c == '[' && depth < DEPTH) {
        serve_json_begin(json, c);
        while (serve_json_item(json)) read_value(json, depth + 1, reals);
    } else if (reals && (c == 't' || c == 'f')) {
        serve_json_bool(json);
    } else if (reals) {
        serve_json_double(json);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        serve_json_int(json);
    } else {
        serve_json_skip(json);
    }
    check(json->at <= json->end);
}

/* Reads the values twice and skips them once. If input without arrays or objects can be read, it can also be skipped. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bool good[3];
    for (int i = 0; i < 3; i++) {
        char *text = malloc(size + !size); /* exactly its size */
        check(text != NULL);
        if (size > 0) memcpy(text, data, size);
        struct serve_json json = {text, text + size};
        if (i == 1)
            serve_json_skip(&json);
        else
            read_value(&json, 0, i == 2);
        good[i] = serve_json_end(&json);
        free(text);
    }
    check(!good[0] || good[1] || memchr(data, '[', size) || memchr(data, '{', size));
    return 0;
}
