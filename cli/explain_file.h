/* The files of linnet explain: a folder with NAME.png, NAME.npy and grid.png. */
#ifndef CLI_EXPLAIN_FILE_H
#define CLI_EXPLAIN_FILE_H

#include <linnet/linnet.h>
#include <stdbool.h>

enum { CLI_EXPLAIN_PATH = 4096 };

struct cli_explain_files {
    const linnet_model *model;
    const char *folder;
    bool with_npy;
    char png[CLI_EXPLAIN_PATH], npy[CLI_EXPLAIN_PATH]; /* of the last picture; npy "": not written */
    char **stems;                                      /* [count] names that are taken */
    size_t count, capacity;
    struct linnet_grid_cell *cells; /* [cell_count] of grid.png, copied */
    size_t cell_count, left_out;
};

/* Creates the folder with its parents. LINNET_ERR_USAGE if it holds one of the pictures at `paths`, which may be folders: a
 * picture could be replaced. Failures of these functions are reported on stderr. */
int cli_explain_begin(struct cli_explain_files *files, const char *const *paths, int count);
/* Writes the picture, and the map if `with_npy` is set. */
int cli_explain_write(struct cli_explain_files *files, const struct linnet_explanation *e);
/* Draws grid.png if there are two pictures or more and `good` is set, and frees everything. */
int cli_explain_end(struct cli_explain_files *files, bool good);

#endif
