/* The names of the classes, in the order of their labels. */
#ifndef LN_DATA_CLASSES_H
#define LN_DATA_CLASSES_H

#include "base/status.h"
#include <stddef.h>

struct ln_classes { /* zero-initialise */
    char **names;   /* [count], each ln_alloc'd */
    size_t count, capacity;
};

LN_MUST_CHECK int ln_classes_add(struct ln_classes *classes, const char *name, size_t length);
/* classes.txt: one name a line. LINNET_ERR_INPUT, all of them "classes-name": an empty or repeated name, a
 * NUL, more names than `most`. */
LN_MUST_CHECK int ln_classes_read(struct ln_classes *classes, const char *path, size_t most);
/* "0", "1", ... up to count - 1, or the given names. */
LN_MUST_CHECK int ln_classes_number(struct ln_classes *classes, size_t count);
LN_MUST_CHECK int ln_classes_copy(struct ln_classes *classes, const char *const *names, size_t count);
void ln_classes_fini(struct ln_classes *classes); /* a zeroed one is fine; needed after a failure too */

#endif
