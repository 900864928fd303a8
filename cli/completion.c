/* linnet completion: a script that lets a shell complete linnet's command lines. */
#include "complete.h"
#include "output.h"
#include "text.h"
#include <string.h>

static const struct cli_flags completion_flags[] = {{0}};

static const struct {
    const char *name;
    void (*print)(void);
} shells[] = {
    {"bash", cli_complete_bash},
    {"zsh", cli_complete_zsh},
    {"fish", cli_complete_fish},
};

static int completion_run(int argc, char **argv) {
    struct cli_positional positional;
    int status = cli_args_parse(&cli_command_completion, argc, argv, NULL, &positional);
    if (status) return status;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (!strcmp(positional.items[0], shells[i].name)) {
            shells[i].print();
            return LINNET_OK;
        }
    char shown[CLI_SHOWN];
    return cli_fail(LINNET_ERR_USAGE, "completion: unknown shell '%s'; expected bash, zsh or fish",
                    cli_text_printable(positional.items[0], shown));
}

const struct cli_command cli_command_completion = {
    .name = "completion",
    .group = "help",
    .summary = "print a script that completes command lines",
    .usage = "completion bash|zsh|fish",
    .about =
        "The script completes commands, flags, their values, networks and paths. make install puts it where the "
        "shells look for it; in other cases: eval \"$(linnet completion bash)\" in ~/.bashrc, "
        "source <(linnet completion zsh) after compinit in ~/.zshrc, "
        "linnet completion fish | source in ~/.config/fish/config.fish.",
    .example = "linnet completion bash >~/.local/share/bash-completion/completions/linnet",
    .min_args = 1,
    .max_args = 1,
    .flags = completion_flags,
    .run = completion_run,
};
