/* Opens a .pth, finds and reads its tensors.
 *
 * Most tensors are stored in plain order and are read straight into their floats. A transposed or sliced
 * tensor is a view with other strides; its elements are gathered (read_strided).
 */
#include "model/torch_pth.h"
#include "base/alloc.h"
#include "base/text.h"
#include "model/convert.h"
#include "model/torch_objects.h"
#include "model/zip.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are read without byte swapping, so the machine must be little-endian");

/* The start of a stream: PROTO 2, LONG1 with 10 bytes, and the first two of those. */
static const unsigned char stream_begin[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc};
enum { TAR_MAGIC = 257, HEAD = TAR_MAGIC + 5 };

int ln_pth_sniff(const struct ln_file *file, enum ln_pth_form *form) {
    unsigned char head[HEAD] = {0};
    LN_TRY(ln_file_read_at(file, 0, head, file->size < HEAD ? (size_t)file->size : HEAD));
    *form = memcmp(head, "PK\3\4", 4) == 0                         ? LN_PTH_ZIP
            : memcmp(head, stream_begin, sizeof stream_begin) == 0 ? LN_PTH_STREAM
            : memcmp(head + TAR_MAGIC, "ustar", 5) == 0            ? LN_PTH_TAR
                                                                   : LN_PTH_NONE;
    return LINNET_OK;
}

/* A file that is in none of the forms may still be a pickle. It is parsed, so that the message can name the
 * code that it would have run, which is what its receiver needs to know. The first bytes of pickles: protocol
 * 2 and later, a global, a mark. */
static int unknown_read(struct ln_pth *pth) {
    struct ln_pickle pickle;
    unsigned char first = 0;
    if (pth->file.size) LN_TRY(ln_file_read_at(&pth->file, 0, &first, 1));
    if (first == 0x80 || first == 'c' || first == '(') {
        struct ln_pickle_opts opts = {.place = "", .end = pth->file.size, .globals = ln_torch_globals()};
        LN_TRY(ln_pickle_read(&pickle, &pth->file, &opts));
        ln_pickle_fini(&pickle);
    }
    return ln_fail(LINNET_ERR_INPUT, "pth-form",
                   "%s: not a file written by torch.save: neither zip, stream nor tar", pth->file.path);
}

static int contents_read(struct ln_pth *pth) {
    enum ln_pth_form form;
    LN_TRY(ln_pth_sniff(&pth->file, &form));
    switch (form) {
    case LN_PTH_ZIP: return ln_torch_zip_read(pth);
    case LN_PTH_STREAM: return ln_torch_stream_read(pth);
    case LN_PTH_TAR: return ln_torch_tar_read(pth);
    case LN_PTH_NONE: break;
    }
    return unknown_read(pth);
}

int ln_pth_open(struct ln_pth *pth, const char *path) {
    *pth = (struct ln_pth){0};
    LN_TRY(ln_file_open(&pth->file, path));
    int status = contents_read(pth);
    if (status != LINNET_OK) ln_pth_close(pth);
    return status;
}

void ln_pth_close(struct ln_pth *pth) {
    for (size_t i = 0; i < pth->record_count; i++) ln_free(pth->records[i].key);
    for (size_t i = 0; i < pth->count; i++) ln_free(pth->tensors[i].name);
    ln_free(pth->records);
    ln_free(pth->tensors);
    ln_file_close(&pth->file);
    *pth = (struct ln_pth){0};
}

static int name_order(const void *name, const void *tensor) {
    return strcmp(name, ((const struct ln_pth_tensor *)tensor)->name);
}

