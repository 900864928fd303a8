/* linnet help [COMMAND], and everything that --help shows. */
#include "help.h"
#include "style.h"
#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, FLAG_COLUMN = 27, NAME_COLUMN = 12 };

/* Words from `column` on, broken at WIDTH. */
static void print_wrapped(const char *text, int column) {
    int at = column;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (at > column && at + 1 + length > WIDTH) {
            printf("\n%*s", column, "");
            at = column;
        } else if (at > column) {
            putchar(' ');
            at++;
        }
        printf("%.*s", length, text);
        at += length;
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

/* "  -b, --batch-size N       " */
static void print_flag(const struct cli_flag *flag) {
    char left[64];
    int n = flag->letter ? snprintf(left, sizeof left, "  -%c, --%s", flag->letter, flag->name)
                         : snprintf(left, sizeof left, "      --%s", flag->name);
    if (flag->value) n += snprintf(left + n, sizeof left - (size_t)n, " %s", flag->value);
    printf("%s", left);
    if (n > FLAG_COLUMN - 2)
        printf("\n%*s", FLAG_COLUMN, "");
    else
        printf("%*s", FLAG_COLUMN - n, "");
    print_wrapped(flag->help, FLAG_COLUMN);
}

static void print_heading(const char *title) {
    struct cli_style style = cli_style_of(stdout);
    printf("\n%s%s%s\n", style.bold, title, style.end);
}

void cli_help_command(const struct cli_command *command) {
    printf("linnet %s: %s\n\nusage: linnet %s\n", command->name, command->summary, command->usage);
    if (command->about) {
        putchar('\n');
        print_wrapped(command->about, 0);
    }
    if (!command->flags->help || command->flags->name) print_heading("flags");
    for (const struct cli_flag *flag = command->flags; flag->name || flag->help; flag++) {
        if (flag->name)
            print_flag(flag);
        else
            print_heading(flag->help);
    }
    print_flag(&(struct cli_flag){"help", 'h', CLI_BOOL, .help = "this help"});
    print_heading("example");
    printf("  %s\n", command->example);
}

/* The commands under their groups; with NULL as `out`'s groups left away. */
static void print_commands(FILE *out, bool groups) {
    struct cli_style style = cli_style_of(out);
    const char *group = "";
    const struct cli_command *command;
    for (int i = 0; (command = cli_command_get(i)); i++) {
        if (groups && strcmp(group, command->group) != 0) {
            group = command->group;
            fprintf(out, "\n%s%s%s\n", style.bold, group, style.end);
        }
        fprintf(out, "  %-*s%s\n", NAME_COLUMN - 2, command->name, command->summary);
    }
}

void cli_help_all(void) {
    printf("linnet: train, test and run the classic image classifiers on the CPU\n\n"
           "usage: linnet COMMAND ... [flags]\n");
    print_commands(stdout, true);
    print_heading("examples");
    printf("  linnet train /usr/share/datasets/fashion-mnist --epochs 5\n"
           "  linnet eval runs/train\n"
           "  linnet predict runs/train photo.png -o predictions.csv\n"
           "\nlinnet help COMMAND shows its flags.\n"
           "Exit status: 0 done, 1 a bug, 2 wrong usage, 3 bad input, 4 input/output,\n"
           "5 memory or a limit, 6 diverged, 130 interrupted.\n");
}

void cli_help_short(void) {
    fprintf(stderr, "usage: linnet COMMAND ... [flags]\n\n");
    print_commands(stderr, false);
    fprintf(stderr, "\nlinnet --help says more.\n");
}

static const struct cli_flag help_flags[] = {{0}};

static int help_run(int argc, char **argv) {
    struct cli_rest rest;
    int status = cli_args_parse(&cli_command_help, argc, argv, NULL, &rest);
    if (status) return status;
    if (rest.count == 0) {
        cli_help_all();
        return LINNET_OK;
    }
    const struct cli_command *command = cli_command_find(rest.items[0]);
    if (!command) return LINNET_ERR_USAGE;
    cli_help_command(command);
    return LINNET_OK;
}

const struct cli_command cli_command_help = {
    .name = "help",
    .group = "help",
    .summary = "show what a command does and takes",
    .usage = "help [COMMAND]",
    .example = "linnet help train",
    .max_rest = 1,
    .flags = help_flags,
    .run = help_run,
};
