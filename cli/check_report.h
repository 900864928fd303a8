/* The report of `linnet check`, for people and as JSON. */
#ifndef CLI_CHECK_REPORT_H
#define CLI_CHECK_REPORT_H

#include <linnet/linnet.h>

struct cli_check_report {
    const linnet_data *data;
    const struct linnet_check *check;
    bool all; /* show every image with a problem, however many there are */
};

/* Images of a class in a part. Part 0 counts all images, also those that belong to no part. */
int64_t cli_check_count(const struct linnet_check *check, int label, enum linnet_part part);
/* The largest class and the smallest one that has images, in the training part, or in all data if it has no parts.
 * False if there is only one class, or no image. */
struct cli_check_extremes {
    int largest, smallest;
    int64_t most, least;
};
bool cli_check_extremes(const struct linnet_check *check, struct cli_check_extremes *out);

/* The problems that --strict counts: unreadable images, groups of duplicates across parts or classes, and classes that
 * are missing from a part which has images of others. */
int64_t cli_check_problems(const struct linnet_check *check);
/* Calls `found` for each class that is missing from a part. */
void cli_check_missing(const struct linnet_check *check,
                       void (*found)(void *user, int label, enum linnet_part part), void *user);

const char *cli_check_part_name(enum linnet_part part); /* "train", "val", "test"; "" for none */

int cli_check_text(const struct cli_check_report *report);
int cli_check_json(const struct cli_check_report *report);

#endif