const struct ln_pth_tensor *ln_pth_find(const struct ln_pth *pth, const char *name) {
    if (pth->count == 0) return NULL;
    return bsearch(name, pth->tensors, pth->count, sizeof *pth->tensors, name_order);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

/* Checked once for each storage, before its first read, and not when the file is opened: a checkpoint's
 * larger part, the optimiser's state, is never read. */
static int record_check(const struct ln_pth *pth, struct ln_pth_record *record) {
    char key[LN_TORCH_SHOWN];
    uint32_t crc;
    if (record->crc == 0) return LINNET_OK;
    LN_TRY(ln_zip_crc(&pth->file, record->offset, record->bytes, &crc));
    if (crc != record->crc)
        return ln_fail(LINNET_ERR_INPUT, "pth-zip-crc",
                       "%s: storage '%s': CRC-32 is %08" PRIx32 ", expected %08" PRIx32
                       "; the file is damaged",
                       pth->file.path, ln_text_printable(record->key, strlen(record->key), key, sizeof key),
                       crc, record->crc);
    record->crc = 0;
    return LINNET_OK;
}

/* Reads `count` consecutive elements from element `first` on. */
static int read_run(const struct ln_pth *pth, const struct ln_pth_tensor *t, uint64_t first, size_t count,
                    float *out) {
    unsigned char piece[65536];
    size_t item = ln_dtype_size(t->dtype), most = sizeof piece / item;
    uint64_t offset = pth->records[t->record].offset + first * item;
    if (t->dtype == LN_F32) return ln_file_read_at(&pth->file, offset, out, count * item);
    for (size_t done = 0; done < count;) {
        size_t n = count - done < most ? count - done : most;
        LN_TRY(ln_file_read_at(&pth->file, offset + done * item, piece, n * item));
        ln_convert_to_f32(t->dtype, piece, n, out + done);
        done += n;
    }
    return LINNET_OK;
}

/* Visits the elements of a view in plain order. */
struct walk {
    int64_t index[LN_RANK_MAX];
    int64_t at; /* offset of the current element from the view's first */
};

/* As an odometer: the last index is incremented first, and each index that reaches its end gives way to the
 * one before it. */
static void walk_next(struct walk *w, const struct ln_pth_tensor *t) {
    for (int i = t->shape.rank; i-- > 0;) {
        w->at += t->stride[i];
        if (++w->index[i] < t->shape.dim[i]) return;
        w->at -= t->stride[i] * t->shape.dim[i];
        w->index[i] = 0;
    }
}

/* Reads each element on its own. */
static int read_sparse(const struct ln_pth *pth, const struct ln_pth_tensor *t, size_t count, float *out) {
    struct walk w = {0};
    for (size_t n = 0; n < count; n++) {
        LN_TRY(read_run(pth, t, t->first + (uint64_t)w.at, 1, out + n));
        walk_next(&w, t);
    }
    return LINNET_OK;
}

/* Reads the range of the storage that the view spans, then gathers the elements from memory. */
static int read_dense(const struct ln_pth *pth, const struct ln_pth_tensor *t, size_t span, size_t count,
                      float *out) {
    struct walk w = {0};
    float *numbers = ln_realloc_array(NULL, span, sizeof *numbers);
    if (!numbers) return LINNET_ERR_LIMIT;
    int status = read_run(pth, t, t->first, span, numbers);
    for (size_t n = 0; n < count && status == LINNET_OK; n++) {
        out[n] = numbers[w.at];
        walk_next(&w, t);
    }
    ln_free(numbers);
    return status;
}

/* A few elements can span a whole storage, and many tensors can share one storage, so the bytes read must
 * stay in proportion to the elements. Below one element in SPARSE, a read per element is cheaper than the
 * span. */
static int read_strided(const struct ln_pth *pth, const struct ln_pth_tensor *t, size_t count, float *out) {
    enum { SPARSE = 256 };
    size_t span = 1;
    for (int i = 0; i < t->shape.rank; i++) span += (size_t)(t->shape.dim[i] - 1) * (size_t)t->stride[i];
    return span / SPARSE > count ? read_sparse(pth, t, count, out) : read_dense(pth, t, span, count, out);
}

int ln_pth_read_f32(struct ln_pth *pth, const struct ln_pth_tensor *t, float *out) {
    size_t count = 0;
    LN_TRY(record_check(pth, &pth->records[t->record]));
    if (!ln_shape_count(&t->shape, &count) || count == 0) return LINNET_OK;
    if (ln_torch_is_contiguous(t)) return read_run(pth, t, t->first, count, out);
    return read_strided(pth, t, count, out);
}
