/* Parsing of the command line from a command's table of flags. */
#include "args.h"
#include "command.h"
#include "output.h"
#include "suggest.h"
#include "text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool flag_is_end(const struct cli_flag *flag) {
    return !flag->name && flag->kind == CLI_HEADING && !flag->help;
}

static const struct cli_flag *flag_find(const struct cli_command *command, const char *name, size_t length) {
    for (const struct cli_flag *flag = command->flags; !flag_is_end(flag); flag++)
        if (flag->name && strlen(flag->name) == length && !memcmp(flag->name, name, length)) return flag;
    return NULL;
}

static const struct cli_flag *flag_find_letter(const struct cli_command *command, char letter) {
    for (const struct cli_flag *flag = command->flags; !flag_is_end(flag); flag++)
        if (flag->letter && flag->letter == letter) return flag;
    return NULL;
}

static int flag_unknown(const struct cli_command *command, const char *name, size_t length) {
    const char *names[64] = {"help"};
    size_t n = 1;
    for (const struct cli_flag *flag = command->flags; !flag_is_end(flag) && n < 64; flag++)
        if (flag->name) names[n++] = flag->name;
    char word[64], shown[CLI_SHOWN];
    snprintf(word, sizeof word, "%.*s", (int)(length < 63 ? length : 63), name);
    cli_text_printable(word, shown);
    const char *near = cli_suggest(word, names, n);
    if (near) return cli_fail(LINNET_ERR_USAGE, "unknown flag --%s; did you mean --%s?", shown, near);
    return cli_fail(LINNET_ERR_USAGE, "unknown flag --%s; see linnet help %s", shown, command->name);
}

static int number_check(const struct cli_flag *flag, const char *text, double x) {
    if (x < flag->min)
        return cli_fail(LINNET_ERR_USAGE, "--%s %s is less than %.12g", flag->name, text, flag->min);
    if (x > flag->max)
        return cli_fail(LINNET_ERR_USAGE, "--%s %s is more than %.12g", flag->name, text, flag->max);
    return LINNET_OK;
}

/* A whole number into an int or int64_t field; strtoll's limits lie outside every range. */
static int flag_store_whole(const struct cli_flag *flag, const char *text, void *field) {
    char *end, shown[CLI_SHOWN];
    long long x = strtoll(text, &end, 10);
    cli_text_printable(text, shown);
    if (end == text || *end)
        return cli_fail(LINNET_ERR_USAGE, "--%s %s: not a whole number", flag->name, shown);
    int status = number_check(flag, shown, (double)x);
    if (status) return status;
    if (x == 0 && flag->zero_is_none) x = LINNET_NONE;
    if (flag->kind == CLI_INT) *(int *)field = (int)x;
    if (flag->kind == CLI_INT64) *(int64_t *)field = x;
    return LINNET_OK;
}

static int flag_store_double(const struct cli_flag *flag, const char *text, void *field) {
    char *end, shown[CLI_SHOWN];
    double x = strtod(text, &end);
    cli_text_printable(text, shown);
    if (end == text || *end || isnan(x))
        return cli_fail(LINNET_ERR_USAGE, "--%s %s: not a number", flag->name, shown);
    int status = number_check(flag, shown, x);
    if (status) return status;
    *(double *)field = x == 0 && flag->zero_is_none ? LINNET_NONE : x;
    return LINNET_OK;
}

static int flag_store_duration(const struct cli_flag *flag, const char *text, double *field) {
    char *end, shown[CLI_SHOWN];
    double x = strtod(text, &end), unit = *end == 's' ? 1 : *end == 'm' ? 60 : *end == 'h' ? 3600 : 0;
    cli_text_printable(text, shown);
    if (end == text || unit == 0 || end[1] || isnan(x))
        return cli_fail(LINNET_ERR_USAGE, "--%s %s: not a time such as 90s, 30m or 1.5h", flag->name, shown);
    if (x * unit < flag->min || x * unit > flag->max)
        return cli_fail(LINNET_ERR_USAGE, "--%s %s: not between %gs and %gh", flag->name, shown, flag->min,
                        floor(flag->max / 3600));
    *field = x * unit;
    return LINNET_OK;
}

