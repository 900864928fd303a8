/* Opens the input as a zip. If it opens, each entry must lie inside the file, in no other entry, and be found by name;
 * its checksum must be computable; an error must have a message; nothing may leak. */
#include "fuzz.h"
#include "model/zip.h"

static void entry_check(const struct ln_zip *zip, size_t i, size_t size) {
    const struct ln_zip_entry *entry = &zip->entries[i];
    uint32_t crc;
    check(entry->header < entry->offset && entry->offset <= size && entry->size <= size - entry->offset);
    check(i == 0 || strcmp(zip->entries[i - 1].name, entry->name) < 0);
    check(ln_zip_find(zip, entry->name) == entry);
    for (size_t k = 0; k < i && i < 64; k++)
        check(zip->entries[k].offset + zip->entries[k].size <= entry->header ||
              entry->offset + entry->size <= zip->entries[k].header);
    check(ln_zip_crc(zip->file, entry->offset, entry->size, &crc) == LINNET_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ln_zip zip;
    struct ln_file file;
    int64_t live = ln_alloc_live();
    fuzz_open(&file, data, size);
    ln_error_clear();
    int status = ln_zip_open(&zip, &file);
    for (size_t i = 0; i < zip.count; i++) entry_check(&zip, i, size);
    if (status != LINNET_OK) fuzz_failed(status, "pth-zip-");
    check(status == LINNET_OK || !zip.entries);
    ln_zip_close(&zip);
    ln_file_close(&file);
    check(ln_alloc_live() == live);
    return 0;
}
