/* linnet, the program: finds the command, runs it, and turns its status into the exit status. */
#include "help.h"
#include "output.h"
#include "spin_limit.h"
#include "style.h"
#include <locale.h>
#include <signal.h>
#include <string.h>

static void tell(void *user, int level, const char *line) {
    if (level >= LINNET_LOG_WARNING) cli_warn("%s", line);
}

static int dispatch(int argc, char **argv) {
    if (argc < 2) {
        cli_help_short();
        return LINNET_ERR_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) name = "help";
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) name = "version";
    const struct cli_command *command = cli_command_find(name);
    if (!command) return LINNET_ERR_USAGE;
    if (command->computes) cli_spin_limit(argv);
    int status = command->run(argc - 1, argv + 1);
    if (status == CLI_HELP_ASKED) cli_help_command(command);
    return status;
}

/* Display widths, of characters in UTF-8 in any case: a container without LANG has files named in UTF-8 too
 * (Python does the same, PEP 538). Numbers keep their decimal point. */
static void set_locale(void) {
    if (!setlocale(LC_CTYPE, "") || !cli_is_utf8()) setlocale(LC_CTYPE, "C.UTF-8");
}

int main(int argc, char **argv) {
    cli_output_begin();
    set_locale();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe and a file size limit are write errors, */
    signal(SIGXFSZ, SIG_IGN); /* which are reported and don't end a training */
    linnet_set_log(tell, NULL);

    int status = dispatch(argc, argv);
    int lost = cli_output_end();
    if (status >= 0) status = lost;
    return -status;
}
