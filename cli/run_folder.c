/* Run folders: runs/train, runs/train2, runs/train3 ... A new run never writes into an existing folder, so no earlier
 * result can be overwritten. */
#include "run_folder.h"
#include "folder.h"
#include "output.h"
#include "text.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { RUNS_MOST = 100000 };

int cli_run_folder_make(const char *project, const char *name, char out[CLI_PATH]) {
    static const char flag[] = "--project";
    char shown[CLI_SHOWN];
    for (int i = 1; i < RUNS_MOST; i++) {
        char number[16] = "";
        if (i > 1) snprintf(number, sizeof number, "%d", i);
        if (snprintf(out, CLI_PATH, "%s/%s%s", project, name, number) >= CLI_PATH)
            return cli_folder_failed(project, ENAMETOOLONG, flag);
        int status = i == 1 ? cli_folder_make_parents(out, flag) : LINNET_OK;
        if (status) return status;
        if (!mkdir(out, 0777)) return LINNET_OK; /* mkdir is atomic: two runs cannot get the same folder */
        if (errno != EEXIST) return cli_folder_failed(out, errno, flag);
    }
    return cli_fail(LINNET_ERR_IO,
                    "%d runs have the name %s; choose another one with --name [cli-run-folder]", RUNS_MOST,
                    cli_text_printable(name, shown));
}

/* Hidden files, temporary files and the checkpoint before the last one are not results of the run. */
static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.' && !strstr(entry->d_name, ".tmp-") && !strstr(entry->d_name, ".previous.");
}

int cli_run_folder_list(const char *folder, void (*on_file)(void *user, const char *name), void *user) {
    struct dirent **entries;
    int count = scandir(folder, &entries, is_shown, alphasort);
    for (int i = 0; i < count; i++) {
        on_file(user, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    return count < 0 ? 0 : count;
}
