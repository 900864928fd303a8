/* The completion of bash: one function with a case for each command, in it a case for each flag with a value.
 *
 *     train)
 *         case $before in
 *         --opt | --opt=) words='sgd nesterov adam adamw rmsprop ' ;;
 *         --seed | --seed=) ;;
 *         *) [[ $word == -* ]] && words='--model --seed ' || paths=files ;;
 *         esac ;;
 *
 * It needs nothing of the bash-completion package.
 */
#include "complete.h"
#include <stdio.h>

static const char head[] =
    "# Completion of linnet for bash: eval \"$(linnet completion bash)\"\n"
    "_linnet() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words='' paths='' networks commands\n";

/* readline breaks words at '=', so --opt=ad arrives as three words. */
static const char split[] = "    if [[ $word == '=' ]]; then\n"
                            "        word='' before+='='\n"
                            "    elif [[ $before == '=' ]]; then\n"
                            "        before=${COMP_WORDS[COMP_CWORD - 2]}=\n"
                            "    fi\n"
                            "    ((COMP_CWORD == 1)) && before=''\n"
                            "    case ${COMP_WORDS[COMP_CWORD > 1 ? 1 : 0]} in\n"
                            "    \"${COMP_WORDS[0]}\") words=\"$commands--help --version\" ;;\n";

/* With no word that fits, readline completes paths itself; it knows ~ and quotes. */
static const char tail[] =
    "    esac\n"
    "    COMPREPLY=()\n"
    "    [[ -n $words ]] && mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
    "    case $paths in\n"
    "    files)\n"
    "        compopt -o filenames -o default\n"
    "        ((${#COMPREPLY[@]})) && mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
    "    folders)\n"
    "        compopt -o filenames\n"
    "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- \"$word\") ;;\n"
    "    esac\n"
    "    return 0\n"
    "}\n"
    "complete -F _linnet linnet\n";

/* Prints the assignments that offer `values`. Files include folders. */
static void print_values(const struct cli_complete *values) {
    if (values->kinds & (CLI_COMPLETE_NETWORKS | CLI_COMPLETE_COMMANDS) || *values->words)
        printf(" words=\"%s%s%s\"", values->kinds & CLI_COMPLETE_NETWORKS ? "$networks" : "",
               values->kinds & CLI_COMPLETE_COMMANDS ? "$commands" : "", values->words);
    if (values->kinds & CLI_COMPLETE_FILES)
        printf(" paths=files");
    else if (values->kinds & CLI_COMPLETE_FOLDERS)
        printf(" paths=folders");
}

/* A flag that can stand alone takes a value only after '='. */
static void print_flag(const struct linnet_option *flag) {
    struct cli_complete values;
    printf("        ");
    if (flag->letter && !flag->bare) printf("-%c | ", flag->letter);
    if (!flag->bare) printf("--%s | ", flag->flag);
    printf("--%s=)", flag->flag);
    cli_complete_flag(flag, &values);
    print_values(&values);
    printf(" ;;\n");
}

static void print_command(const struct cli_command *command) {
    struct cli_complete values;
    printf("    %s)\n        case $before in\n", command->name);
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);)
        if (walk.option->type != LINNET_OPTION_BOOL) print_flag(walk.option);
    printf("        *)\n            if [[ $word == -* ]]; then\n                words='");
    for (struct cli_flag_walk walk = {0}; cli_flag_next(command, &walk);) printf("--%s ", walk.option->flag);
    printf("--help'\n            else\n               ");
    cli_complete_arguments(command, &values);
    print_values(&values);
    printf("%s\n            fi ;;\n        esac ;;\n", values.kinds || *values.words ? "" : " :");
}

void cli_complete_bash(void) {
    printf("%s    networks='", head);
    cli_complete_print_networks();
    printf("'\n    commands='");
    cli_complete_print_commands();
    printf("'\n%s", split);
    const struct cli_command *command;
    for (int i = 0; (command = cli_command_get(i)); i++) print_command(command);
    printf("%s", tail);
}
