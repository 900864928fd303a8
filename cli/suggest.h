/* The nearest name, for "did you mean". */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/* The name nearest to `word`, or the shortest that begins with it; NULL where none is near enough. */
const char *cli_suggest(const char *word, const char *const *names, size_t n);

#endif
