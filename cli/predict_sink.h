/* Where predictions go: a table on stdout, JSON, a CSV file, a grid of pictures, folders of copies. Each is a sink: begun
 * with the model, given each image's outcome, ended. A new one is a struct cli_sink and a line in predict.c.
 */
#ifndef CLI_PREDICT_SINK_H
#define CLI_PREDICT_SINK_H

#include "json.h"
#include "output.h"
#include "table.h"
#include <linnet/linnet.h>
#include <stdbool.h>

#define CLI_UNSURE "unsure" /* in place of a class */

enum { CLI_PICTURE = 256 }; /* pixels a side at most, of a picture in the grid */

struct cli_predict_opts {
    int topk;         /* classes shown for an image */
    bool logits;      /* raw logits in place of probabilities */
    const char *path; /* of the file to write; NULL: stdout */
    int columns;      /* of the grid */
    double min_conf;  /* the class is unsure below this probability */
    bool unknown;     /* and if the image is unlike the training images; a CSV file gets the energies */
    bool quiet;       /* stdout is for something else */
};

struct cli_sink_state {
    const linnet_model *model;
    const struct cli_predict_opts *opts;
    struct cli_file file;
    struct cli_table table;
    struct linnet_json json;
    struct linnet_grid_cell *cells;
    size_t count, capacity, left_out; /* of cells, or of copies */
    size_t unsure;                    /* copies */
    bool failed;                      /* memory ran out */
    int status;                       /* of the first copy that failed; no more are made */
};

struct cli_sink {
    int (*begin)(struct cli_sink_state *s);
    void (*put)(struct cli_sink_state *s, const struct linnet_prediction *prediction);
    int (*end)(struct cli_sink_state *s, bool good); /* not good: nothing is kept, only released */
};

/* True if no class is sure enough; and the most probable class, or CLI_UNSURE. */
bool cli_predict_unsure(const struct cli_sink_state *s, const struct linnet_prediction *prediction);
const char *cli_predict_name(const struct cli_sink_state *s, const struct linnet_prediction *prediction);

extern const struct cli_sink cli_sink_table, cli_sink_json, cli_sink_csv, cli_sink_grid, cli_sink_move;

#endif
