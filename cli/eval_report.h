/* The report of linnet eval, for people and as JSON. */
#ifndef CLI_EVAL_REPORT_H
#define CLI_EVAL_REPORT_H

#include <linnet/linnet.h>

struct cli_evaluation {
    const char *name; /* MODEL as given on the command line */
    const linnet_model *model;
    const linnet_data *data;
    enum linnet_part part;
    const struct linnet_metrics *metrics;
    const char *reference; /* the model of --reference; NULL: none */
    const char *folder;    /* with the files of -o; NULL: none were written */
};

int cli_eval_text(const struct cli_evaluation *e);
int cli_eval_json(const struct cli_evaluation *e);

#endif
