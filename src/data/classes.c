/* Class names: read from classes.txt, copied from a list, or numbers. */
#include "data/classes.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 1 << 20 }; /* bytes of a classes.txt */

/* ---- words -------------------------------------------------------------------------------------------- */

int ln_word_order(const struct ln_word *a, const struct ln_word *b) {
    int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int word_order(const void *a, const void *b) {
    return ln_word_order(a, b);
}

/* The precision for "%.*s". */
static int shown(struct ln_word word) {
    return (int)ln_utf8_cut(word.text, word.length, LN_TEXT_SHOWN);
}

/* ---- adding ------------------------------------------------------------------------------------------- */

int ln_classes_add(struct ln_classes *classes, const char *path, struct ln_word name) {
    if (name.length == 0)
        return ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: a class has an empty name", path);
    char **names = ln_grow(classes->names, classes->count, &classes->capacity, sizeof *names);
    if (!names) return LINNET_ERR_LIMIT;
    classes->names = names;
    char *copy = ln_alloc(name.length + 1);
    if (!copy) return LINNET_ERR_LIMIT;
    memcpy(copy, name.text, name.length);
    copy[name.length] = '\0';
    classes->names[classes->count++] = copy;
    return LINNET_OK;
}

int ln_classes_add_distinct(struct ln_classes *classes, const char *path, struct ln_word *words, size_t n,
                            size_t most) {
    if (n > 0) qsort(words, n, sizeof *words, word_order);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && ln_word_order(&words[i], &words[i - 1]) == 0) continue;
        if (classes->count == most)
            return ln_fail(LINNET_ERR_INPUT, "classes-most",
                           "%s: more than %zu classes; the next would be '%.*s'", path, most, shown(words[i]),
                           words[i].text);
        LN_TRY(ln_classes_add(classes, path, words[i]));
    }
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
        LN_TRY(ln_classes_add(classes, "", (struct ln_word){name, (size_t)length}));
    }
    return LINNET_OK;
}

int ln_classes_copy(struct ln_classes *classes, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        LN_TRY(ln_classes_add(classes, "", (struct ln_word){names[i], strlen(names[i])}));
    return LINNET_OK;
}

/* ---- spelling ----------------------------------------------------------------------------------------- */

/* The bytes at s that stay as they are; 0 if the first one needs \xNN. */
static size_t kept(const char *s, size_t n) {
    uint32_t code;
    const size_t length = ln_utf8_decode(s, n, &code);
    return length && code >= ' ' && code != 0x7f ? length : 0;
}

static bool is_spelt(const char *name) {
    size_t n = strlen(name), length = 1;
    for (; n > 0 && (length = kept(name, n)); name += length) n -= length;
    return length > 0;
}

static void spell(const char *name, char *out) {
    for (size_t n = strlen(name), length; n > 0; name += length, n -= length) {
        length = kept(name, n);
        if (length)
            memcpy(out, name, length);
        else
            snprintf(out, 5, "\\x%02x", (unsigned char)*name);
        out += length ? length : 4;
        length += !length;
    }
    *out = '\0';
}

bool ln_class_is(const char *class_name, const char *word) {
    if (is_spelt(word)) return strcmp(class_name, word) == 0;
    char *spelt = ln_alloc(4 * strlen(word) + 1);
    if (spelt) spell(word, spelt);
    const bool same = spelt && strcmp(class_name, spelt) == 0;
    ln_free(spelt);
    return same;
}

