/* The part of protobuf's wire format (protobuf.dev/programming-guides/encoding) that ONNX files use.
 *
 * A message is a sequence of fields. A field is a key (number << 3 | wire type) and a value: a varint, 4 bytes, 8
 * bytes, or a length and that many bytes, which are a string, packed numbers or another message. A varint has seven
 * bits a byte, the lowest first; the eighth bit is set in all bytes but the last.
 *
 * The reader works on positions in a file through a small window, and never on a copy of a message: a field of bytes is
 * only a position and a length, so a tensor of 400 MB costs nothing until its numbers are read. Each byte is visited at
 * most once for each enclosing message. The callers enter a fixed set of messages and never recurse, so no file can
 * nest deeper than that.
 */
#ifndef LN_ONNX_PROTOBUF_H
#define LN_ONNX_PROTOBUF_H

#include "base/file.h"
#include "base/text.h"

/* ---- reading --------------------------------------------------------------------------------------------- */

enum { LN_PB_WINDOW = 1 << 14, LN_PB_VARINT_BYTES = 10 };

struct ln_pb_reader {
    const struct ln_file *file; /* borrowed */
    uint64_t begin, end;        /* the part of the file that lies in the window */
    unsigned char window[LN_PB_WINDOW];
};

/* A message: bytes [at, end) of the file are yet to be read. */
struct ln_pb {
    struct ln_pb_reader *reader;
    uint64_t at, end;
    const char *name; /* "NodeProto", for messages */
};

enum ln_pb_wire { LN_PB_VARINT = 0, LN_PB_FIXED64 = 1, LN_PB_BYTES = 2, LN_PB_FIXED32 = 5 };

struct ln_pb_field {
    uint32_t number;
    enum ln_pb_wire wire;
    uint64_t value;    /* of a number */
    uint64_t at, size; /* of bytes: where they lie in the file */
};

/* The whole file as a message. */
struct ln_pb ln_pb_begin(struct ln_pb_reader *reader, const struct ln_file *file, const char *name);
/* The next field into *field; *more is false at the end of the message. LINNET_ERR_INPUT "onnx-protobuf" for a varint of
 * more than ten bytes, a field that reaches beyond its message, and groups. */
LN_MUST_CHECK int ln_pb_next(struct ln_pb *pb, struct ln_pb_field *field, bool *more);
/* The message in a field of bytes; refuses a field of another type. */
LN_MUST_CHECK int ln_pb_enter(const struct ln_pb *outer, const struct ln_pb_field *field, const char *name,
                              struct ln_pb *inner);
/* Refuses a field with an unexpected wire type. */
LN_MUST_CHECK int ln_pb_expect(const struct ln_pb *pb, const struct ln_pb_field *field, enum ln_pb_wire wire);
/* The next varint of packed numbers: *pb is a field that was entered. */
LN_MUST_CHECK int ln_pb_varint(struct ln_pb *pb, uint64_t *value);
/* The next n bytes. */
LN_MUST_CHECK int ln_pb_read(struct ln_pb *pb, void *out, size_t n);

/* ---- writing --------------------------------------------------------------------------------------------- */

/* Fields are appended to a text. A message is written into a text of its own, then appended as bytes. */
void ln_pb_put_varint(struct ln_text *out, uint32_t number, uint64_t value);
void ln_pb_put_float(struct ln_text *out, uint32_t number, float value);
void ln_pb_put_bytes(struct ln_text *out, uint32_t number, const void *bytes, size_t size);
void ln_pb_put_string(struct ln_text *out, uint32_t number, const char *string);
/* Appends `inner` as a field and releases it; a failure of inner becomes one of out. */
void ln_pb_put_message(struct ln_text *out, uint32_t number, struct ln_text *inner);
/* The key and length of a field of bytes; the caller writes the bytes after them. */
void ln_pb_put_length(struct ln_text *out, uint32_t number, uint64_t size);
/* The size of that key and length, in bytes. */
size_t ln_pb_length_bytes(uint32_t number, uint64_t size);

#endif
