/* The report of linnet compare. */
#ifndef CLI_COMPARE_REPORT_H
#define CLI_COMPARE_REPORT_H

#include <linnet/linnet.h>

struct cli_comparison {
    struct linnet_outcome **outcomes; /* [count] in the order of the arguments */
    /* [count] the best run against each; its .count is 0 if their test images differ. */
    struct linnet_pair *pairs;
    int count;
    int best; /* index of the run with the highest test accuracy; -1: none was tested */
};

int cli_compare_text(const struct cli_comparison *c);
int cli_compare_json(const struct cli_comparison *c);
int cli_compare_csv(const struct cli_comparison *c, const char *path);

#endif
