/* The metadata of an ONNX file: Linnet's own entries, or else class names and the size of images as Ultralytics
 * writes them, names = {0: 'cat', 1: 'dog'} and imgsz = [224, 224]. */
#include "base/alloc.h"
#include "onnx/import.h"

#include <stdlib.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------------------------------------------------ */

static const char *skip(const char *c, const char *what) {
    return c + strspn(c, what);
}

/* A Python string literal at *at, with the escapes of its repr() that names have. *name is NULL if there is none. */
static int take_string(const char **at, char **name) {
    const char quote = **at;
    const char *c = *at + 1;
    struct ln_text t = {0};
    *name = NULL;
    if (quote != '\'' && quote != '"') return LINNET_OK;
    ln_text_add(&t, "");
    for (; *c && *c != quote; c++) {
        if (*c == '\\' && (c[1] == '\\' || c[1] == '\'' || c[1] == '"')) c++;
        ln_text_add_bytes(&t, c, 1);
    }
    *at = *c ? c + 1 : c;
    if (*c) return ln_text_take(&t, name);
    ln_text_fini(&t);
    return LINNET_OK;
}

/* Reads "{0: 'cat', 1: 'dog'}" or "['cat', 'dog']" into names[classes]; *fits is false if the number of names differs. */
static int parse_names(const char *text, char **names, int classes, bool *fits) {
    const char *c = skip(text, " {[");
    *fits = false;
    for (int i = 0; i < classes; i++) {
        char *end;
        if (*c >= '0' && *c <= '9') {
            if (strtol(c, &end, 10) != i) return LINNET_OK;
            c = skip(end, " :");
        }
        LN_TRY(take_string(&c, &names[i]));
        if (!names[i]) return LINNET_OK;
        c = skip(c, " ,");
    }
    *fits = *c == '}' || *c == ']';
    return LINNET_OK;
}

/* Names that cannot be read are ignored, and the classes are numbers: the network itself is usable. */
static int take_names(struct ln_model *model, const char *text) {
    char **names = ln_calloc((size_t)model->classes, sizeof *names);
    bool fits;
    if (!names) return LINNET_ERR_LIMIT;
    int status = parse_names(text, names, model->classes, &fits);
    if (status == LINNET_OK && fits) status = ln_model_name_classes(model, names, model->classes);
    for (int i = 0; i < model->classes; i++) ln_free(names[i]);
    ln_free(names);
    return status;
}

/* ---- sizes, and the whole -------------------------------------------------------------------------------------------------------------- */

int ln_onnx_noted_imgsz(const struct ln_onnx *o) {
    const char *text = ln_onnx_note(o, "imgsz");
    const long size = text ? strtol(skip(text, " [("), NULL, 10) : 0;
    return size > 0 && size <= 65536 ? (int)size : 0;
}

/* Preprocessing for another size than the graph's is refused. Scaling in the graph takes precedence over the mean
 * and std here. */
static int take_preprocess(const struct ln_onnx_import *m, struct ln_model *model, const char *text) {
    struct ln_preprocess pp = model->preprocess;
    LN_TRY(ln_metadata_preprocess_parse(m->path, text, &pp));
    const bool scaled = m->bytes || m->images.scale[0] != 1 || m->images.shift[0] != 0;
    if (scaled) {
        memcpy(pp.mean, model->preprocess.mean, sizeof pp.mean);
        memcpy(pp.std, model->preprocess.std, sizeof pp.std);
    }
    model->preprocess = pp;
    return LINNET_OK;
}

int ln_onnx_import_notes(const struct ln_onnx_import *m, struct ln_model *model) {
    const char *preprocess = ln_onnx_note(&m->o, "linnet.preprocess"),
               *classes = ln_onnx_note(&m->o, "linnet.classes"), *names = ln_onnx_note(&m->o, "names"),
               *temperature = ln_onnx_note(&m->o, "linnet.temperature"),
               *energy = ln_onnx_note(&m->o, "linnet.unknown_energy"),
               *tta = ln_onnx_note(&m->o, "linnet.tta");
    if (preprocess) LN_TRY(take_preprocess(m, model, preprocess));
    if (classes)
        LN_TRY(ln_metadata_classes_parse(m->path, classes, model));
    else if (names)
        LN_TRY(take_names(model, names));
    if (temperature) LN_TRY(ln_metadata_temperature_parse(m->path, temperature, &model->temperature));
    if (energy) LN_TRY(ln_metadata_energy_parse(m->path, energy, &model->unknown_energy));
    model->tta = tta && strcmp(tta, "flip") == 0;
    return LINNET_OK;
}
