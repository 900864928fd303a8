/* What linnet eval shows. */
#ifndef CLI_EVAL_REPORT_H
#define CLI_EVAL_REPORT_H

#include <linnet/linnet.h>

struct cli_evaluation {
    const char *name; /* MODEL as it was given */
    const linnet_model *model;
    const linnet_data *data;
    enum linnet_part part;
    const struct linnet_metrics *metrics;
    const char *folder; /* where files were written; NULL: nowhere */
};

int cli_eval_text(const struct cli_evaluation *e);
int cli_eval_json(const struct cli_evaluation *e);

#endif
