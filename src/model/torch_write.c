/* A state_dict as torch.save writes it since PyTorch 1.6: a zip of stored files,
 *
 *     archive/data.pkl      a pickle of OrderedDict({name: tensor, ...}); a tensor names its storage by a key
 *     archive/byteorder     little
 *     archive/data/0 ...    the bytes of each storage, at a multiple of 64 bytes
 *     archive/version       3
 *
 * with the opcodes and globals that torch.load(weights_only=True) permits. Zip: PKWARE, APPNOTE.TXT 6.3.10, 4.3; the padding
 * of an entry is an extra field "FB", as PyTorch writes it. */
#include "model/weights_save.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { ALIGN = 64, LOCAL_BYTES = 30, EXTRA_BYTES = 4, NAME_MAX_BYTES = 48, VERSION_NEEDED = 20 };
#define LOCAL_SIGNATURE   0x04034b50U
#define CENTRAL_SIGNATURE 0x02014b50U
#define END_SIGNATURE     0x06054b50U
#define ZIP_MAX           ((uint64_t)UINT32_MAX - (1 << 20)) /* bytes before the directory, without zip64 */
#define ZIP_ENTRIES_MAX   65000

/* ---- the pickle (Python's pickletools, protocol 2) ----------------------------------------------------------- */

static void put_u32(struct ln_text *t, uint32_t value) {
    ln_text_add_bytes(t, &value, sizeof value); /* little-endian, asserted in safetensors.c */
}

static void put_u16(struct ln_text *t, uint32_t value) {
    const uint16_t half = (uint16_t)value;
    ln_text_add_bytes(t, &half, sizeof half);
}

static void put_string(struct ln_text *t, const char *s) {
    ln_text_add(t, "X");
    put_u32(t, (uint32_t)strlen(s));
    ln_text_add(t, s);
}

static void put_int(struct ln_text *t, int64_t value) {
    ln_text_add(t, "J");
    put_u32(t, (uint32_t)value);
}

/* The strides of a plain tensor, or its sizes. */
static void put_tuple(struct ln_text *t, const struct ln_shape *shape, bool strides) {
    ln_text_add(t, "(");
    for (int i = 0; i < shape->rank; i++) {
        int64_t value = strides ? 1 : shape->dim[i];
        for (int j = i + 1; strides && j < shape->rank; j++) value *= shape->dim[j];
        put_int(t, value);
    }
    ln_text_add(t, "t");
}

