/* What linnet compare shows. */
#ifndef CLI_COMPARE_REPORT_H
#define CLI_COMPARE_REPORT_H

#include <linnet/linnet.h>

struct cli_comparison {
    struct linnet_outcome **outcomes; /* [count] in the order in which they were given */
    struct linnet_pair *pairs;        /* [count] the best one against each; count 0: other test images */
    int count;
    int best; /* the one with the highest test accuracy; -1: none was tested */
};

int cli_compare_text(const struct cli_comparison *c);
int cli_compare_json(const struct cli_comparison *c);
int cli_compare_csv(const struct cli_comparison *c, const char *path);

#endif
