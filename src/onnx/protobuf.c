/* Reads protobuf's wire format: see protobuf.h. */
#include "onnx/protobuf.h"

#include "base/bytes.h"
#include <inttypes.h>
#include <string.h>

enum { WIRE_BITS = 3 };

struct ln_pb ln_pb_begin(struct ln_pb_reader *reader, const struct ln_file *file, const char *name) {
    reader->file = file;
    reader->begin = reader->end = 0;
    return (struct ln_pb){.reader = reader, .at = 0, .end = file->size, .name = name};
}

static int refuse(const struct ln_pb *pb, uint64_t at, const char *what) {
    return ln_fail(LINNET_ERR_INPUT, "onnx-protobuf", "%s: byte %" PRIu64 ": %s: %s", pb->reader->file->path,
                   at, pb->name, what);
}

static int byte_at(struct ln_pb_reader *r, uint64_t at, unsigned char *byte) {
    if (at < r->begin || at >= r->end) {
        uint64_t left = r->file->size - at;
        size_t n = left < sizeof r->window ? (size_t)left : sizeof r->window;
        LN_TRY(ln_file_read_at(r->file, at, r->window, n));
        r->begin = at;
        r->end = at + n;
    }
    *byte = r->window[at - r->begin];
    return LINNET_OK;
}

int ln_pb_varint(struct ln_pb *pb, uint64_t *value) {
    uint64_t start = pb->at;
    *value = 0;
    for (int i = 0; i < LN_PB_VARINT_BYTES; i++) {
        unsigned char byte;
        if (pb->at == pb->end) return refuse(pb, start, "a number is cut off; is the file truncated?");
        LN_TRY(byte_at(pb->reader, pb->at++, &byte));
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) return LINNET_OK;
    }
    return refuse(pb, start, "a number of more than ten bytes");
}

int ln_pb_read(struct ln_pb *pb, void *out, size_t n) {
    if (n > pb->end - pb->at) return refuse(pb, pb->at, "a value is cut off; is the file truncated?");
    LN_TRY(ln_file_read_at(pb->reader->file, pb->at, out, n));
    pb->at += n;
    return LINNET_OK;
}

static int read_fixed(struct ln_pb *pb, size_t n, uint64_t *value) {
    unsigned char bytes[8] = {0};
    if (n > pb->end - pb->at) return refuse(pb, pb->at, "a value is cut off; is the file truncated?");
    for (size_t i = 0; i < n; i++) LN_TRY(byte_at(pb->reader, pb->at++, &bytes[i]));
    *value = ln_le64(bytes);
    return LINNET_OK;
}

static int read_length(struct ln_pb *pb, struct ln_pb_field *field) {
    uint64_t start = pb->at;
    LN_TRY(ln_pb_varint(pb, &field->size));
    if (field->size > pb->end - pb->at)
        return ln_fail(LINNET_ERR_INPUT, "onnx-protobuf",
                       "%s: byte %" PRIu64 ": %s: field %" PRIu32 " has %" PRIu64 " bytes, %" PRIu64
                       " are left; is the file truncated?",
                       pb->reader->file->path, start, pb->name, field->number, field->size, pb->end - pb->at);
    field->at = pb->at;
    pb->at += field->size;
    return LINNET_OK;
}

int ln_pb_next(struct ln_pb *pb, struct ln_pb_field *field, bool *more) {
    uint64_t key, start = pb->at;
    *more = pb->at < pb->end;
    *field = (struct ln_pb_field){0};
    if (!*more) return LINNET_OK;
    LN_TRY(ln_pb_varint(pb, &key));
    if (key >> WIRE_BITS == 0 || key >> 32) return refuse(pb, start, "an impossible field number");
    field->number = (uint32_t)(key >> WIRE_BITS);
    field->wire = (enum ln_pb_wire)(key & ((1 << WIRE_BITS) - 1));
    if (field->wire == LN_PB_VARINT) return ln_pb_varint(pb, &field->value);
    if (field->wire == LN_PB_FIXED64) return read_fixed(pb, 8, &field->value);
    if (field->wire == LN_PB_FIXED32) return read_fixed(pb, 4, &field->value);
    if (field->wire == LN_PB_BYTES) return read_length(pb, field);
    return refuse(pb, start, "a field of a type that ONNX does not use; not an ONNX file?");
}

int ln_pb_expect(const struct ln_pb *pb, const struct ln_pb_field *field, enum ln_pb_wire wire) {
    if (field->wire == wire) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "onnx-protobuf",
                   "%s: byte %" PRIu64 ": %s: field %" PRIu32 " has wire type %d, expected %d",
                   pb->reader->file->path, pb->at, pb->name, field->number, (int)field->wire, (int)wire);
}

int ln_pb_enter(const struct ln_pb *outer, const struct ln_pb_field *field, const char *name,
                struct ln_pb *inner) {
    LN_TRY(ln_pb_expect(outer, field, LN_PB_BYTES));
    *inner = (struct ln_pb){
        .reader = outer->reader, .at = field->at, .end = field->at + field->size, .name = name};
    return LINNET_OK;
}
