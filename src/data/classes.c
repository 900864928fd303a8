/* Class names: read from classes.txt, copied from a list, or numbers. */
#include "data/classes.h"
#include "base/alloc.h"
#include "base/file.h"
#include <stdio.h>
#include <string.h>

enum { FILE_MOST = 1 << 20 }; /* bytes of a classes.txt */

int ln_classes_add(struct ln_classes *classes, const char *name, size_t length) {
    char **names = ln_grow(classes->names, classes->count, &classes->capacity, sizeof *names);
    if (!names) return LINNET_ERR_LIMIT;
    classes->names = names;
    char *copy = ln_alloc(length + 1);
    if (!copy) return LINNET_ERR_LIMIT;
    memcpy(copy, name, length);
    copy[length] = '\0';
    classes->names[classes->count++] = copy;
    return LINNET_OK;
}

void ln_classes_fini(struct ln_classes *classes) {
    for (size_t i = 0; i < classes->count; i++) ln_free(classes->names[i]);
    ln_free(classes->names);
    *classes = (struct ln_classes){0};
}

int ln_classes_number(struct ln_classes *classes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char name[24];
        int length = snprintf(name, sizeof name, "%zu", i);
        LN_TRY(ln_classes_add(classes, name, (size_t)length));
    }
    return LINNET_OK;
}

int ln_classes_copy(struct ln_classes *classes, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) LN_TRY(ln_classes_add(classes, names[i], strlen(names[i])));
    return LINNET_OK;
}

/* One line of the file: what is wrong with it is said with its number, from 1. */
static int add_line(struct ln_classes *classes, const char *path, const char *line, size_t length,
                    size_t most) {
    size_t number = classes->count + 1;
    if (number > most)
        return ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: line %zu: more than %zu classes", path, number,
                       most);
    if (length == 0)
        return ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: line %zu: a class without a name", path,
                       number);
    if (memchr(line, '\0', length))
        return ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: line %zu: a zero byte in a name", path, number);
    LN_TRY(ln_classes_add(classes, line, length));
    for (size_t i = 0; i + 1 < number; i++)
        if (strcmp(classes->names[i], classes->names[number - 1]) == 0)
            return ln_fail(LINNET_ERR_INPUT, "classes-name",
                           "%s: line %zu: '%.100s' is the name of line %zu too", path, number,
                           classes->names[i], i + 1);
    return LINNET_OK;
}

static int add_lines(struct ln_classes *classes, const char *path, const char *text, size_t size,
                     size_t most) {
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) size--;
    for (const char *p = text, *end = text + size; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        size_t length = (size_t)(stop - p);
        if (length > 0 && stop[-1] == '\r') length--;
        LN_TRY(add_line(classes, path, p, length, most));
        p = stop + 1;
    }
    if (classes->count == 0)
        return ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: names no class; one name a line is wanted",
                       path);
    return LINNET_OK;
}

int ln_classes_read(struct ln_classes *classes, const char *path, size_t most) {
    unsigned char *text;
    size_t size;
    LN_TRY(ln_file_read(path, FILE_MOST, &text, &size));
    int status = add_lines(classes, path, (const char *)text, size, most);
    ln_free(text);
    return status;
}
