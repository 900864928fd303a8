/* One interface to all file formats that hold a state_dict. Callers look up names and read floats; only this file
 * knows whether a tensor is a view of a storage in a zip or a range of a safetensors file. */
#include "model/state_dict.h"
#include "base/alloc.h"
#include "base/text.h"
#include "model/convert.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

enum { ST_LENGTH = 8 };

/* safetensors has no magic number; the file begins with eight bytes of length, then JSON. A damaged file
 * whose name ends in .safetensors is opened as such, so that the message is about its damage and not about
 * PyTorch. */
static int is_safetensors(const char *path, bool *yes) {
    struct ln_file file;
    enum ln_pth_form form;
    char first = 0;
    LN_TRY(ln_file_open(&file, path));
    int status = ln_pth_sniff(&file, &form);
    if (status == LINNET_OK && file.size > ST_LENGTH) status = ln_file_read_at(&file, ST_LENGTH, &first, 1);
    ln_file_close(&file);
    *yes = status == LINNET_OK && form == LN_PTH_NONE && (first == '{' || ln_text_ends(path, ".safetensors"));
    return status;
}

static int by_name(const void *left, const void *right) {
    const struct ln_state_tensor *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static int list(struct ln_state *s) {
    size_t count = s->is_pth ? s->pth.count : s->st.count;
    s->tensors = ln_calloc(count, sizeof *s->tensors);
    if (!s->tensors) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < count; i++) {
        const char *name = s->is_pth ? s->pth.tensors[i].name : s->st.tensors[i].name;
        if (!s->is_pth && ln_text_starts(name, LN_MODEL_BESIDE)) continue;
        if (strcmp(name, "n_averaged") == 0) continue; /* a counter of torch.optim.swa_utils.AveragedModel */
        s->tensors[s->count++] = (struct ln_state_tensor){
            .name = name, .shape = s->is_pth ? s->pth.tensors[i].shape : s->st.tensors[i].shape, .number = i};
    }
    if (s->count) qsort(s->tensors, s->count, sizeof *s->tensors, by_name);
    return LINNET_OK;
}

int ln_state_open(struct ln_state *s, const char *path) {
    bool safetensors;
    *s = (struct ln_state){0};
    LN_TRY(is_safetensors(path, &safetensors));
    s->is_pth = !safetensors;
    LN_TRY(safetensors ? ln_st_open(&s->st, path) : ln_pth_open(&s->pth, path));
    int status = list(s);
    if (status != LINNET_OK) ln_state_close(s);
    return status;
}

void ln_state_close(struct ln_state *s) {
    ln_free(s->tensors);
    ln_st_close(&s->st);
    ln_pth_close(&s->pth);
    *s = (struct ln_state){0};
}

static bool all_begin(const struct ln_state *s, const char *prefix) {
    for (size_t i = 0; i < s->count; i++)
        if (!ln_text_starts(s->tensors[i].name, prefix)) return false;
    return s->count > 0;
}

/* Wrappers may be nested ("module._orig_mod.conv1.weight"), in any order, so the search begins again after
 * each one that was removed. Every name must have the prefix: a network with a layer called "model" keeps its
 * names. Each round shortens the names, so it ends. */
void ln_state_unwrap(struct ln_state *s, const char *name) {
    static const char *const wraps[] = {"module.", "_orig_mod.", "model."};
    for (size_t i = 0; i < sizeof wraps / sizeof *wraps;) {
        if (ln_state_find(s, name)) return;
        if (!all_begin(s, wraps[i])) {
            i++;
            continue;
        }
        for (size_t j = 0; j < s->count; j++) s->tensors[j].name += strlen(wraps[i]);
        i = 0;
    }
}

static int name_order(const void *name, const void *tensor) {
    return strcmp(name, ((const struct ln_state_tensor *)tensor)->name);
}

const struct ln_state_tensor *ln_state_find(const struct ln_state *s, const char *name) {
    return s->count ? bsearch(name, s->tensors, s->count, sizeof *s->tensors, name_order) : NULL;
}

/* Accepts integers too, as PyTorch's copy_() does. */
static int read_safetensors(const struct ln_st_file *st, const struct ln_st_tensor *t, float *out) {
    if (ln_convert_is_float(t->dtype)) return ln_st_read_f32(st, t, out);
    unsigned char *bytes = ln_alloc(t->bytes);
    if (!bytes) return LINNET_ERR_LIMIT;
    int status = ln_st_read(st, t, bytes);
    if (status == LINNET_OK) ln_convert_to_f32(t->dtype, bytes, t->bytes / ln_dtype_size(t->dtype), out);
    ln_free(bytes);
    return status;
}

int ln_state_read_f32(struct ln_state *s, const struct ln_state_tensor *tensor, float *out) {
    return s->is_pth ? ln_pth_read_f32(&s->pth, &s->pth.tensors[tensor->number], out)
                     : read_safetensors(&s->st, &s->st.tensors[tensor->number], out);
}

const char *ln_state_path(const struct ln_state *s) {
    return s->is_pth ? s->pth.file.path : s->st.file.path;
}
