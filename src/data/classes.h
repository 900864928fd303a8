/* The names of the classes, in the order of their labels. */
#ifndef LN_DATA_CLASSES_H
#define LN_DATA_CLASSES_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

struct ln_classes { /* zero-initialise */
    char **names;   /* [count], each ln_alloc'd */
    size_t count, capacity;
};

/* A name inside a larger text, not NUL-terminated. */
struct ln_word {
    const char *text;
    size_t length;
};

int ln_word_order(const struct ln_word *a, const struct ln_word *b); /* as strcmp */

/* Each of these refuses an empty name: LINNET_ERR_INPUT "classes-name", with `path` in the message. */
LN_MUST_CHECK int ln_classes_add(struct ln_classes *classes, const char *path, struct ln_word name);
/* Adds the distinct words in byte order; sorts `words`. More than `most` distinct ones: "classes-most". */
LN_MUST_CHECK int ln_classes_add_distinct(struct ln_classes *classes, const char *path, struct ln_word *words,
                                          size_t n, size_t most);
/* Reads classes.txt: one name per line, none empty, repeated or with a control byte, at most `most`. Spells them
 * (ln_classes_spell). */
LN_MUST_CHECK int ln_classes_read(struct ln_classes *classes, const char *path, size_t most);
/* The names "0", "1", ... up to count - 1, or the given names. */
LN_MUST_CHECK int ln_classes_number(struct ln_classes *classes, size_t count);
LN_MUST_CHECK int ln_classes_copy(struct ln_classes *classes, const char *const *names, size_t count);
void ln_classes_fini(struct ln_classes *classes); /* a zeroed struct is fine; needed after a failure too */

/* Rewrites each control byte, and each byte that is not UTF-8, as \xNN: a name must be a line of classes.txt, and
 * JSON in a model's file. Call it when no more names of folders and files have to be found (ln_classes_find). Two
 * names with the same spelling: "classes-name". */
LN_MUST_CHECK int ln_classes_spell(struct ln_classes *classes, const char *path);
/* True if the word is the name of the class, spelt or not. */
bool ln_class_is(const char *class_name, const char *word);

/* The label of a name, -1 if there is no such class. The classes must be in byte order. */
int ln_classes_find(const struct ln_classes *classes, struct ln_word name);
/* Fails for a name in BASE/FOLDER that is not a class: LINNET_ERR_INPUT "data-class", with the nearest class
 * as a suggestion. */
int ln_classes_fail_unknown(const struct ln_classes *classes, const char *base, const char *folder,
                            struct ln_word name);

#endif
