/* Destinations of predictions: bars or a table on stdout, JSON, a CSV file, a grid of pictures, folders of copies.
 * Each is a sink with three functions: begin, put for each picture, end. A new one is a struct cli_sink and
 * one line in predict.c. */
#ifndef CLI_PREDICT_SINK_H
#define CLI_PREDICT_SINK_H

#include "json.h"
#include "output.h"
#include "table.h"
#include <linnet/linnet.h>
#include <stdbool.h>

#define CLI_UNSURE "unsure" /* in place of a class */

enum { CLI_PICTURE = 256 }; /* largest width and height of a picture in the grid, in pixels */

struct cli_predict_opts {
    int topk;         /* classes shown for each picture */
    bool logits;      /* logits instead of probabilities */
    const char *path; /* the file to write; NULL: stdout */
    int columns;      /* pictures per row of the grid */
    double min_conf;  /* below this probability the answer is "unsure" */
    bool unknown;     /* "unsure" too if the picture is unlike the training images; CSV gets the energies */
    int name_width;   /* columns of the longest name; 0: the names are not known yet */
    bool quiet;       /* stdout is used by another sink */
};

struct cli_sink_state {
    const linnet_model *model;
    const struct cli_predict_opts *opts;
    struct cli_file file;
    struct cli_table table;
    int class_width; /* columns of the longest class name */
    struct linnet_json json;
    struct linnet_grid_cell *cells; /* [count] */
    size_t count, left_out;         /* cells or copies, and pictures beyond the limit */
    size_t unsure;                  /* copies */
    bool failed;                    /* out of memory */
    int status;                     /* of the first copy that failed; no more are made */
};

struct cli_sink {
    int (*begin)(struct cli_sink_state *s);
    void (*put)(struct cli_sink_state *s, const struct linnet_prediction *prediction);
    int (*end)(struct cli_sink_state *s, bool good); /* good false: after a failure; keep no file */
};

/* True if the most probable class is below min_conf, or, with .unknown, the picture is unlike the training images. */
bool cli_predict_unsure(const struct cli_sink_state *s, const struct linnet_prediction *prediction);
/* The most probable class, or CLI_UNSURE. */
const char *cli_predict_name(const struct cli_sink_state *s, const struct linnet_prediction *prediction);
/* Writes the fields of a JSON object: "path", "label", "predicted", "probability", "energy", "unknown",
 * "top": [{"class", "probability"}], "probabilities": [...]; or "path" and "error" for an unreadable picture. */
void cli_predict_json(const struct cli_sink_state *s, const struct linnet_prediction *prediction,
                      struct linnet_json *json);

extern const struct cli_sink cli_sink_bars, cli_sink_table, cli_sink_json, cli_sink_csv, cli_sink_grid,
    cli_sink_move;

#endif