/* _rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict()). The storage is a persistent id. */
static void put_tensor(struct ln_text *t, const struct ln_net_param *p, size_t key, size_t count) {
    char number[24];
    snprintf(number, sizeof number, "%zu", key);
    ln_text_add(t, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_string(t, "storage");
    ln_text_addf(t, "ctorch\n%s\n", p->spec.dtype == LN_I64 ? "LongStorage" : "FloatStorage");
    put_string(t, number);
    put_string(t, "cpu");
    put_int(t, (int64_t)count);
    ln_text_add(t, "tQ");
    put_int(t, 0);
    put_tuple(t, &p->spec.shape, false);
    put_tuple(t, &p->spec.shape, true);
    ln_text_add(t, "\x89"
                   "ccollections\nOrderedDict\n)RtR");
}

static struct ln_text pickle_of(const struct ln_net *net) {
    struct ln_text t = {0};
    ln_text_add(&t, "\x80\x02"
                    "ccollections\nOrderedDict\n)R(");
    for (size_t i = 0; i < net->param_count; i++) {
        put_string(&t, net->params[i].name);
        put_tensor(&t, &net->params[i], i, ln_net_param_size(net, i));
    }
    ln_text_add(&t, "u.");
    return t;
}

/* ---- the zip ---------------------------------------------------------------------------------------------- */

struct zip {
    struct ln_file_writer out;
    struct ln_text directory;
    uint64_t at;
    uint32_t entries;
};

/* What both headers of an entry have: version, flags (UTF-8 names), method 0 (stored), date 1980-01-01, sizes. */
static void put_common(struct ln_text *t, uint32_t crc, uint32_t size, size_t name, size_t extra) {
    put_u16(t, VERSION_NEEDED);
    put_u16(t, 1 << 11);
    put_u16(t, 0);
    put_u16(t, 0);
    put_u16(t, 1 << 5 | 1);
    put_u32(t, crc);
    put_u32(t, size);
    put_u32(t, size);
    put_u16(t, (uint32_t)name);
    put_u16(t, (uint32_t)extra);
}

static void put_directory(struct zip *z, const char *name, uint32_t crc, uint32_t size) {
    struct ln_text *t = &z->directory;
    put_u32(t, CENTRAL_SIGNATURE);
    put_u16(t, VERSION_NEEDED);
    put_common(t, crc, size, strlen(name), 0);
    put_u16(t, 0); /* comment */
    put_u16(t, 0); /* disk */
    put_u16(t, 0); /* attributes */
    put_u32(t, 0);
    put_u32(t, (uint32_t)z->at);
    ln_text_add(t, name);
}

static struct ln_text local_header(const struct zip *z, const char *name, uint32_t crc, uint32_t size) {
    static const char zeros[ALIGN];
    struct ln_text t = {0};
    const size_t before = (size_t)z->at + LOCAL_BYTES + strlen(name) + EXTRA_BYTES;
    const size_t padding = ln_size_align(before, ALIGN) - before;
    put_u32(&t, LOCAL_SIGNATURE);
    put_common(&t, crc, size, strlen(name), EXTRA_BYTES + padding);
    ln_text_add(&t, name);
    ln_text_add(&t, "FB");
    put_u16(&t, (uint32_t)padding);
    ln_text_add_bytes(&t, zeros, padding);
    return t;
}

static int write_entry(struct zip *z, const char *name, const void *data, size_t size) {
    const uint32_t crc = (uint32_t)crc32_z(0, data, size);
    if (z->at + size > ZIP_MAX || z->entries == ZIP_ENTRIES_MAX)
        return ln_fail(LINNET_ERR_LIMIT, "pth-size",
                       "%s: more than 4 GB or 65000 tensors; save it as .safetensors", z->out.path);
    struct ln_text header = local_header(z, name, crc, (uint32_t)size);
    put_directory(z, name, crc, (uint32_t)size);
    int status = header.failed ? ln_fail_memory(header.capacity)
                               : ln_file_writer_write(&z->out, header.data, header.length);
    if (status == LINNET_OK) status = ln_file_writer_write(&z->out, data, size);
    z->at += header.length + size;
    z->entries++;
    ln_text_fini(&header);
    return status;
}

static int write_end(struct zip *z) {
    struct ln_text *t = &z->directory;
    const uint32_t size = (uint32_t)t->length;
    put_u32(t, END_SIGNATURE);
    put_u32(t, 0); /* disks */
    put_u16(t, z->entries);
    put_u16(t, z->entries);
    put_u32(t, size);
    put_u32(t, (uint32_t)z->at);
    put_u16(t, 0); /* comment */
    return t->failed ? ln_fail_memory(t->capacity) : ln_file_writer_write(&z->out, t->data, t->length);
}

static int write_contents(struct zip *z, const struct ln_model *model, const char *path) {
    struct ln_text pickle = pickle_of(model->net);
    int status = pickle.failed ? ln_fail_memory(pickle.capacity)
                               : write_entry(z, "archive/data.pkl", pickle.data, pickle.length);
    ln_text_fini(&pickle);
    if (status == LINNET_OK) status = write_entry(z, "archive/byteorder", "little", 6);
    for (size_t i = 0; i < model->net->param_count && status == LINNET_OK; i++) {
        char name[NAME_MAX_BYTES];
        struct ln_weights_bytes bytes;
        snprintf(name, sizeof name, "archive/data/%zu", i);
        status = ln_weights_bytes(model, i, path, &bytes);
        if (status == LINNET_OK) status = write_entry(z, name, bytes.data, bytes.size);
    }
    if (status == LINNET_OK) status = write_entry(z, "archive/version", "3\n", 2);
    return status == LINNET_OK ? write_end(z) : status;
}

int ln_weights_save_pth(const struct ln_model *model, const char *path) {
    struct zip z = {0};
    LN_TRY(ln_file_writer_begin(&z.out, path, 0));
    int status = write_contents(&z, model, path);
    if (status == LINNET_OK) status = ln_file_writer_commit(&z.out);
    if (status != LINNET_OK) ln_file_writer_abort(&z.out);
    ln_text_fini(&z.directory);
    return status;
}
