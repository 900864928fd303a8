/* "Did you mean": the nearest of some names by the restricted distance of Damerau (1964) and Levenshtein
 * (1966): an insertion, a deletion, a substitution and a swap of neighbours cost 1 each. Letter case, and
 * '_' for '-', cost nothing.
 */
#include "base/text.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 32 }; /* longer words get no suggestion and are not suggested */

static size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

static int fold(char c) {
    return c == '_' ? '-' : tolower((unsigned char)c);
}

static bool same_letter(char a, char b) {
    return fold(a) == fold(b);
}

/* d[i][j], the distance of the first i letters of a and the first j of b, needs only the two rows above
 * it. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_length; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t substituted = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = min_size(substituted, 1 + min_size(above[j], row[j - 1]));
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
                row[j] = min_size(row[j], 1 + above2[j - 2]);
        }
    }
    return rows[a_length % 3][b_length];
}

/* A missing end costs 1, whatever its length: "vgg" is near to "vgg11". */
static size_t slips(const char *word, size_t length, const char *candidate, size_t candidate_length) {
    size_t distance = edit_distance(word, length, candidate, candidate_length);
    bool begins = length >= 3 && strncasecmp(word, candidate, length) == 0;
    return begins ? min_size(distance, 1) : distance;
}

const char *ln_text_nearest(const char *word, const char *const *candidates, size_t n) {
    const char *nearest = NULL;
    size_t length = strlen(word), least = (length + 2) / 4 + 1; /* a letter in four may be wrong */
    if (length > WORD_MAX) return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > WORD_MAX) continue;
        size_t distance = slips(word, length, candidates[i], candidate_length);
        if (distance >= least) continue;
        least = distance;
        nearest = candidates[i];
    }
    return nearest;
}

enum { CHOICES_MAX = 64 };

const char *ln_text_list(const char *const *names, size_t n, char *out, size_t size) {
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s",
                               i == 0      ? ""
                               : i + 1 < n ? ", "
                                           : " or ",
                               names[i]);
    return out;
}

int ln_fail_unknown(const char *code, const char *what, const char *word, const char *(*choice)(int index)) {
    const char *names[CHOICES_MAX], *near;
    char shown[128], all[256];
    size_t n = 0;
    while (n < CHOICES_MAX && (names[n] = choice((int)n))) n++;
    near = ln_text_nearest(word, names, n);
    ln_text_printable(word, strlen(word), shown, sizeof shown);
    if (near) return ln_fail(LINNET_ERR_USAGE, code, "unknown %s '%s'; did you mean %s?", what, shown, near);
    return ln_fail(LINNET_ERR_USAGE, code, "unknown %s '%s': must be %s", what, shown,
                   ln_text_list(names, n, all, sizeof all));
}
