/* Edit distance with swaps of neighbours (Damerau 1964, Levenshtein 1966; the restricted form), case and
 * '_' against '-' put aside.
 */
#include "suggest.h"
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 40 };

static int fold(char c) {
    return c == '_' ? '-' : tolower((unsigned char)c);
}

static int min3(int a, int b, int c) {
    int least = a < b ? a : b;
    return least < c ? least : c;
}

static int distance(const char *a, const char *b) {
    int n = (int)strlen(a), m = (int)strlen(b);
    int d[WORD_MAX + 1][WORD_MAX + 1]; /* d[i][j]: from the first i of a to the first j of b */
    if (n > WORD_MAX || m > WORD_MAX) return INT_MAX;
    for (int i = 0; i <= n; i++) d[i][0] = i;
    for (int j = 0; j <= m; j++) d[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            int differs = fold(a[i - 1]) != fold(b[j - 1]);
            d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + differs);
            bool swapped =
                i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]);
            if (swapped && d[i - 2][j - 2] + 1 < d[i][j]) d[i][j] = d[i - 2][j - 2] + 1;
        }
    return d[n][m];
}

const char *cli_suggest(const char *word, const char *const *names, size_t n) {
    size_t length = strlen(word);
    const char *nearest = NULL;
    int least = INT_MAX;
    for (size_t i = 0; i < n; i++) {
        int d = distance(word, names[i]);
        if (length >= 2 && !strncmp(names[i], word, length)) d = 1; /* an abbreviation */
        if (d < least) least = d, nearest = names[i];
    }
    return least <= 1 + (int)length / 4 && least < (int)length ? nearest : NULL;
}
