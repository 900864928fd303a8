/* Parsing of the command line from a command's tables of options. The words of
 *
 *     linnet train -qj4 photos --lr=0.1 --seed 3 -- -odd
 *
 * are read as
 *
 *     -qj4        letters of flags; only the last one takes a value, 4
 *     photos      a positional argument
 *     --lr=0.1    a flag with its value attached
 *     --seed 3    a flag whose value is the next word; stored in three structs: data, model and training
 *     --          all words after it are positional
 *     -odd        positional
 *
 * A lone "-" is positional too. The first failure ends the parsing with one line on stderr: if a flag is
 * unknown, whether the next word is its value is unknown as well, so further messages could be wrong.
 */
#include "args.h"
#include "command.h"
#include "output.h"
#include "text.h"
#include <string.h>

#define OPTS struct cli_verbosity
static const struct linnet_option verbosity_rows[] = {
    {CLI_ROW(BOOL, quiet), .flag = "quiet", .letter = 'q', .group = "output",
     .help = "print only the result"},
    {CLI_ROW(BOOL, json), .flag = "json", .group = "output",
     .help = "JSON on standard output, one object per line: start, epochs, end"},
};
CLI_TABLE(verbosity, verbosity_rows)

/* --json of the other commands. Its struct is a single bool at offset 0, so that any command can place it
 * anywhere among its arguments. */
static const struct linnet_option json_rows[] = {{.name = "json",
                                                  .type = LINNET_OPTION_BOOL,
                                                  .flag = "json",
                                                  .group = "output",
                                                  .help = "JSON on standard output, and nothing else"}};
CLI_TABLE(json, json_rows)

const struct linnet_option *cli_verbosity_flags(int index) {
    return verbosity(index);
}

const struct linnet_option *cli_json_flag(int index) {
    return json(index);
}

/* ---- a command's flags ---------------------------------------------------------------------------------- */

/* A row without a flag is an option of the library only. */
static bool takes(const struct cli_flags *flags, const struct linnet_option *o) {
    char word[64];
    if (!o->flag || (flags->resumable && !o->resumable)) return false;
    /* With the spaces, "lr" is not found in " lr-scheduler ". */
    snprintf(word, sizeof word, " %s ", o->flag);
    return !flags->only || strstr(flags->only, word);
}

static const struct linnet_option *find_in(const struct cli_flags *flags, const char *name, size_t length) {
    const struct linnet_option *o;
    for (int i = 0; (o = flags->options(i)); i++)
        if (takes(flags, o) && strlen(o->flag) == length && !memcmp(o->flag, name, length)) return o;
    return NULL;
}

/* The first row of that flag: its help, type and range stand for the rows of the same flag in later tables.
 * Rows that share a flag must therefore have the same type. */
static const struct linnet_option *find(const struct cli_command *command, const char *name, size_t length) {
    const struct linnet_option *o = NULL;
    for (const struct cli_flags *f = command->flags; f->options && !o; f++) o = find_in(f, name, length);
    return o;
}

/* A flag that several tables have is returned once, at the row that find() gives: --help would otherwise list
 * --seed three times. */
bool cli_flag_next(const struct cli_command *command, struct cli_flag_walk *walk) {
    if (!walk->flags) walk->flags = command->flags;
    for (; walk->flags->options; walk->flags++, walk->index = 0)
        while ((walk->option = walk->flags->options(walk->index))) {
            walk->index++;
            if (takes(walk->flags, walk->option) &&
                find(command, walk->option->flag, strlen(walk->option->flag)) == walk->option)
                return true;
        }
    return false;
}

/* The suggestion comes from the flags of this command only: a flag of another command would be refused again.
 * 128 names are more than any command has; 63 bytes of a foreign word are enough for the edit distance. */
static int unknown(const struct cli_command *command, const char *name, size_t length) {
    const char *names[128] = {"help"};
    size_t n = 1;
    for (struct cli_flag_walk walk = {0}; n < 128 && cli_flag_next(command, &walk);)
        names[n++] = walk.option->flag;
    char word[64], shown[CLI_SHOWN];
    snprintf(word, sizeof word, "%.*s", (int)(length < 63 ? length : 63), name);
    cli_text_printable(word, shown);
    const char *near = linnet_nearest(word, names, n);
    if (near) return cli_fail(LINNET_ERR_USAGE, "unknown flag --%s; did you mean --%s?", shown, near);
    return cli_fail(LINNET_ERR_USAGE, "unknown flag --%s; see linnet help %s", shown, command->name);
}

/* ---- one flag ------------------------------------------------------------------------------------------- */

/* Stores the value in every table that has the flag: --seed is an option of the data, the model and the training. */
static int store(const struct cli_command *command, const struct linnet_option *flag, const char *value,
                 void *args) {
    for (const struct cli_flags *f = command->flags; f->options; f++) {
        const struct linnet_option *o = find_in(f, flag->flag, strlen(flag->flag));
        int status = o ? linnet_option_parse(o, (char *)args + f->at, value) : LINNET_OK;
        if (status) return cli_fail_library(status);
    }
    return LINNET_OK;
}