static int name_order(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A folder's name may already be the seven ASCII characters caf\xe9. */
static int check_distinct(const struct ln_classes *classes, const char *path) {
    char **sorted = ln_alloc(classes->count * sizeof *sorted);
    if (!sorted) return LINNET_ERR_LIMIT;
    memcpy(sorted, classes->names, classes->count * sizeof *sorted);
    qsort(sorted, classes->count, sizeof *sorted, name_order);
    int status = LINNET_OK;
    for (size_t i = 1; i < classes->count && status == LINNET_OK; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            status =
                ln_fail(LINNET_ERR_INPUT, "classes-name",
                        "%s: two classes are spelt '%.*s'; rename one of them", path, LN_TEXT_CUT(sorted[i]));
    ln_free(sorted);
    return status;
}

int ln_classes_spell(struct ln_classes *classes, const char *path) {
    bool changed = false;
    for (size_t i = 0; i < classes->count; i++) {
        if (is_spelt(classes->names[i])) continue;
        char *spelt = ln_alloc(4 * strlen(classes->names[i]) + 1);
        if (!spelt) return LINNET_ERR_LIMIT;
        spell(classes->names[i], spelt);
        ln_free(classes->names[i]);
        classes->names[i] = spelt;
        changed = true;
    }
    return changed ? check_distinct(classes, path) : LINNET_OK;
}

/* ---- classes.txt -------------------------------------------------------------------------------------- */

/* Control bytes in a text file mean that it is not the text it should be: UTF-16, or a binary file. */
static int check_control(struct ln_word name, const char *where) {
    for (size_t i = 0; i < name.length; i++)
        if ((unsigned char)name.text[i] < ' ')
            return ln_fail(LINNET_ERR_INPUT, "classes-name",
                           "%s: the name of class '%.*s' contains the control byte 0x%02x", where,
                           shown(name), name.text, (unsigned char)name.text[i]);
    return LINNET_OK;
}

/* Adds the class on one line; error messages give its number, counted from 1. */
static int add_line(struct ln_classes *classes, const char *path, struct ln_word name, size_t most) {
    char where[LN_ERROR_MAX];
    size_t number = classes->count + 1;
    snprintf(where, sizeof where, "%s: line %zu", path, number);
    if (number > most)
        return ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: more than %zu classes", where, most);
    LN_TRY(check_control(name, where));
    LN_TRY(ln_classes_add(classes, where, name));
    for (size_t i = 0; i + 1 < number; i++)
        if (strcmp(classes->names[i], classes->names[number - 1]) == 0)
            return ln_fail(LINNET_ERR_INPUT, "classes-name", "%s: '%.*s' is already on line %zu", where,
                           LN_TEXT_CUT(classes->names[i]), i + 1);
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
        LN_TRY(add_line(classes, path, (struct ln_word){p, length}, most));
        p = stop + 1;
    }
    if (classes->count == 0)
        return ln_fail(LINNET_ERR_INPUT, "classes-name",
                       "%s: contains no class names; expected one name per line", path);
    return LINNET_OK;
}

int ln_classes_read(struct ln_classes *classes, const char *path, size_t most) {
    unsigned char *text;
    size_t size;
    LN_TRY(ln_file_read(path, FILE_MOST, &text, &size));
    int status = add_lines(classes, path, (const char *)text, size, most);
    ln_free(text);
    return status == LINNET_OK ? ln_classes_spell(classes, path) : status;
}

/* ---- finding ------------------------------------------------------------------------------------------ */

int ln_classes_find(const struct ln_classes *classes, struct ln_word name) {
    size_t low = 0, high = classes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct ln_word word = {classes->names[middle], strlen(classes->names[middle])};
        int order = ln_word_order(&name, &word);
        if (order == 0) return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

int ln_classes_fail_unknown(const struct ln_classes *classes, const char *base, const char *folder,
                            struct ln_word name) {
    char word[LN_TEXT_SHOWN + 1];
    snprintf(word, sizeof word, "%.*s", shown(name), name.text);
    const char *near = ln_text_nearest(word, (const char *const *)classes->names, classes->count);
    return ln_fail(LINNET_ERR_INPUT, "data-class",
                   "%s/%s: '%s' is not one of the %zu classes of the training part%s%.*s%s", base, folder,
                   word, classes->count, near ? "; did you mean '" : "", LN_TEXT_CUT(near ? near : ""),
                   near ? "'?" : "");
}
