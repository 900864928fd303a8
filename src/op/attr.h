/* Attributes of a layer as a table. A row gives an attribute's name in the text form, its place in the
 * struct, its default and its range; parsing, printing and checks all come from the rows.
 */
#ifndef LN_OP_ATTR_H
#define LN_OP_ATTR_H

#include "base/text.h"
#include "tensor/tensor.h"

enum ln_attr_kind { LN_ATTR_INT, LN_ATTR_PAIR, LN_ATTR_BOOL, LN_ATTR_REAL };

struct ln_attr {
    const char *name;
    enum ln_attr_kind kind;
    size_t offset; /* of an int, struct ln_pair, bool or double */
    double preset, min, max;
    bool required; /* zero is refused */
};

/* Tables end with a row whose name is NULL. */

/* Replaces zeros by the defaults and checks the ranges. `layer` is for the message. */
LN_MUST_CHECK int ln_attr_resolve(const struct ln_attr *table, void *attrs, const char *layer);
/* " kernel=5 stride=2x1": the attributes that differ from their default. */
void ln_attr_print(const struct ln_attr *table, const void *attrs, struct ln_text *out);
/* One "name=value" word, or a bare name for a bool, into attrs; code "net-attr". */
LN_MUST_CHECK int ln_attr_parse(const struct ln_attr *table, void *attrs, const char *word,
                                const char *layer);

/* A LN_ATTR_REAL attribute by its name; NULL: the table has none. */
double *ln_attr_real(const struct ln_attr *table, void *attrs, const char *name);

#endif
