/* The numbers of tensors: in the file itself, or in another file of its folder ("external data", which writers use beyond
 * protobuf's 2 GB, and PyTorch's newer exporter always). */
#include "onnx/tensor.h"

#include "base/alloc.h"
#include "model/convert.h"
#include "onnx/protobuf.h"
#include "onnx/schema.h"

#include <inttypes.h>
#include <string.h>

enum { PIECE = 16384, SHOWN = 160 };

static const char *shown(const struct ln_onnx *o, const struct ln_onnx_tensor *t, char out[SHOWN]) {
    const char *name = t->name < 0 ? "a constant" : ln_onnx_name(o, t->name);
    return ln_text_printable(name, strlen(name), out, SHOWN);
}

static int refuse(const struct ln_onnx *o, const struct ln_onnx_tensor *t, const char *why) {
    char name[SHOWN];
    return ln_fail(LINNET_ERR_INPUT, "onnx-tensor", "%s: '%s': %s", o->file.path, shown(o, t, name), why);
}

static bool dtype_of(int type, enum ln_dtype *dtype) {
    static const struct {
        int type;
        enum ln_dtype dtype;
    } types[] = {{LN_ONNX_FLOAT, LN_F32},  {LN_ONNX_FLOAT16, LN_F16}, {LN_ONNX_BFLOAT16, LN_BF16},
                 {LN_ONNX_DOUBLE, LN_F64}, {LN_ONNX_INT64, LN_I64},   {LN_ONNX_INT32, LN_I32},
                 {LN_ONNX_INT16, LN_I16},  {LN_ONNX_INT8, LN_I8},     {LN_ONNX_UINT8, LN_U8},
                 {LN_ONNX_BOOL, LN_BOOL}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type) {
            *dtype = types[i].dtype;
            return true;
        }
    return false;
}

/* ---- other files ---------------------------------------------------------------------------------------------------- */

static int refuse_outside(const struct ln_onnx *o, const char *location, const char *why) {
    char name[SHOWN];
    return ln_fail(LINNET_ERR_INPUT, "onnx-external", "%s: external data '%s': %s", o->file.path,
                   ln_text_printable(location, strlen(location), name, sizeof name), why);
}

/* The real path of `location` in the model's folder. Links are resolved before the comparison: a link in the folder may lead
 * out of it, and the model file itself may be a link to the folder that holds its data. */
static int find_outside(const struct ln_onnx *o, const char *location, char **path) {
    char *model = ln_file_real_path(o->file.path), *slash = model ? strrchr(model, '/') : NULL;
    if (slash) slash[1] = '\0';
    char *joined = slash ? ln_file_join(model, location) : NULL;
    *path = joined ? ln_file_real_path(joined) : NULL;
    int status = *path ? LINNET_OK : LINNET_ERR_LIMIT;
    if (*path && (*location == '/' || strncmp(*path, model, strlen(model)) != 0))
        status = refuse_outside(o, location, "is not in the model's folder; refused");
    ln_free(model);
    ln_free(joined);
    if (status == LINNET_OK) return LINNET_OK;
    ln_free(*path);
    return status;
}

/* True if the path has a component "..". */
static bool climbs(const char *path) {
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || part[2] == '\0')) return true;
    return false;
}

static int open_outside(const struct ln_onnx *o, struct ln_onnx_outside *x, size_t location) {
    const char *name = ln_onnx_text(o, location);
    char *path;
    if (x->location && strcmp(ln_onnx_text(o, x->location), name) == 0) return LINNET_OK;
    ln_file_close(&x->file);
    *x = (struct ln_onnx_outside){0};
    if (*name == '\0' || climbs(name))
        return refuse_outside(o, name, "is not the name of a file in the model's folder; refused");
    LN_TRY(find_outside(o, name, &path));
    int status = ln_file_open(&x->file, path);
    ln_free(path);
    if (status == LINNET_OK) x->location = location;
    return status;
}

/* ---- check, read ------------------------------------------------------------------------------------------------------ */

