/* What a pickle gave: its values, and their life. The machine is pickle_machine.c. */
#include "model/pickle.h"
#include "base/alloc.h"
#include <string.h>

void ln_pickle_fini(struct ln_pickle *pickle) {
    ln_free(pickle->bytes);
    ln_free(pickle->values);
    ln_free(pickle->items);
    *pickle = (struct ln_pickle){0};
}

const struct ln_pickle_value *ln_pickle_value(const struct ln_pickle *pickle, uint32_t number) {
    return &pickle->values[number];
}

const struct ln_pickle_value *ln_pickle_item(const struct ln_pickle *pickle,
                                             const struct ln_pickle_value *value, uint32_t i) {
    if (value->kind != LN_PICKLE_TUPLE && value->kind != LN_PICKLE_LIST) return NULL;
    if (i >= value->items.count) return NULL;
    int32_t at = value->items.first;
    while (i-- > 0) at = pickle->items[at].next;
    return &pickle->values[pickle->items[at].value];
}

const char *ln_pickle_text(const struct ln_pickle *pickle, const struct ln_pickle_value *text) {
    return (const char *)pickle->bytes + text->text.at;
}

bool ln_pickle_text_is(const struct ln_pickle *pickle, const struct ln_pickle_value *value, const char *s) {
    size_t size = strlen(s);
    return value->kind == LN_PICKLE_TEXT && value->text.size == size &&
           memcmp(ln_pickle_text(pickle, value), s, size) == 0;
}
