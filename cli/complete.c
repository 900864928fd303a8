/* Finds the completions of a word of the command line. The tables of options hold the choices of a flag. For other values
 * they follow from the placeholder of the help: "DIR" is a folder, "F|imagenet" a file or that word. The usage of a command
 * is read in the same way:
 *
 *     clean RUN|DATA [flags]          folders and files
 *     export MODEL -o FILE [flags]    networks and files; the value of a flag is not positional
 */
#include "complete.h"
#include <stdio.h>
#include <string.h>

/* A placeholder without a row has no completions. NAME is a network only for the owners below, a flag or a command:
 * elsewhere it may be the name of a run or of a layer. */
static const struct {
    const char *placeholder, *owner;
    unsigned kinds;
} meanings[] = {
    {"F", NULL, CLI_COMPLETE_FILES},          {"FILE", NULL, CLI_COMPLETE_FILES},
    {"PHOTO", NULL, CLI_COMPLETE_FILES},      {"PATH", NULL, CLI_COMPLETE_FILES},
    {"DATA", NULL, CLI_COMPLETE_FILES},       {"DIR", NULL, CLI_COMPLETE_FOLDERS},
    {"RUN", NULL, CLI_COMPLETE_FOLDERS},      {"MODEL", NULL, CLI_COMPLETE_NETWORKS | CLI_COMPLETE_FILES},
    {"NAME", "model", CLI_COMPLETE_NETWORKS}, {"NAME", "weights", CLI_COMPLETE_NETWORKS},
    {"COMMAND", NULL, CLI_COMPLETE_COMMANDS},
};

static void add_word(struct cli_complete *values, const char *word, size_t length) {
    size_t used = strlen(values->words), left = sizeof values->words - used;
    if (length + 2 <= left) snprintf(values->words + used, left, "%.*s ", (int)length, word);
}

/* One word of a placeholder. Lower case means itself; the others are looked up. */
static void add_placeholder(struct cli_complete *values, const char *owner, const char *word, size_t length) {
    if (length && strspn(word, "abcdefghijklmnopqrstuvwxyz") == length) add_word(values, word, length);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strlen(meanings[i].placeholder) == length && !memcmp(meanings[i].placeholder, word, length) &&
            (!meanings[i].owner || !strcmp(meanings[i].owner, owner)))
            values->kinds |= meanings[i].kinds;
}

void cli_complete_flag(const struct linnet_option *flag, struct cli_complete *values) {
    *values = (struct cli_complete){0};
    for (int i = 0; flag->choice && flag->choice(i); i++)
        add_word(values, flag->choice(i), strlen(flag->choice(i)));
    for (const char *at = flag->choice || !flag->value ? "" : flag->value; *at; at += *at == '|') {
        size_t length = strcspn(at, "|");
        add_placeholder(values, flag->flag, at, length);
        at += length;
    }
}

void cli_complete_arguments(const struct cli_command *command, struct cli_complete *values) {
    *values = (struct cli_complete){0};
    bool is_value = false; /* the previous word was a flag */
    for (const char *at = command->usage + strcspn(command->usage, " "); *(at += strspn(at, " []|."));) {
        size_t length = strcspn(at, " []|.");
        bool is_flag = *at == '-' || !strncmp(at, "flags", length);
        if (!is_flag && !is_value) add_placeholder(values, command->name, at, length);
        is_value = is_flag;
        at += length;
    }
}

void cli_complete_print_networks(void) {
    struct linnet_arch_info info = {.size = sizeof info};
    for (int i = 0; linnet_arch_get(i, &info); i++) printf("%s ", info.name);
}

void cli_complete_print_commands(void) {
    const struct cli_command *command;
    for (int i = 0; (command = cli_command_get(i)); i++) printf("%s ", command->name);
}

void cli_complete_print_escaped(const char *text, const char *special, const char *quote) {
    for (; *text; text++) {
        if (strchr(special, *text)) putchar('\\');
        if (*text == '\'')
            printf("%s", quote);
        else
            putchar(*text);
    }
}
