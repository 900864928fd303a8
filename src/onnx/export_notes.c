/* The metadata of an exported file, ModelProto.metadata_props.
 *
 *   linnet.arch, .classes, .preprocess, .temperature, .unknown_energy, .tta   as in a model file (model/model.h)
 *   task, names, imgsz, channels, stride, batch                               as Ultralytics writes them
 *   mean, std, resize, interpolation                                          in plain words
 *
 * names is a Python dict, {0: 'cat', 1: 'dog'}: its readers evaluate it as such. */
#include "base/alloc.h"
#include "onnx/export.h"

#include <math.h>
#include <string.h>

static void note(struct ln_onnx_export *x, const char *key, const char *value) {
    ln_onnx_write_metadata(&x->writer, key, value);
}

/* Releases the text. */
static void note_text(struct ln_onnx_export *x, const char *key, struct ln_text *text) {
    if (text->failed)
        x->writer.head.failed = true;
    else
        note(x, key, text->data);
    ln_text_fini(text);
}

static int note_taken(struct ln_onnx_export *x, const char *key, char *value) {
    note(x, key, value);
    ln_free(value);
    return LINNET_OK;
}

/* A Python string: quotes, backslashes and control characters are escaped. */
static void add_python(struct ln_text *t, const char *name) {
    ln_text_add(t, "'");
    for (const char *c = name; *c; c++) {
        if (*c == '\'' || *c == '\\')
            ln_text_addf(t, "\\%c", *c);
        else if ((unsigned char)*c < ' ')
            ln_text_addf(t, "\\x%02x", (unsigned)(unsigned char)*c);
        else
            ln_text_add_bytes(t, c, 1);
    }
    ln_text_add(t, "'");
}

static void note_names(struct ln_onnx_export *x) {
    struct ln_text t = {0};
    for (int i = 0; i < x->model->classes; i++) {
        ln_text_addf(&t, "%s%d: ", i ? ", " : "{", i);
        add_python(&t, x->model->class_names[i]);
    }
    ln_text_add(&t, "}");
    note_text(x, "names", &t);
}

static void note_floats(struct ln_onnx_export *x, const char *key, const float *values) {
    struct ln_text t = {0};
    for (int i = 0; i < x->model->preprocess.channels; i++)
        ln_text_addf(&t, "%s%.9g", i ? ", " : "[", (double)values[i]);
    ln_text_add(&t, "]");
    note_text(x, key, &t);
}

static void note_plain(struct ln_onnx_export *x) {
    const struct ln_preprocess *pp = &x->model->preprocess;
    struct ln_text imgsz = {0}, channels = {0}, resize = {0};
    ln_text_addf(&imgsz, "[%d, %d]", pp->height, pp->width);
    ln_text_addf(&channels, "%d", pp->channels);
    if (pp->resize)
        ln_text_addf(&resize, "shorter side to %d, then the centre of %dx%d", pp->resize, pp->height,
                     pp->width);
    else
        ln_text_addf(&resize, "to %dx%d", pp->height, pp->width);
    note(x, "task", "classify");
    note_names(x);
    note_text(x, "imgsz", &imgsz);
    note_text(x, "channels", &channels);
    note(x, "stride", "1");
    note(x, "batch", "1");
    note_floats(x, "mean", pp->mean);
    note_floats(x, "std", pp->std);
    note_text(x, "resize", &resize);
    note(x, "interpolation", pp->interpolation == LN_BICUBIC ? "bicubic" : "bilinear");
}

static void note_real(struct ln_onnx_export *x, const char *key, double value) {
    struct ln_text t = {0};
    ln_text_add_real(&t, value);
    note_text(x, key, &t);
}

int ln_onnx_export_notes(struct ln_onnx_export *x) {
    const struct ln_model *m = x->model;
    char *text;
    note(x, "linnet.arch", m->arch);
    LN_TRY(ln_metadata_classes_print(m, &text));
    LN_TRY(note_taken(x, "linnet.classes", text));
    LN_TRY(ln_metadata_preprocess_print(&m->preprocess, &text));
    LN_TRY(note_taken(x, "linnet.preprocess", text));
    if (m->temperature != 1) note_real(x, "linnet.temperature", m->temperature);
    if (isfinite(m->unknown_energy)) note_real(x, "linnet.unknown_energy", m->unknown_energy);
    if (m->tta) note(x, "linnet.tta", "flip");
    note_plain(x);
    return LINNET_OK;
}
