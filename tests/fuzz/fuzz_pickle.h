/* Reads bytes as a pickle. If they are valid, every value that another value refers to must exist, and texts must lie inside
 * the bytes; an error must have a message; nothing may leak. */
#ifndef LN_FUZZ_PICKLE_H
#define LN_FUZZ_PICKLE_H

#include "fuzz.h"
#include "model/pickle.h"
#include "model/torch_objects.h"

static inline void pickle_items_check(const struct ln_pickle *p, const struct ln_pickle_value *value) {
    uint32_t count = 0;
    for (int32_t i = value->items.first; i >= 0; i = p->items[i].next) {
        check((size_t)i < p->item_count && p->items[i].value < p->value_count);
        check(count++ < value->items.count);
    }
    check(count == value->items.count && (value->kind != LN_PICKLE_DICT || count % 2 == 0));
    if (value->kind != LN_PICKLE_DICT && count > 0) check(ln_pickle_item(p, value, 0) != NULL);
}

static inline void pickle_value_check(const struct ln_pickle *p, const struct ln_pickle_value *value) {
    switch (value->kind) {
    case LN_PICKLE_TEXT:
    case LN_PICKLE_LONG:
        check(value->text.at <= p->size && value->text.size <= p->size - value->text.at);
        break;
    case LN_PICKLE_TUPLE:
    case LN_PICKLE_LIST:
    case LN_PICKLE_DICT: pickle_items_check(p, value); break;
    case LN_PICKLE_GLOBAL: check(value->global && value->global->name); break;
    case LN_PICKLE_CALL:
        check(value->call.function < p->value_count && value->call.arguments < p->value_count);
        check(ln_pickle_value(p, value->call.function)->kind == LN_PICKLE_GLOBAL);
        break;
    case LN_PICKLE_PERSISTENT: check(value->persistent < p->value_count); break;
    default: break;
    }
}

/* Returns the status. */
static inline int pickle_check(const uint8_t *data, size_t size) {
    struct ln_pickle pickle;
    struct ln_file file;
    int64_t live = ln_alloc_live();
    fuzz_open(&file, data, size);
    ln_error_clear();
    int status = ln_pickle_read(
        &pickle, &file, &(struct ln_pickle_opts){.place = "", .end = size, .globals = ln_torch_globals()});
    if (status == LINNET_OK) {
        check(pickle.end <= size && pickle.top < pickle.value_count);
        for (size_t i = 0; i < pickle.value_count; i++) pickle_value_check(&pickle, &pickle.values[i]);
    } else {
        fuzz_failed(status, "pth-");
    }
    ln_pickle_fini(&pickle);
    ln_file_close(&file);
    check(ln_alloc_live() == live);
    return status;
}

#endif
