/* The fingerprint of a data set. */
#include "data/manifest.h"
#include <limits.h>
#include <string.h>
#include <zlib.h>

static uLong add(uLong crc, const void *bytes, size_t n) {
    return crc32_z(crc, bytes, n);
}

uint32_t ln_dataset_manifest(const struct ln_dataset *ds) {
    char name[PATH_MAX];
    uLong crc = crc32_z(0, NULL, 0);
    for (int i = 0; i < ds->classes; i++) crc = add(crc, ds->class_names[i], strlen(ds->class_names[i]) + 1);
    for (size_t i = 0; i < ds->count; i++) {
        ln_dataset_sample_name(ds, (uint32_t)i, name, sizeof name);
        crc = add(crc, name, strlen(name) + 1);
    }
    crc = add(crc, ds->labels, ds->count * sizeof *ds->labels);
    for (int part = LINNET_TRAIN; part <= LINNET_TEST; part++) {
        crc = add(crc, &ds->parts[part].count, sizeof ds->parts[part].count);
        crc = add(crc, ds->parts[part].index, ds->parts[part].count * sizeof *ds->parts[part].index);
    }
    return (uint32_t)crc;
}
