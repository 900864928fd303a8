/* The report of training while it runs, in two forms: text for people, JSON for programs. */
#ifndef CLI_TRAIN_REPORT_H
#define CLI_TRAIN_REPORT_H

#include "progress.h"
#include "skips.h"
#include <linnet/linnet.h>

struct cli_training {
    const linnet_data *data;
    const linnet_model *model;
    const struct linnet_train_opts *opts; /* resolved: every default is filled in */
    const char *folder;                   /* NULL: nothing is trained, only shown */
    double seconds;                       /* that training will take; nan: unknown */
    const struct cli_train_report *report;
    bool quiet;               /* report only the end */
    bool watched;             /* a part is evaluated after each epoch, */
    const char *watched_name; /* and this is its name: "val", or "test" if there is no validation part */
    double epoch_began_s;     /* seconds since the start of the run */
    struct cli_progress progress;
    struct cli_skips skips;
};

struct cli_train_report {
    void (*start)(struct cli_training *t);
    void (*memory)(const struct linnet_train_memory *memory);
    void (*event)(struct cli_training *t, const struct linnet_event *event);
    void (*end)(struct cli_training *t, const struct linnet_result *result);
};

extern const struct cli_train_report cli_train_text, cli_train_json;

#endif