static int check_size(const struct ln_onnx *o, struct ln_onnx_outside *x, const struct ln_onnx_tensor *t,
                      enum ln_dtype dtype) {
    char name[SHOWN], shape[96];
    size_t count, bytes;
    if (!ln_shape_count(&t->shape, &count) || !ln_size_mul(count, ln_dtype_size(dtype), &bytes))
        return refuse(o, t, "its shape is too large");
    uint64_t size = t->size;
    if (t->form == LN_ONNX_EXTERNAL) {
        LN_TRY(open_outside(o, x, t->location));
        if (size == 0) size = bytes;
        if (t->at > x->file.size || size > x->file.size - t->at)
            return refuse_outside(o, ln_onnx_text(o, t->location), "is shorter than its tensors");
    }
    if (size == bytes) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "onnx-tensor", "%s: '%s' has %" PRIu64 " bytes, %s%s needs %zu",
                   o->file.path, shown(o, t, name), size, ln_dtype_name(dtype),
                   ln_shape_text(&t->shape, shape, sizeof shape), bytes);
}

int ln_onnx_check_floats(const struct ln_onnx *o, struct ln_onnx_outside *outside,
                         const struct ln_onnx_tensor *t) {
    enum ln_dtype dtype;
    if (!dtype_of(t->type, &dtype) || !ln_convert_is_float(dtype))
        return refuse(o, t, "its type is not a floating-point type; quantised models are not supported");
    if (t->form != LN_ONNX_RAW && t->form != LN_ONNX_EXTERNAL) return refuse(o, t, "its numbers are missing");
    return check_size(o, outside, t, dtype);
}

/* Converts piece by piece; a piece is a multiple of every type's size. */
int ln_onnx_read_floats(const struct ln_onnx *o, struct ln_onnx_outside *outside,
                        const struct ln_onnx_tensor *t, float *out) {
    unsigned char piece[PIECE];
    enum ln_dtype dtype;
    size_t count;
    LN_TRY(ln_onnx_check_floats(o, outside, t));
    if (!dtype_of(t->type, &dtype) || !ln_shape_count(&t->shape, &count)) return LINNET_ERR_INTERNAL;
    const struct ln_file *file = t->form == LN_ONNX_EXTERNAL ? &outside->file : &o->file;
    const size_t size = ln_dtype_size(dtype), bytes = count * size;
    if (dtype == LN_F32) return ln_file_read_at(file, t->at, out, bytes);
    for (size_t done = 0; done < bytes;) {
        const size_t n = bytes - done < sizeof piece ? bytes - done : sizeof piece;
        LN_TRY(ln_file_read_at(file, t->at + done, piece, n));
        ln_convert_to_f32(dtype, piece, n / size, out + done / size);
        done += n;
    }
    return LINNET_OK;
}

static int read_varints(const struct ln_onnx *o, const struct ln_onnx_tensor *t, size_t count, double *out) {
    struct ln_pb_reader *reader = ln_alloc(sizeof *reader);
    if (!reader) return LINNET_ERR_LIMIT;
    struct ln_pb pb = ln_pb_begin(reader, &o->file, "integers");
    int status = LINNET_OK;
    pb.at = t->at;
    pb.end = t->at + t->size;
    for (size_t i = 0; i < count && status == LINNET_OK; i++) {
        uint64_t bits;
        status = ln_pb_varint(&pb, &bits);
        if (status == LINNET_OK) out[i] = (double)(int64_t)bits;
    }
    ln_free(reader);
    return status;
}

static double number_at(enum ln_dtype dtype, const unsigned char *at) {
    int64_t wide;
    double real;
    float single;
    if (dtype == LN_F64) {
        memcpy(&real, at, sizeof real);
        return real;
    }
    if (dtype == LN_I64) {
        memcpy(&wide, at, sizeof wide);
        return (double)wide;
    }
    ln_convert_to_f32(dtype, at, 1, &single);
    return (double)single;
}

int ln_onnx_read_few(const struct ln_onnx *o, const struct ln_onnx_tensor *t, size_t most, double *out,
                     size_t *count) {
    unsigned char bytes[8];
    enum ln_dtype dtype;
    if (!dtype_of(t->type, &dtype)) return refuse(o, t, "its type is not supported");
    if (!ln_shape_count(&t->shape, count) || *count > most)
        return refuse(o, t, "it holds more numbers than its use permits");
    if (t->form == LN_ONNX_VARINTS) return read_varints(o, t, *count, out);
    const size_t size = ln_dtype_size(dtype);
    if (t->form != LN_ONNX_RAW || t->size != *count * size)
        return refuse(o, t, "its numbers do not fit its shape");
    for (size_t i = 0; i < *count; i++) {
        LN_TRY(ln_file_read_at(&o->file, t->at + i * size, bytes, size));
        out[i] = number_at(dtype, bytes);
    }
    return LINNET_OK;
}
