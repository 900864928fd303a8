/* Reads the input as a CIFAR folder. The first byte chooses the variety, whether names are given, how many files there are,
 * and whether it is the folder of the Python version; the second how many bytes the files lack. Pixels are generated, because
 * 3072 of them teach a fuzzer nothing. Labels must be in range, pixels readable, names distinct; an error must have a message;
 * nothing may leak. */
#include "base/file.h"
#include "data/dataset.h"
#include "data/source.h"
#include "fuzz.h"
#include <fcntl.h>

enum { PIXELS = 3072, RECORDS_MOST = 4 };

static const char *const files[2][3] = {{"data_batch_1.bin", "test_batch.bin", "batches.meta.txt"},
                                        {"train.bin", "test.bin", "fine_label_names.txt"}};
static const char *const python_files[2][2] = {{"data_batch_1", "batches.meta"}, {"train", "meta"}};

static void put_file(const char *folder, const char *name, const uint8_t *bytes, size_t size) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

/* Writes records with the input's bytes as labels and one shade of grey per record. */
static size_t records(uint8_t *out, const uint8_t *labels, size_t count, size_t label_bytes) {
    uint8_t *at = out;
    for (size_t i = 0; i < count; i++, at += PIXELS) {
        for (size_t k = 0; k < label_bytes; k++) *at++ = labels[i * label_bytes + k];
        memset(at, labels[i * label_bytes], PIXELS);
    }
    return (size_t)(at - out);
}

/* A sample's name is its file and its index there, so no two samples have the same name. */
static void name_check(const struct ln_dataset *ds, uint32_t index) {
    char name[64], before[64] = "";
    ln_dataset_sample_name(ds, index, name, sizeof name);
    if (index > 0) ln_dataset_sample_name(ds, index - 1, before, sizeof before);
    check(strstr(name, ".bin[") && strcmp(name, before) != 0);
}

static void data_check(const struct ln_dataset *ds) {
    unsigned sum = 0;
    for (size_t i = 0; i < ds->count; i++) {
        name_check(ds, (uint32_t)i);
        struct ln_sample sample;
        check(ds->labels[i] >= 0 && ds->labels[i] < ds->classes);
        check(ln_dataset_read(ds, (uint32_t)i, &sample) == LINNET_OK);
        for (int k = 0; k < PIXELS; k++) sum += sample.image.pixels[k];
        ln_sample_fini(&sample);
    }
    check(sum <= 255 * PIXELS * ds->count);
}

static void folder_make(const char *folder, const uint8_t *data, size_t size) {
    static uint8_t bytes[RECORDS_MOST * (PIXELS + 2)];
    const unsigned variety = data[0] & 1, names = data[0] >> 1 & 1, parts = 1 + (data[0] >> 2 & 1);
    const size_t label_bytes = variety + 1, cut = data[1] & 7;
    if (data[0] >> 3 & 1) {
        for (int i = 0; i < 2; i++) put_file(folder, python_files[variety][i], data, size);
        return;
    }
    data += 4;
    size -= 4;
    for (unsigned i = 0; i < parts; i++) {
        size_t count = size / label_bytes < RECORDS_MOST ? size / label_bytes : RECORDS_MOST;
        if (i == 0 && count > 2) count = 2;
        size_t length = records(bytes, data, count, label_bytes);
        put_file(folder, files[variety][i], bytes, length > cut ? length - cut : length);
        data += count * label_bytes;
        size -= count * label_bytes;
    }
    if (names) put_file(folder, files[variety][2], data, size);
}

static void folder_remove(const char *folder) {
    char path[256];
    for (int i = 0; i < 10; i++) {
        const char *name = i < 6 ? files[i / 3][i % 3] : python_files[i / 2 - 3][i % 2];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        unlink(path);
    }
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char folder[64];
    struct ln_dataset *ds;
    if (size < 4) return 0;
    snprintf(folder, sizeof folder, "/dev/shm/linnet-fuzz-%d", (int)getpid());
    check(ln_file_make_folder(folder) == LINNET_OK);
    folder_make(folder, data, size);
    int64_t live = ln_alloc_live();
    ln_error_clear();
    int status = ln_dataset_open(&ds, folder, NULL);
    if (status == LINNET_OK)
        data_check(ds);
    else
        check(ln_error_get()->status == status && ln_error_get()->code[0]);
    check(!(data[0] >> 3 & 1) || strcmp(ln_error_get()->code, "cifar-python") == 0);
    ln_dataset_close(ds);
    check(ln_alloc_live() == live);
    folder_remove(folder);
    return 0;
}
