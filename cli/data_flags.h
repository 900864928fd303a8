/* The flags that say how a data set is cut into parts; several commands have them. */
#ifndef CLI_DATA_FLAGS_H
#define CLI_DATA_FLAGS_H

#include "args.h"

/* `data`: the offset of a struct linnet_data_opts in the command's arguments. */
#define CLI_FLAG_SPLIT_FILE(data)                                                                 \
    {                                                                                             \
        "split-file", 0, CLI_STRING, (data) + offsetof(struct linnet_data_opts, split_file), "F", \
            .help = "the parts as this CSV says (path,class,part; linnet split)"                  \
    }
#define CLI_FLAG_STRATIFY(data)                                                              \
    {                                                                                        \
        "stratify", 0, CLI_BOOL, (data) + offsetof(struct linnet_data_opts, stratify), NULL, \
            .help = "the classes in the same shares in each part"                            \
    }
#define CLI_FLAG_GROUP_NEAR(data)                                                                \
    {                                                                                            \
        "group-near", 0, CLI_BOOL, (data) + offsetof(struct linnet_data_opts, group_near), NULL, \
            .help = "near-identical images stay in one part (reads all of them)"                 \
    }
#define CLI_FLAG_SKIP_BAD(data)                                                              \
    {                                                                                        \
        "skip-bad", 0, CLI_BOOL, (data) + offsetof(struct linnet_data_opts, skip_bad), NULL, \
            .help = "leave unreadable images out before splitting (reads all)"               \
    }

/* LINNET_ERR_USAGE, told on stderr, for flags that contradict each other. */
int cli_data_flags_check(const struct linnet_data_opts *opts);

#endif
