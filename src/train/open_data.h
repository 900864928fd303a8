/* Data sets with the options that they were opened with (linnet_data), and the data of a run. */
#ifndef LN_TRAIN_OPEN_DATA_H
#define LN_TRAIN_OPEN_DATA_H

#include "data/dataset.h"

struct linnet_data {
    struct ln_dataset *ds;
    struct linnet_data_opts opts; /* split and split_file are the copies below */
    char *split, *split_file;     /* owned */
};

/* linnet_data_open and linnet_data_open_run, after their checks. */
LN_MUST_CHECK int ln_data_open(linnet_data **data, const char *path, const struct linnet_data_opts *opts);
LN_MUST_CHECK int ln_data_open_run(linnet_data **data, const char *run, const char *path,
                                   const struct linnet_data_opts *opts);
void ln_data_close(linnet_data *data); /* NULL is fine */
/* True if the data has parts of its own, or a split was asked for. */
bool ln_data_is_divided(const linnet_data *data);

#endif
