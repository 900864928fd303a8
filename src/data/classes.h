/* The names of the classes, in the order of their labels. */
#ifndef LN_DATA_CLASSES_H
#define LN_DATA_CLASSES_H

#include "base/status.h"
#include <stddef.h>

struct ln_classes { /* zero-initialise */
    char **names;   /* [count], each ln_alloc'd */
    size_t count, capacity;
};

/* A name as it stands in somebody else's text, without a NUL. */
struct ln_word {
    const char *text;
    size_t length;
};

int ln_word_order(const struct ln_word *a, const struct ln_word *b); /* as strcmp */

/* All of these say LINNET_ERR_INPUT "classes-name", with `path` before it, of a name that can't be one: a
 * line of classes.txt must hold it. */
LN_MUST_CHECK int ln_classes_add(struct ln_classes *classes, const char *path, struct ln_word name);
/* Those of the words that differ, in byte order; `words` is sorted for it. More than `most`: "classes-most".
 */
LN_MUST_CHECK int ln_classes_add_distinct(struct ln_classes *classes, const char *path, struct ln_word *words,
                                          size_t n, size_t most);
/* classes.txt: one name a line, neither empty nor repeated, `most` at most. */
LN_MUST_CHECK int ln_classes_read(struct ln_classes *classes, const char *path, size_t most);
/* "0", "1", ... up to count - 1, or the given names. */
LN_MUST_CHECK int ln_classes_number(struct ln_classes *classes, size_t count);
LN_MUST_CHECK int ln_classes_copy(struct ln_classes *classes, const char *const *names, size_t count);
void ln_classes_fini(struct ln_classes *classes); /* a zeroed one is fine; needed after a failure too */

/* The label of a name, -1 where there is no such class. For classes in byte order of their names. */
int ln_classes_find(const struct ln_classes *classes, struct ln_word name);
/* What is to be said of a name in BASE/FOLDER that is none of them: LINNET_ERR_INPUT "data-class", with the
 * nearest. */
int ln_classes_fail_unknown(const struct ln_classes *classes, const char *base, const char *folder,
                            struct ln_word name);

#endif
