/* Messages and help in the user's language, by gettext and po/. Data for programs (CSV, JSON) is never translated. */
#ifndef CLI_TRANSLATE_H
#define CLI_TRANSLATE_H

/* Chooses the language by LC_ALL, LC_MESSAGES, LANG and LANGUAGE. Call it before the first thread starts. */
void cli_translate_begin(void);

/* The text in the user's language; the same pointer if there is no translation. */
const char *cli_tr(const char *text) __attribute__((format_arg(1)));

#endif
