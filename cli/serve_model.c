/* Names of the models that are served. */
#include "serve_model.h"
#include <stdio.h>
#include <string.h>

static bool is_unreserved(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80 ||
           (c && strchr("._-", c));
}

/* Copies the last component of path[0..length) without its slashes; returns the length of what precedes it. */
static size_t last_component(const char *path, size_t length, char *out, size_t size) {
    while (length && path[length - 1] == '/') length--;
    size_t begin = length;
    while (begin && path[begin - 1] != '/') begin--;
    size_t n = length - begin < size - 1 ? length - begin : size - 1;
    memcpy(out, path + begin, n);
    out[n] = 0;
    return begin;
}

static bool is_taken(const char *name, const struct serve_model *before, int count) {
    for (int i = 0; i < count; i++)
        if (!strcmp(before[i].name, name)) return true;
    return false;
}

void serve_name_of(const char *path, char out[SERVE_MODEL_NAME_MAX]) {
    static const char suffix[] = ".safetensors";
    char name[SERVE_MODEL_NAME_MAX - 8], folder[SERVE_MODEL_NAME_MAX - 8];
    const size_t left = last_component(path, strlen(path), name, sizeof name);
    char *dot = strstr(name, suffix);
    if (dot && !dot[sizeof suffix - 1]) *dot = 0;
    if (!strcmp(name, "best") || !strcmp(name, "last")) { /* of a run folder */
        last_component(path, left, folder, sizeof folder);
        if (*folder && strcmp(folder, ".") != 0) memcpy(name, folder, sizeof name);
    }
    for (char *c = name; *c; c++)
        if (!is_unreserved((unsigned char)*c)) *c = '_';
    if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) strcpy(name, "model");
    snprintf(out, SERVE_MODEL_NAME_MAX, "%s", name);
}

void serve_model_name(struct serve_model *model, const char *path, const struct serve_model *before,
                      int count) {
    char name[SERVE_MODEL_NAME_MAX];
    serve_name_of(path, name);
    snprintf(model->name, sizeof model->name, "%s", name);
    for (int i = 2; is_taken(model->name, before, count); i++)
        snprintf(model->name, sizeof model->name, "%.*s-%d", SERVE_MODEL_NAME_MAX - 13, name, i);
}
