/* Text: a growing string, printable quoting of foreign bytes, number parsing that refuses rubbish, and the
 * nearest name for "did you mean".
 */
#ifndef LN_BASE_TEXT_H
#define LN_BASE_TEXT_H

#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

/* A growing string. Zero-initialise, append, take or fini. A failed append is remembered in `failed` and
 * the rest become no-ops, so that a writer checks once, at the end. */
struct ln_text {
    char *data; /* always NUL-terminated once anything was appended; NULL before */
    size_t length, capacity;
    bool failed;
};

void ln_text_add(struct ln_text *text, const char *s);
void ln_text_add_bytes(struct ln_text *text, const void *bytes, size_t n);
void ln_text_addf(struct ln_text *text, const char *fmt, ...) LN_PRINTF(2, 3);
/* s as a JSON string, quotes included; a CSV field, quoted (RFC 4180) only where it must be. */
void ln_text_add_json(struct ln_text *text, const char *s);
void ln_text_add_csv(struct ln_text *text, const char *s);
/* The shortest decimal that reads back as the same number; null, as in JSON, for one that is not finite. */
void ln_text_add_real(struct ln_text *text, double value);
/* Hands the string over (ln_free it), or records ln_fail_memory and returns LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_text_take(struct ln_text *text, char **out);
void ln_text_fini(struct ln_text *text);
/* Into the file dir/name, whole or not at all (text_file.c); takes the text. */
LN_MUST_CHECK int ln_text_write(struct ln_text *text, const char *dir, const char *name);

/* Foreign bytes made printable into out[size]: \xNN for what is outside 0x20-0x7e, cut at 100 input bytes
 * with "..." after; returns out. */
const char *ln_text_printable(const char *s, size_t n, char *out, size_t size);

/* The escaping alone: as many of the n bytes as fit whole into out[size], and a NUL; returns how many. */
size_t ln_text_escape(const char *s, size_t n, char *out, size_t size);

/* The whole of s as a number in [min, max]; false otherwise (empty, trailing rubbish, nan, out of range). */
bool ln_text_to_i64(const char *s, int64_t min, int64_t max, int64_t *out);
bool ln_text_to_double(const char *s, double min, double max, double *out);

bool ln_text_starts(const char *s, const char *prefix);
bool ln_text_ends(const char *s, const char *suffix);

/* The candidate nearest to `word` by edit distance (Damerau and Levenshtein), if near enough to be worth
 * suggesting; else NULL. */
const char *ln_text_nearest(const char *word, const char *const *candidates, size_t n);

#endif
