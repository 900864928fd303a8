/* The completion of zsh: a call of _arguments for each command.
 *
 *     (train)
 *         _arguments -s -S \
 *             '(-b --batch-size)'{-b+,--batch-size=}'[images per step]:N: ' \
 *             '--tta=-[average the probabilities]::value: _linnet_values none none flip ' \
 *             '*:argument: _linnet_values files ' ;;
 */
#include "complete.h"
#include <stdio.h>

static const char head[] = "#compdef linnet\n"
                           "# Completion of linnet for zsh: source <(linnet completion zsh)\n"
                           "\n"
                           "# Offers the paths that $1 names, files or folders, and the words after it.\n"
                           "_linnet_values() {\n"
                           "    local paths=$1 missing=1\n"
                           "    shift\n"
                           "    (( $# )) && compadd -- \"$@\" && missing=0\n"
                           "    case $paths in\n"
                           "    (files) _files && missing=0 ;;\n"
                           "    (folders) _files -/ && missing=0 ;;\n"
                           "    esac\n"
                           "    return missing\n"
                           "}\n"
                           "\n"
                           "_linnet() {\n";

static const char first[] = "    if (( CURRENT == 2 )); then\n"
                            "        _describe -t commands command summaries\n"
                            "        return\n"
                            "    fi\n"
                            "    local command=$words[2]\n"
                            "    shift words\n"
                            "    (( CURRENT-- ))\n"
                            "    case $command in\n";

/* A script that is found in $fpath runs as the function; one that is sourced registers the function. */
static const char tail[] = "    esac\n"
                           "}\n"
                           "\n"
                           "if [[ $funcstack[1] == _linnet ]]; then\n"
                           "    _linnet \"$@\"\n"
                           "else\n"
                           "    compdef _linnet linnet\n"
                           "fi\n";

static void print_escaped(const char *text, const char *special) {
    cli_complete_print_escaped(text, special, "'\\''");
}

/* The leading space lets _arguments call the function as it is written. */
static void print_values(const struct cli_complete *values) {
    const char *paths = values->kinds & CLI_COMPLETE_FILES     ? "files"
                        : values->kinds & CLI_COMPLETE_FOLDERS ? "folders"
                                                               : "none";
    printf(" _linnet_values %s %s%s%s'", paths, values->kinds & CLI_COMPLETE_NETWORKS ? "$networks " : "",
           values->kinds & CLI_COMPLETE_COMMANDS ? "$commands " : "", values->words);
}

static void print_flag(const struct linnet_option *flag) {
    struct cli_complete values;
    const char *value = flag->type == LINNET_OPTION_BOOL ? "" : flag->bare ? "=-" : "=";
    printf(" \\\n            ");
    if (flag->letter)
        printf("'(-%c --%s)'{-%c%s,--%s%s}", flag->letter, flag->flag, flag->letter, *value ? "+" : "",
               flag->flag, value);
    else
        printf("'--%s%s", flag->flag, value);
    printf("%s[", flag->letter ? "'" : "");
    print_escaped(flag->help, "[]:\\");
    printf("]%s", *value ? "" : "'");
    if (!*value) return;
    printf("%s:", flag->bare ? ":" : "");
    print_escaped(flag->value ? flag->value : "value", ":\\");
    putchar(':');
    cli_complete_flag(flag, &values);
    print_values(&values);
}

static void print_command(const struct cli_command *command) {
    struct cli_complete values;
    printf("    (%s)\n        _arguments -s -S", command->name);
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);) print_flag(walk.option);
    printf(" \\\n            '(-h --help)'{-h,--help}'[this help]'");
    if (command->max_args) {
        printf(" \\\n            '*:argument:");
        cli_complete_arguments(command, &values);
        print_values(&values);
    }
    printf(" ;;\n");
}

void cli_complete_zsh(void) {
    const struct cli_command *command;
    printf("%s    local -a networks=(", head);
    cli_complete_print_networks();
    printf(")\n    local -a commands=(");
    cli_complete_print_commands();
    printf(")\n    local -a summaries=(\n");
    for (int i = 0; (command = cli_command_get(i)); i++) {
        printf("        '%s:", command->name);
        print_escaped(command->summary, ":\\");
        printf("'\n");
    }
    printf("        '--help:this help' '--version:the version')\n%s", first);
    for (int i = 0; (command = cli_command_get(i)); i++) print_command(command);
    printf("%s", tail);
}
