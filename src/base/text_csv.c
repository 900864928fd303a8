/* Text in CSV: quoted by RFC 4180 where it must be, and never a formula for a spreadsheet. json.c quotes text in JSON. */
#include "base/text.h"
#include <string.h>

/* What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), full-width forms among them. */
static bool begins_formula(const char *s) {
    static const char *const marks[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (ln_text_starts(s, marks[i])) return true;
    return false;
}

/* A class may be called -1 or +1, which is not a formula. */
static bool is_plain_number(const char *s) {
    return *s && s[1] && s[1 + strspn(s + 1, "0123456789.")] == '\0';
}

const char *ln_text_csv_value(const char *field) {
    return *field == '\'' && begins_formula(field + strspn(field, "'")) ? field + 1 : field;
}

void ln_text_add_csv(struct ln_text *text, const char *s) {
    const bool formula = begins_formula(s + strspn(s, "'")) && !is_plain_number(s);
    if (!formula && !s[strcspn(s, ",;\"\t\r\n")]) {
        ln_text_add(text, s);
        return;
    }
    ln_text_add(text, formula ? "\"'" : "\"");
    for (; *s; s++) ln_text_add_bytes(text, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    ln_text_add(text, "\"");
}
