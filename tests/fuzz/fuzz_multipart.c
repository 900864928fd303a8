/* Parses the input as the body of a form: parts must lie inside it, in order, and their names must end. */
#include "fuzz.h"
#include "serve_multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct serve_multipart m;
    struct serve_part part;
    int found;
    unsigned char *body = malloc(size + !size); /* exactly its size: there is no NUL behind it */
    check(body != NULL);
    if (size > 0) memcpy(body, data, size);
    /* The first line is the header Content-Type. */
    const unsigned char *line = size ? memchr(body, '\n', size) : NULL;
    const size_t length = line ? (size_t)(line - body) : 0, at = line ? length + 1 : 0;
    char *type = fuzz_text(body, length);
    if (!serve_multipart_begin(&m, type, body + at, size - at)) {
        const unsigned char *behind = body + at;
        while ((found = serve_multipart_next(&m, &part)) > 0) {
            check(part.bytes >= behind && part.count <= size && part.bytes + part.count <= body + size);
            check(memchr(part.file, 0, sizeof part.file) && memchr(part.field, 0, sizeof part.field));
            behind = part.bytes + part.count;
        }
        check(found < 0 || serve_multipart_next(&m, &part) == 0);
    }
    free(type);
    free(body);
    return 0;
}