static int flag_store_choice(const struct cli_flag *flag, const char *text, const char **field) {
    char choices[128], shown[CLI_SHOWN];
    const char *names[16];
    size_t n = 0;
    snprintf(choices, sizeof choices, "%s", flag->value);
    for (char *save = NULL, *word = strtok_r(choices, "|", &save); word && n < 16;
         word = strtok_r(NULL, "|", &save)) {
        names[n++] = word;
        if (!strcmp(word, text)) {
            *field = text;
            return LINNET_OK;
        }
    }
    const char *near = cli_suggest(text, names, n);
    cli_text_printable(text, shown);
    if (near)
        return cli_fail(LINNET_ERR_USAGE, "unknown value %s of --%s; did you mean %s?", shown, flag->name,
                        near);
    return cli_fail(LINNET_ERR_USAGE, "unknown value %s of --%s; it is one of %s", shown, flag->name,
                    flag->value);
}

static int flag_store(const struct cli_flag *flag, const char *text, void *args) {
    void *field = (char *)args + flag->at;
    if (flag->kind == CLI_BOOL) {
        *(bool *)field = true;
        return LINNET_OK;
    }
    if (!*text) return cli_fail(LINNET_ERR_USAGE, "--%s needs a value: %s", flag->name, flag->value);
    switch (flag->kind) {
    case CLI_INT:
    case CLI_INT64: return flag_store_whole(flag, text, field);
    case CLI_DOUBLE: return flag_store_double(flag, text, field);
    case CLI_DURATION: return flag_store_duration(flag, text, field);
    case CLI_CHOICE: return flag_store_choice(flag, text, field);
    default: *(const char **)field = text; return LINNET_OK;
    }
}

/* The flag's value is what follows in the same word, else the next word. */
static int flag_take(const struct cli_flag *flag, const char *attached, int argc, char **argv, int *i,
                     void *args) {
    if (flag->kind == CLI_BOOL && attached)
        return cli_fail(LINNET_ERR_USAGE, "--%s takes no value", flag->name);
    if (flag->kind == CLI_BOOL) return flag_store(flag, "", args);
    if (attached) return flag_store(flag, attached, args);
    if (*i + 1 >= argc) return cli_fail(LINNET_ERR_USAGE, "--%s needs a value: %s", flag->name, flag->value);
    return flag_store(flag, argv[++*i], args);
}

static int parse_long(const struct cli_command *command, int argc, char **argv, int *i, void *args) {
    const char *name = argv[*i] + 2;
    size_t length = strcspn(name, "=");
    const struct cli_flag *flag = flag_find(command, name, length);
    if (!flag) return flag_unknown(command, name, length);
    return flag_take(flag, name[length] ? name + length + 1 : NULL, argc, argv, i, args);
}

/* -b 64, -b64, and -q among letters without a value. */
static int parse_letters(const struct cli_command *command, int argc, char **argv, int *i, void *args) {
    for (const char *p = argv[*i] + 1; *p; p++) {
        char letter[2] = {*p, 0}, shown[CLI_SHOWN];
        const struct cli_flag *flag = flag_find_letter(command, *p);
        if (!flag)
            return cli_fail(LINNET_ERR_USAGE, "unknown flag -%s; see linnet help %s",
                            cli_text_printable(letter, shown), command->name);
        if (flag->kind != CLI_BOOL) return flag_take(flag, p[1] ? p + 1 : NULL, argc, argv, i, args);
        flag_store(flag, "", args);
    }
    return LINNET_OK;
}

static int rest_check(const struct cli_command *command, const struct cli_rest *rest) {
    char shown[CLI_SHOWN];
    if (rest->count < command->min_rest)
        return cli_fail(LINNET_ERR_USAGE, "%s: an argument is missing; usage: linnet %s", command->name,
                        command->usage);
    if (rest->count > command->max_rest)
        return cli_fail(LINNET_ERR_USAGE, "%s: one argument too many, '%s'; usage: linnet %s", command->name,
                        cli_text_printable(rest->items[command->max_rest], shown), command->usage);
    return LINNET_OK;
}

int cli_args_parse(const struct cli_command *command, int argc, char **argv, void *args,
                   struct cli_rest *rest) {
    *rest = (struct cli_rest){.items = (const char **)argv + 1};
    bool flags = true;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        int status = LINNET_OK;
        if (!flags || word[0] != '-' || !word[1]) {
            rest->items[rest->count++] = word;
        } else if (!strcmp(word, "--")) {
            flags = false;
        } else if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
            return CLI_HELP_ASKED;
        } else {
            status = (word[1] == '-' ? parse_long : parse_letters)(command, argc, argv, &i, args);
        }
        if (status) return status;
    }
    return rest_check(command, rest);
}
