/* The completion of fish: a line for each flag.
 *
 *     complete -c linnet -n '__linnet_is train' -s b -l batch-size -x -d 'images per step'
 *     complete -c linnet -n '__linnet_is train' -l weights -r -F -a 'imagenet ' -d 'initial weights ...'
 *
 * -x: a value that is not a path; -r -F: a value that may be a file. A flag that can stand alone (--tta) has neither.
 */
#include "complete.h"
#include <stdio.h>

static const char head[] = "# Completion of linnet for fish: linnet completion fish | source\n"
                           "function __linnet_is\n"
                           "    set -l words (commandline -opc)\n"
                           "    test (count $words) -gt 1; and test $words[2] = $argv[1]\n"
                           "end\n"
                           "function __linnet_no_command\n"
                           "    test (count (commandline -opc)) -eq 1\n"
                           "end\n"
                           "complete -c linnet -f\n"
                           "complete -c linnet -n __linnet_no_command -l help -s h -d 'this help'\n"
                           "complete -c linnet -n __linnet_no_command -l version -s V -d 'the version'\n";

static void print_description(const char *text) {
    printf(" -d '");
    cli_complete_print_escaped(text, "\\", "\\'");
    printf("'\n");
}

/* The words for -a, in double quotes, where fish expands variables and commands' output. */
static void print_words(const struct cli_complete *values, bool folders) {
    const bool networks = values->kinds & CLI_COMPLETE_NETWORKS,
               commands = values->kinds & CLI_COMPLETE_COMMANDS;
    if (!networks && !commands && !folders && !*values->words) return;
    printf(" -a '");
    if (networks) cli_complete_print_networks();
    if (commands) cli_complete_print_commands();
    printf("%s%s'", values->words, folders ? "(__fish_complete_directories)" : "");
}

static void print_flag(const struct cli_command *command, const struct linnet_option *flag) {
    struct cli_complete values;
    cli_complete_flag(flag, &values);
    const bool files = values.kinds & CLI_COMPLETE_FILES, folders = values.kinds & CLI_COMPLETE_FOLDERS;
    printf("complete -c linnet -n '__linnet_is %s'", command->name);
    if (flag->letter) printf(" -s %c", flag->letter);
    printf(" -l %s", flag->flag);
    if (flag->type != LINNET_OPTION_BOOL) {
        if (!flag->bare) printf("%s", files ? " -r -F" : " -x");
        print_words(&values, folders && !files);
    }
    print_description(flag->help);
}

static void print_command(const struct cli_command *command) {
    struct cli_complete values;
    printf("complete -c linnet -n __linnet_no_command -a %s", command->name);
    print_description(command->summary);
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);) print_flag(command, walk.option);
    printf("complete -c linnet -n '__linnet_is %s' -s h -l help -d 'this help'\n", command->name);
    cli_complete_arguments(command, &values);
    if (!values.kinds && !*values.words) return;
    const bool files = values.kinds & CLI_COMPLETE_FILES;
    printf("complete -c linnet -n '__linnet_is %s'%s", command->name, files ? " -F" : "");
    print_words(&values, values.kinds & CLI_COMPLETE_FOLDERS && !files);
    printf("\n");
}

void cli_complete_fish(void) {
    const struct cli_command *command;
    printf("%s", head);
    for (int i = 0; (command = cli_command_get(i)); i++) print_command(command);
}
