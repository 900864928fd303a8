/* The tables of an ONNX file: look-ups, and releasing the memory. */
#include "onnx/graph.h"

#include "base/alloc.h"

#include <string.h>

void ln_onnx_close(struct ln_onnx *o) {
    struct ln_onnx_list *const lists[] = {&o->nodes, &o->attributes, &o->tensors, &o->inputs,  &o->outputs,
                                          &o->notes, &o->ins,        &o->outs,    &o->numbers, &o->names};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) ln_free(lists[i]->items);
    ln_text_fini(&o->text);
    ln_file_close(&o->file);
    *o = (struct ln_onnx){0};
}

int ln_onnx_in(const struct ln_onnx *o, const struct ln_onnx_node *node, size_t k) {
    return k < node->ins ? ((const int *)o->ins.items)[node->first_in + k] : -1;
}

int ln_onnx_out(const struct ln_onnx *o, const struct ln_onnx_node *node, size_t k) {
    return k < node->outs ? ((const int *)o->outs.items)[node->first_out + k] : -1;
}

const struct ln_onnx_attribute *ln_onnx_attribute(const struct ln_onnx *o, const struct ln_onnx_node *node,
                                                  const char *name) {
    const struct ln_onnx_attribute *a = o->attributes.items;
    for (size_t i = node->first_attribute; i < node->first_attribute + node->attributes; i++)
        if (strcmp(ln_onnx_text(o, a[i].name), name) == 0) return &a[i];
    return NULL;
}

const char *ln_onnx_note(const struct ln_onnx *o, const char *key) {
    const struct ln_onnx_note *notes = o->notes.items;
    for (size_t i = 0; i < o->notes.count; i++)
        if (strcmp(ln_onnx_text(o, notes[i].key), key) == 0) return ln_onnx_text(o, notes[i].value);
    return NULL;
}
