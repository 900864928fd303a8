/* linnet help [COMMAND], and the text of --help, made from the tables of options. docs/linnet.1 is made from
 * the JSON form, so what --help shows and what the manual says cannot differ.
 *
 *       -b, --batch-size N       images per step (32)
 *           --conv auto|direct   convolutions by the fastest algorithm, or only as
 *                                direct sums (auto)
 *
 * Lines are broken at 80 columns, whatever the width of the terminal: help is also read in logs and copied
 * into mails.
 */
#include "help.h"
#include "json.h"
#include "output.h"
#include "style.h"
#include "text.h"
#include "translate.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* FLAG_COLUMN and NAME_COLUMN: where the help of a flag and the summary of a command begin. */
enum { WIDTH = 80, FLAG_COLUMN = 27, NAME_COLUMN = 14, TEXT_MAX = 256, GROUPS_MAX = 16 };

/* Columns of the first `length` bytes; a Korean syllable takes two. */
static int width_of(const char *text, int length) {
    char word[2 * TEXT_MAX];
    snprintf(word, sizeof word, "%.*s", length, text);
    return cli_text_width(word);
}

/* Prints the words from `column` on and breaks lines before WIDTH. A word longer than a line, such as a path,
 * stays whole. */
static void print_wrapped(const char *text, int column) {
    int at = column;
    while (*text) {
        int length = (int)strcspn(text, " "), width = width_of(text, length);
        if (at > column && at + 1 + width > WIDTH) {
            printf("\n%*s", column, "");
            at = column;
        } else if (at > column) {
            putchar(' ');
            at++;
        }
        printf("%.*s", length, text);
        at += width;
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

/* "  -b, --batch-size N       images per step (32)". A long flag pushes its help to the next line. */
static void print_row(char letter, const char *name, const char *value, const char *help) {
    char left[256];
    int n = letter ? snprintf(left, sizeof left, "  -%c, --%s", letter, name)
                   : snprintf(left, sizeof left, "      --%s", name);
    if (*value) n += snprintf(left + n, sizeof left - (size_t)n, *value == '[' ? "%s" : " %s", value);
    printf("%s", left);
    if (n > FLAG_COLUMN - 2)
        printf("\n%*s", FLAG_COLUMN, "");
    else
        printf("%*s", FLAG_COLUMN - n, "");
    print_wrapped(help, FLAG_COLUMN);
}

/* The placeholder of the value: "N", or the choices, "auto|direct"; "[=none|flip]" of a flag that can stand alone. */
static const char *value_of(const struct linnet_option *o, char *out, size_t size) {
    size_t at = (size_t)snprintf(out, size, "%s", o->value ? o->value : "");
    if (o->value || !o->choice) return out;
    for (int i = 0; o->choice(i) && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? "|" : o->bare ? "[=" : "", o->choice(i));
    if (o->bare && at < size) snprintf(out + at, size - at, "]");
    return out;
}

/* A command may show another default for a whole table: `resume` takes the run's value in place of the row's.
 * A bool has no default to show: leaving it out is the default. */
static const char *default_of(const struct cli_flag_walk *flag, char *out, size_t size) {
    if (!flag->flags->default_text) return linnet_option_default(flag->option, out, size);
    snprintf(out, size, "%s", flag->option->type == LINNET_OPTION_BOOL ? "" : flag->flags->default_text);
    return out;
}

static void print_flag(const struct cli_flag_walk *flag) {
    const struct linnet_option *o = flag->option;
    char value[TEXT_MAX], preset[TEXT_MAX], help[2 * TEXT_MAX];
    default_of(flag, preset, sizeof preset);
    snprintf(help, sizeof help, *preset ? "%s (%s)" : "%s", cli_tr(o->help), cli_tr(preset));
    print_row(o->letter, o->flag, value_of(o, value, sizeof value), help);
}

static void print_heading(const char *title) {
    struct cli_style style = cli_style_of(stdout);
    printf("\n%s%s%s\n", style.bold, cli_tr(title), style.end);
}

/* NULL is a group too: the flags without a heading of their own. */
static bool same_group(const struct linnet_option *o, const char *group) {
    return group && o->group ? !strcmp(group, o->group) : group == o->group;
}

/* The flags of one group under its heading. */
static void print_group(const struct cli_command *command, const char *group) {
    int count = 0;
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);) {
        if (!same_group(walk.option, group)) continue;
        if (count++ == 0) print_heading(group ? group : "flags");
        print_flag(&walk);
    }
}

