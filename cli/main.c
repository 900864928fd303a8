/* linnet, the program: finds the command, runs it, and converts its status into the exit status. */
#include "fonts.h"
#include "help.h"
#include "output.h"
#include "ranks.h"
#include "spin_limit.h"
#include "style.h"
#include "translate.h"
#include <locale.h>
#include <signal.h>
#include <string.h>

/* The library's warnings; its debugging lines are not for users of the program. */
static void on_log(void *user, int level, const char *line) {
    if (level >= LINNET_LOG_WARNING) cli_warn("%s", line);
}

/* Returns a status; CLI_HELP_ASKED (1), the only positive one, becomes 0 in main(). */
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
    const struct linnet_ranks_place place = linnet_ranks_place();
    if (place.size > 1 && !command->ranks) {
        if (place.rank > 0) return LINNET_OK;
        cli_warn("%s uses one of the %d processes that mpirun started", command->name, place.size);
    }
    if (command->ranks) cli_ranks_watch(argv);
    /* Before anything is opened or printed: the program may execute itself again here and start from the
     * beginning. */
    if (command->computes) cli_spin_limit(argv);
    int status = command->run(argc - 1, argv + 1);
    if (status == CLI_HELP_ASKED) cli_help_command(command);
    return status;
}

static const char *translate(void *user, const char *text) {
    return cli_tr(text);
}

/* Sets the locale from which display widths are computed. UTF-8 is forced, because file names are in UTF-8 even in a
 * container without LANG (Python does the same, PEP 538). Only LC_CTYPE is set, so numbers keep their decimal point. */
static void set_locale(void) {
    if (!setlocale(LC_CTYPE, "") || !cli_is_utf8()) setlocale(LC_CTYPE, "C.UTF-8");
}

int main(int argc, char **argv) {
    cli_spin_limit_begin();
    cli_output_begin();
    set_locale();
    cli_fonts_find();
    cli_translate_begin();
    /* A closed pipe or a file size limit then fails the write, which is reported; by default the signal would kill a
     * training run before it could save its checkpoint. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    linnet_set_log(on_log, NULL);
    linnet_set_translation(translate, NULL);

    int status = dispatch(argc, argv);
    /* Output that was lost is a failure even if the command succeeded: `linnet predict ... > full_disk` must
     * not exit with 0. An earlier failure stays the one that is reported. */
    int lost = cli_output_end();
    if (status >= 0) status = lost;
    return -status;
}
