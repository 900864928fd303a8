/* Messages in the user's language. The library has no catalogue: the program gives it a function that looks a text up. */
#ifndef LN_BASE_TRANSLATE_H
#define LN_BASE_TRANSLATE_H

#include <linnet/linnet.h>

void ln_translation_set(linnet_translate_fn *fn, void *user); /* NULL: none */

/* The translation of a format of printf, with conversions for the same arguments; `text` itself if there is no translation. */
const char *ln_translated(const char *text) __attribute__((format_arg(1)));

#endif