/* Flags without a group first, then the groups in the order of their first flags. A command whose flags come from
 * several tables may name the same group in each; they share one heading. */
static void print_flags(const struct cli_command *command) {
    const char *groups[GROUPS_MAX];
    int count = 0;
    print_group(command, NULL);
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);) {
        bool known = !walk.option->group || count == GROUPS_MAX;
        for (int i = 0; i < count && !known; i++) known = same_group(walk.option, groups[i]);
        if (known) continue;
        groups[count++] = walk.option->group;
        print_group(command, walk.option->group);
    }
}

void cli_help_command(const struct cli_command *command) {
    printf("linnet %s: %s\n\n%s: linnet %s\n", command->name, cli_tr(command->summary), cli_tr("usage"),
           command->usage);
    if (command->about) {
        putchar('\n');
        print_wrapped(cli_tr(command->about), 0);
    }
    print_flags(command);
    if (!cli_flag_next(command, &(struct cli_flag_walk){0})) print_heading("flags");
    print_row('h', "help", "", cli_tr("this help"));
    print_heading("example");
    printf("  %s\n", command->example);
}

/* ---- JSON ----------------------------------------------------------------------------------------------- */

/* The range of a number; null for the other types. */
static void put_range(struct linnet_json *json, const struct linnet_option *o) {
    static const char *const types[] = {"bool", "int", "int", "double", "seconds", "string"};
    const bool is_number = o->type != LINNET_OPTION_BOOL && o->type != LINNET_OPTION_STRING;
    const bool is_integer = o->type == LINNET_OPTION_INT || o->type == LINNET_OPTION_INT64;
    linnet_json_string(json, "type", types[o->type]);
    if (is_integer) { /* a double would be printed with nine digits */
        linnet_json_int(json, "min", (int64_t)o->min);
        linnet_json_int(json, "max", (int64_t)o->max);
    } else {
        linnet_json_double(json, "min", is_number ? o->min : (double)NAN);
        linnet_json_double(json, "max", is_number ? o->max : (double)NAN);
    }
}

/* A list is empty, not left out, if the flag has no choices: a reader of the JSON needs no test for a missing
 * key. */
static void put_flag(struct linnet_json *json, const struct cli_flag_walk *flag) {
    const struct linnet_option *o = flag->option;
    char text[TEXT_MAX];
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "flag", o->flag);
    linnet_json_string(json, "letter", o->letter ? (char[]){o->letter, 0} : NULL);
    linnet_json_string(json, "value", *value_of(o, text, sizeof text) ? text : NULL);
    linnet_json_begin(json, "choices", '[');
    for (int i = 0; o->choice && o->choice(i); i++) linnet_json_string(json, NULL, o->choice(i));
    linnet_json_end(json);
    linnet_json_begin(json, "choice_help", '[');
    for (int i = 0; o->choice_help && o->choice_help(i); i++)
        linnet_json_string(json, NULL, o->choice_help(i));
    linnet_json_end(json);
    linnet_json_string(json, "default", *default_of(flag, text, sizeof text) ? text : NULL);
    put_range(json, o);
    linnet_json_string(json, "group", o->group);
    linnet_json_string(json, "help", o->help);
    linnet_json_string(json, "detail", o->detail);
    linnet_json_end(json);
}

