/* Reads the input as classes.txt: names must be distinct, valid UTF-8 without control characters, and survive being written
 * and read back; an error must have a message; nothing may leak. */
#include "base/text.h"
#include "data/classes.h"
#include "fuzz.h"

enum { CLASSES_MOST = 200 };

static void name_check(const struct ln_classes *classes, size_t i) {
    const char *name = classes->names[i];
    uint32_t code;
    check(*name != '\0' && ln_class_is(name, name));
    for (size_t n = strlen(name), length; n > 0; name += length, n -= length) {
        length = ln_utf8_decode(name, n, &code);
        check(length > 0 && code >= ' ');
    }
    for (size_t k = 0; k < i; k++) check(strcmp(classes->names[k], classes->names[i]) != 0);
}

static int read_names(struct ln_classes *classes, const void *data, size_t size) {
    char path[FUZZ_PATH];
    int fd = fuzz_file(data, size, path), status = ln_classes_read(classes, path, CLASSES_MOST);
    close(fd);
    return status;
}

static void written_check(const struct ln_classes *classes) {
    struct ln_classes second = {0};
    struct ln_text text = {0};
    for (size_t i = 0; i < classes->count; i++) {
        ln_text_add(&text, classes->names[i]);
        ln_text_add(&text, "\n");
    }
    check(!text.failed && read_names(&second, text.data, text.length) == LINNET_OK);
    check(second.count == classes->count);
    for (size_t i = 0; i < classes->count; i++) check(strcmp(second.names[i], classes->names[i]) == 0);
    ln_classes_fini(&second);
    ln_text_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_classes classes = {0};
    int64_t live = ln_alloc_live();
    ln_error_clear();
    int status = read_names(&classes, data, size);
    if (status == LINNET_OK) {
        check(classes.count > 0 && classes.count <= CLASSES_MOST);
        for (size_t i = 0; i < classes.count; i++) name_check(&classes, i);
        written_check(&classes);
    } else {
        fuzz_failed(status, "classes-name");
    }
    ln_classes_fini(&classes);
    check(ln_alloc_live() == live);
    return 0;
}
