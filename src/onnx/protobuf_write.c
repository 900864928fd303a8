/* Writes protobuf's wire format: see protobuf.h. */
#include "onnx/protobuf.h"

#include <string.h>

enum { WIRE_BITS = 3 };

static size_t varint_encode(uint64_t value, unsigned char out[LN_PB_VARINT_BYTES]) {
    size_t n = 0;
    for (; value >= 0x80; value >>= 7) out[n++] = (unsigned char)(value | 0x80);
    out[n++] = (unsigned char)value;
    return n;
}

static void add_varint(struct ln_text *out, uint64_t value) {
    unsigned char bytes[LN_PB_VARINT_BYTES];
    ln_text_add_bytes(out, bytes, varint_encode(value, bytes));
}

static uint64_t key_of(uint32_t number, enum ln_pb_wire wire) {
    return (uint64_t)number << WIRE_BITS | wire;
}

void ln_pb_put_varint(struct ln_text *out, uint32_t number, uint64_t value) {
    add_varint(out, key_of(number, LN_PB_VARINT));
    add_varint(out, value);
}

void ln_pb_put_float(struct ln_text *out, uint32_t number, float value) {
    add_varint(out, key_of(number, LN_PB_FIXED32));
    ln_text_add_bytes(out, &value, sizeof value); /* little-endian, asserted in model/safetensors.c */
}

void ln_pb_put_length(struct ln_text *out, uint32_t number, uint64_t size) {
    add_varint(out, key_of(number, LN_PB_BYTES));
    add_varint(out, size);
}

size_t ln_pb_length_bytes(uint32_t number, uint64_t size) {
    unsigned char bytes[LN_PB_VARINT_BYTES];
    return varint_encode(key_of(number, LN_PB_BYTES), bytes) + varint_encode(size, bytes);
}

void ln_pb_put_bytes(struct ln_text *out, uint32_t number, const void *bytes, size_t size) {
    ln_pb_put_length(out, number, size);
    ln_text_add_bytes(out, bytes, size);
}

void ln_pb_put_string(struct ln_text *out, uint32_t number, const char *string) {
    ln_pb_put_bytes(out, number, string, strlen(string));
}

void ln_pb_put_message(struct ln_text *out, uint32_t number, struct ln_text *inner) {
    if (inner->failed)
        out->failed = true;
    else
        ln_pb_put_bytes(out, number, inner->data, inner->length);
    ln_text_fini(inner);
}
