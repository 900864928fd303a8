/* Translation by glibc's gettext. The locale of messages is set only while a text is looked up: if it were the
 * process's, strerror() would be translated too, and its texts go into CSV files such as skipped.csv.
 *
 * LANG=ko_KR.UTF-8 works where that locale is not installed, as in a container: the language is then looked up
 * through C.UTF-8 and LANGUAGE. */
#include "translate.h"
#include "program.h"
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program's settings, like its locale: written once, before the first thread. */
static locale_t messages; /* 0: no translation */

static const char *wanted(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return value;
    }
    return "C";
}

static bool is_folder_of_catalogues(const char *folder, const char *below, char path[PATH_MAX]) {
    return snprintf(path, PATH_MAX, "%s/%s", folder, below) < PATH_MAX && access(path, X_OK) == 0;
}

/* The catalogues of an installed program are in PREFIX/share/locale, those of a build beside the program. */
static bool find_catalogues(char path[PATH_MAX]) {
    char folder[PATH_MAX];
    return cli_program_folder(folder) && (is_folder_of_catalogues(folder, "locale", path) ||
                                          is_folder_of_catalogues(folder, "../share/locale", path));
}

void cli_translate_begin(void) {
    char folder[PATH_MAX], language[16];
    const char *name = wanted();
    if (!strcmp(name, "POSIX") || name[0] == 'C' || !find_catalogues(folder)) return;
    messages = newlocale(LC_MESSAGES_MASK, name, (locale_t)0);
    if (!messages && (messages = newlocale(LC_MESSAGES_MASK, "C.UTF-8", (locale_t)0))) {
        snprintf(language, sizeof language, "%.*s", (int)strcspn(name, ".@"), name);
        const char *list = getenv("LANGUAGE");
        if (!list || !*list) setenv("LANGUAGE", language, 1);
    }
    bindtextdomain("linnet", folder);
    bind_textdomain_codeset("linnet", "UTF-8");
}

const char *cli_tr(const char *text) {
    if (!messages || !*text) return text;
    const locale_t before = uselocale(messages);
    text = dgettext("linnet", text);
    uselocale(before);
    return text;
}
