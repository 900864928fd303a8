/* Shared by the tests of the loader. */
#ifndef TESTS_DATA_LOADED_H
#define TESTS_DATA_LOADED_H

#include "data/loader.h"
#include "unit/data/fixture.h"

static inline struct ln_dataset *opened(const struct fixture *f, const char *split) {
    struct ln_dataset *ds;
    int status = ln_dataset_open(&ds, f->dir, &(struct linnet_data_opts){.split = split});
    if (status != LINNET_OK) fail_msg("%s", ln_error_get()->text);
    return ds;
}

static inline struct ln_loader *created(const struct ln_dataset *ds, const struct ln_loader_opts *opts) {
    struct ln_loader *loader;
    assert_int_equal(ln_loader_create(&loader, ds, opts), LINNET_OK);
    return loader;
}

static inline void hash(uint64_t *h, const void *data, size_t size) { /* FNV-1a */
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++) *h = (*h ^ p[i]) * 0x100000001b3;
}

#endif