/* The value of a flag is the remainder of its word, else the next word. A next word that begins with '-' is a
 * value too: learning rates and names may begin with one. A flag that can stand alone (.bare, such as --tta)
 * takes only an attached value: the next word may be DATA. */
static int take(const struct cli_command *command, const struct linnet_option *flag, const char *attached,
                int argc, char **argv, int *i, void *args) {
    const char *value = attached;
    if (!value && flag->type != LINNET_OPTION_BOOL && !flag->bare && *i + 1 < argc) value = argv[++*i];
    return store(command, flag, value, args);
}

static int parse_long(const struct cli_command *command, int argc, char **argv, int *i, void *args) {
    const char *name = argv[*i] + 2;
    size_t length = strcspn(name, "=");
    const struct linnet_option *flag = find(command, name, length);
    if (!flag) return unknown(command, name, length);
    return take(command, flag, name[length] ? name + length + 1 : NULL, argc, argv, i, args);
}

static const struct linnet_option *find_letter(const struct cli_command *command, char letter) {
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);)
        if (walk.option->letter == letter) return walk.option;
    return NULL;
}

/* -b 64, -b64, or several letters in one word, of which only the last may take a value: -qj4. */
static int parse_letters(const struct cli_command *command, int argc, char **argv, int *i, void *args) {
    for (const char *p = argv[*i] + 1; *p; p++) {
        char letter[2] = {*p, 0}, shown[CLI_SHOWN];
        const struct linnet_option *flag = find_letter(command, *p);
        if (!flag)
            return cli_fail(LINNET_ERR_USAGE, "unknown flag -%s; see linnet help %s",
                            cli_text_printable(letter, shown), command->name);
        if (flag->type != LINNET_OPTION_BOOL)
            return take(command, flag, p[1] ? p + 1 : NULL, argc, argv, i, args);
        int status = store(command, flag, NULL, args);
        if (status) return status;
    }
    return LINNET_OK;
}

/* ---- the whole command line ----------------------------------------------------------------------------- */

static int check_count(const struct cli_command *command, const struct cli_positional *positional) {
    char shown[CLI_SHOWN];
    if (positional->count < command->min_args)
        return cli_fail(LINNET_ERR_USAGE, "%s: an argument is missing; usage: linnet %s", command->name,
                        command->usage);
    if (positional->count > command->max_args)
        return cli_fail(LINNET_ERR_USAGE, "%s: unexpected argument '%s'; usage: linnet %s", command->name,
                        cli_text_printable(positional->items[command->max_args], shown), command->usage);
    return LINNET_OK;
}

/* Refuses a flag that has no effect together with the others: the user would believe that it had one. The
 * check is made once all words are read, so that the order of flags does not matter. It sees one table at a
 * time; combinations across tables are checked by the command. */
static int check_combinations(const struct cli_command *command, const void *args) {
    for (const struct cli_flags *f = command->flags; f->options; f++) {
        int status = linnet_options_check(f->options, (const char *)args + f->at);
        if (status) return cli_fail_library(status);
    }
    return LINNET_OK;
}

static void preset_field(const struct linnet_option *o, void *field) {
    switch (o->type) {
    case LINNET_OPTION_BOOL: break; /* off unless its flag is given */
    case LINNET_OPTION_INT:
        if (!*(int *)field) *(int *)field = (int)o->preset;
        break;
    case LINNET_OPTION_INT64:
        if (!*(int64_t *)field) *(int64_t *)field = (int64_t)o->preset;
        break;
    case LINNET_OPTION_DOUBLE:
    case LINNET_OPTION_SECONDS:
        if (!(*(double *)field > 0)) *(double *)field = o->preset;
        break;
    case LINNET_OPTION_STRING:
        if (!*(const char **)field) *(const char **)field = o->preset_name;
        break;
    }
}

static void apply_presets(const struct cli_command *command, void *args) {
    const struct linnet_option *o;
    for (const struct cli_flags *f = command->flags; f->options; f++)
        for (int i = 0; f->presets && (o = f->options(i)); i++)
            preset_field(o, (char *)args + f->at + o->offset);
}

int cli_args_parse(const struct cli_command *command, int argc, char **argv, void *args,
                   struct cli_positional *positional) {
    /* The positional arguments need no memory of their own: there are never more of them than words already
     * read, so storing one overwrites no word that is still to be read. */
    *positional = (struct cli_positional){.items = (const char **)argv + 1};
    bool flags = true;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        int status = LINNET_OK;
        if (!flags || word[0] != '-' || !word[1]) {
            positional->items[positional->count++] = word;
        } else if (!strcmp(word, "--")) {
            flags = false;
        } else if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
            return CLI_HELP_ASKED;
        } else {
            status = (word[1] == '-' ? parse_long : parse_letters)(command, argc, argv, &i, args);
        }
        if (status) return status;
    }
    int status = check_count(command, positional);
    if (status == LINNET_OK) status = check_combinations(command, args);
    if (status == LINNET_OK) apply_presets(command, args);
    return status;
}
