/* The program's function that translates. */
#include "base/translate.h"
#include <stddef.h>

/* Written once, before the first thread. */
static linnet_translate_fn *translator;
static void *translator_user;

void ln_translation_set(linnet_translate_fn *fn, void *user) {
    translator = fn;
    translator_user = user;
}

const char *ln_translated(const char *text) {
    const char *translated = translator ? translator(translator_user, text) : NULL;
    return translated ? translated : text;
}