static void put_command(struct linnet_json *json, const struct cli_command *command) {
    linnet_json_begin(json, NULL, '{');
    linnet_json_string(json, "command", command->name);
    linnet_json_string(json, "usage", command->usage);
    linnet_json_string(json, "group", command->group);
    linnet_json_string(json, "summary", command->summary);
    linnet_json_string(json, "about", command->about);
    linnet_json_string(json, "example", command->example);
    linnet_json_begin(json, "flags", '[');
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);) put_flag(json, &walk);
    linnet_json_end(json);
    linnet_json_end(json);
}

static void put_all(void) {
    const struct cli_command *command;
    struct linnet_json json = cli_json_to(stdout, 1);
    linnet_json_begin(&json, NULL, '[');
    for (int i = 0; (command = cli_command_get(i)); i++) put_command(&json, command);
    linnet_json_end(&json);
}

/* ---- the list of commands ------------------------------------------------------------------------------- */

/* A line for each command, with or without the headings of groups. */
static void print_commands(FILE *out, bool groups) {
    struct cli_style style = cli_style_of(out);
    const char *group = "";
    const struct cli_command *command;
    for (int i = 0; (command = cli_command_get(i)); i++) {
        if (groups && strcmp(group, command->group) != 0) {
            group = command->group;
            fprintf(out, "\n%s%s%s\n", style.bold, cli_tr(group), style.end);
        }
        fprintf(out, "  %-*s%s\n", NAME_COLUMN - 2, command->name, cli_tr(command->summary));
    }
}

void cli_help_all(void) {
    printf("linnet: %s\n\n%s: linnet COMMAND ... [flags]\n",
           cli_tr("train, test and run the classic image classifiers on the CPU"), cli_tr("usage"));
    print_commands(stdout, true);
    print_heading("examples");
    printf("  linnet train /usr/share/datasets/fashion-mnist --epochs 5\n"
           "  linnet eval runs/train\n"
           "  linnet predict runs/train photo.png -o predictions.csv\n\n%s",
           cli_tr("linnet help COMMAND shows its flags.\n"
                  "Exit status: 0 done, 1 a bug, 2 wrong usage, 3 bad input, 4 input/output,\n"
                  "5 memory or a limit, 6 diverged, 7 a rank was lost, 130 interrupted.\n"));
}

/* On stderr, because "linnet" alone is wrong usage: in a pipe it must not pass for output. */
void cli_help_short(void) {
    fprintf(stderr, "%s: linnet COMMAND ... [flags]\n\n", cli_tr("usage"));
    print_commands(stderr, false);
    fprintf(stderr, "\n%s\n", cli_tr("See linnet --help for more."));
}

/* ---- the command ---------------------------------------------------------------------------------------- */

struct help_args {
    bool json;
};

static const struct linnet_option own_rows[] = {
    {.name = "json",
     .type = LINNET_OPTION_BOOL,
     .flag = "json",
     .help = "all commands and their flags as JSON"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags help_flags[] = {{own}, {0}};

static int help_run(int argc, char **argv) {
    struct help_args args = {0};
    struct cli_positional names;
    int status = cli_args_parse(&cli_command_help, argc, argv, &args, &names);
    if (status) return status;
    /* The JSON of all commands contains each one. A second form would have to be kept stable too. */
    if (args.json && names.count)
        return cli_fail(LINNET_ERR_USAGE, "help --json shows all commands, not only %s", names.items[0]);
    if (args.json) {
        put_all();
        return LINNET_OK;
    }
    if (names.count == 0) {
        cli_help_all();
        return LINNET_OK;
    }
    const struct cli_command *command = cli_command_find(names.items[0]);
    if (!command) return LINNET_ERR_USAGE;
    cli_help_command(command);
    return LINNET_OK;
}

const struct cli_command cli_command_help = {
    .name = "help",
    .group = "help",
    .summary = "describe a command and its flags",
    .usage = "help [COMMAND | --json]",
    .example = "linnet help train",
    .max_args = 1,
    .flags = help_flags,
    .run = help_run,
};
