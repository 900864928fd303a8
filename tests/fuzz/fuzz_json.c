/* Parses the input as JSON: a value must be an object or an array within the limits; an error must have a message. */
#include "fuzz.h"
#include "model/json.h"

enum { DEPTH = 8, VALUES = 1000 };

static size_t count_values(json_t *json, size_t depth) {
    size_t count = 1, i;
    const char *key;
    json_t *value;
    check(depth <= DEPTH);
    json_object_foreach(json, key, value) count +=
        count_values(value, depth + json_is_object(value) + json_is_array(value));
    json_array_foreach(json, i, value) count +=
        count_values(value, depth + json_is_object(value) + json_is_array(value));
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_t *json;
    char *copy = malloc(size + !size); /* exactly its size: there is no NUL behind it */
    check(copy != NULL);
    if (size > 0) memcpy(copy, data, size);
    ln_error_clear();
    int status = ln_json_parse(
        &json, copy, size,
        &(struct ln_json_opts){
            .place = "input", .code = "json", .duplicate = "json-twice", .depth = DEPTH, .values = VALUES});
    if (status == LINNET_OK) {
        check((json_is_object(json) || json_is_array(json)) && count_values(json, 1) <= 2 * VALUES + 2);
        json_decref(json);
    } else {
        fuzz_failed(status, "json");
    }
    free(copy);
    return 0;
}
