/* The current form of a .pth, a zip. See PyTorch's caffe2/serialize/inline_container.cc.
 *
 *     resnet18/data.pkl      the object as a pickle; each tensor names its storage by a key
 *     resnet18/data/0        the bytes of storage "0", uncompressed, at a multiple of 64 bytes
 *     resnet18/data/1
 *     resnet18/version       3
 *     resnet18/byteorder     little (newer versions)
 */
#include "base/text.h"
#include "model/torch_objects.h"
#include "model/zip.h"
#include <inttypes.h>
#include <string.h>

/* Finds NAME/data.pkl; there must be exactly one, in a top-level folder. */
static int object_find(const struct ln_pth *pth, const struct ln_zip *zip,
                       const struct ln_zip_entry **object) {
    *object = NULL;
    for (size_t i = 0; i < zip->count; i++) {
        const char *slash = strchr(zip->entries[i].name, '/');
        if (!slash || strcmp(slash, "/data.pkl") != 0) continue;
        if (*object)
            return ln_fail(LINNET_ERR_INPUT, "pth-form",
                           "%s: zip: contains two data.pkl; expected one object", pth->file.path);
        *object = &zip->entries[i];
    }
    if (*object) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "pth-form", "%s: zip: contains no data.pkl; PyTorch did not write it",
                   pth->file.path);
}

/* The pickle is small and decides everything else, so it is checked before it is parsed; storages are checked
 * before they are read (torch_pth.c). */
static int crc_check(const struct ln_pth *pth, const struct ln_zip_entry *entry) {
    uint32_t crc;
    if (entry->crc == 0) return LINNET_OK;
    LN_TRY(ln_zip_crc(&pth->file, entry->offset, entry->size, &crc));
    if (crc == entry->crc) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "pth-zip-crc",
                   "%s: zip: '%s': CRC-32 is %08" PRIx32 ", expected %08" PRIx32, pth->file.path,
                   ln_file_name(entry->name), crc, entry->crc);
}

/* Checks NAME/byteorder, which newer versions of PyTorch write. */
static int order_check(const struct ln_pth *pth, const struct ln_zip_entry *entry) {
    char order[8] = "";
    if (entry->size < sizeof order)
        LN_TRY(ln_file_read_at(&pth->file, entry->offset, order, (size_t)entry->size));
    if (strcmp(order, "little") == 0) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "pth-endian",
                   "%s: written on a big-endian machine; only little-endian data is supported",
                   pth->file.path);
}

/* Records the storages beside the object. `name` is the object's folder with the slash. */
static int entries_take(struct ln_pth *pth, const struct ln_zip *zip, const char *name, size_t size) {
    for (size_t i = 0; i < zip->count; i++) {
        const struct ln_zip_entry *entry = &zip->entries[i];
        if (strncmp(entry->name, name, size) != 0) continue;
        const char *rest = entry->name + size;
        if (strcmp(rest, "byteorder") == 0) LN_TRY(order_check(pth, entry));
        if (!ln_text_starts(rest, "data/")) continue;
        const char *key = rest + strlen("data/");
        struct ln_pth_record record = {.offset = entry->offset, .bytes = entry->size, .crc = entry->crc};
        LN_TRY(ln_torch_record_add(pth, key, strlen(key), &record));
    }
    return ln_torch_records_sort(pth);
}

static int object_read(struct ln_torch_reader *r, const struct ln_zip_entry *object) {
    uint64_t end = object->offset + object->size;
    struct ln_pickle_opts opts = {
        .place = "data.pkl ", .begin = object->offset, .end = end, .globals = ln_torch_globals()};
    LN_TRY(crc_check(r->pth, object));
    LN_TRY(ln_pickle_read(&r->pickle, &r->pth->file, &opts));
    if (r->pickle.end != end)
        return ln_fail(LINNET_ERR_INPUT, "pth-trailing", "%s: data.pkl ends at byte %" PRIu64 " of %" PRIu64,
                       r->pth->file.path, r->pickle.end - object->offset, object->size);
    return ln_torch_collect(r);
}

int ln_torch_zip_read(struct ln_pth *pth) {
    struct ln_zip zip;
    const struct ln_zip_entry *object;
    LN_TRY(ln_zip_open(&zip, &pth->file));
    struct ln_torch_reader r = {.pth = pth};
    int status = object_find(pth, &zip, &object);
    if (status == LINNET_OK)
        status = entries_take(pth, &zip, object->name, strlen(object->name) - strlen("data.pkl"));
    if (status == LINNET_OK) status = object_read(&r, object);
    ln_pickle_fini(&r.pickle);
    ln_zip_close(&zip);
    return status;
}
