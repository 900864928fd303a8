/* Text: a growing string, text quoted for CSV and JSON, strict number parsing, and the nearest name for "did you mean".
 */
#ifndef LN_BASE_TEXT_H
#define LN_BASE_TEXT_H

#include "base/status.h"
#include "base/utf8.h"
#include <stdbool.h>
#include <stdint.h>

/* A growing string. Zero-initialise, append, take or fini. A failed append sets `failed`, and later ones do
 * nothing, so that a writer checks once, at the end. */
struct ln_text {
    char *data; /* always NUL-terminated once anything was appended; NULL before */
    size_t length, capacity;
    bool failed;
};

void ln_text_add(struct ln_text *text, const char *s);
void ln_text_add_bytes(struct ln_text *text, const void *bytes, size_t n);
void ln_text_addf(struct ln_text *text, const char *fmt, ...) LN_PRINTF(2, 3);
/* Append s as a JSON string with its quotes, or as a CSV field, quoted (RFC 4180) only if necessary. In CSV, text
 * that a spreadsheet would run as a formula gets a leading apostrophe, which ln_text_csv_value skips. */
void ln_text_add_json(struct ln_text *text, const char *s);
void ln_text_add_csv(struct ln_text *text, const char *s);
/* The text of a field, whose quotes the caller has removed, without that apostrophe. */
const char *ln_text_csv_value(const char *field);
/* The shortest decimal that reads back as the same number; "null", as in JSON, if it is not finite. */
void ln_text_add_real(struct ln_text *text, double value);
/* Hands the string over (ln_free it), or records ln_fail_memory and returns LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_text_take(struct ln_text *text, char **out);
void ln_text_fini(struct ln_text *text);
/* Writes the file dir/name, whole or not at all, and releases the text. */
LN_MUST_CHECK int ln_text_write(struct ln_text *text, const char *dir, const char *name);

/* A number as text, with a '.' in every locale; digits 0: as few as read back as the same number. "null", as in
 * JSON, if it is not finite. Returns out. */
enum { LN_REAL_MAX = 32 };
const char *ln_text_real(double value, int digits, char out[LN_REAL_MAX]);

/* Parses all of s as a number in [min, max]; false if it is empty, not a number, followed by other text, or
 * out of range. */
bool ln_text_to_i64(const char *s, int64_t min, int64_t max, int64_t *out);
bool ln_text_to_double(const char *s, double min, double max, double *out);

bool ln_text_starts(const char *s, const char *prefix);
bool ln_text_ends(const char *s, const char *suffix);

/* The candidate nearest to `word` by edit distance (Damerau and Levenshtein) if it is near enough to suggest, else
 * NULL. '_' and '-' count as the same letter. */
const char *ln_text_nearest(const char *word, const char *const *candidates, size_t n);
/* "a, b or c" into out[size], cut where it does not fit; returns out. */
const char *ln_text_list(const char *const *names, size_t n, char *out, size_t size);
/* Records LINNET_ERR_USAGE: "unknown WHAT 'WORD'", with the nearest of the names or a list of them. choice(i)
 * is the name i, NULL past the end. */
int ln_fail_unknown(const char *code, const char *what, const char *word, const char *(*choice)(int index));

#endif
