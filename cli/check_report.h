/* What `linnet check` tells, for people and as JSON. */
#ifndef CLI_CHECK_REPORT_H
#define CLI_CHECK_REPORT_H

#include <linnet/linnet.h>

struct cli_check_report {
    const linnet_data *data;
    const struct linnet_check *check;
    bool all; /* every image, however many there are */
};

/* Images of a class in a part; part 0: in all, those in none included. */
int64_t cli_check_count(const struct linnet_check *check, int label, enum linnet_part part);
/* The largest class's images in training (in all, where there are no parts) and the smallest's; false where
 * there is one class, or none with images. */
struct cli_check_extremes {
    int largest, smallest;
    int64_t most, least;
};
bool cli_check_extremes(const struct linnet_check *check, struct cli_check_extremes *out);

/* What --strict counts: images that can't be read, groups across parts or classes, classes without an image
 * in a part that others have. */
int64_t cli_check_problems(const struct linnet_check *check);
/* A class that a part lacks: calls `found` for each. */
void cli_check_missing(const struct linnet_check *check,
                       void (*found)(void *user, int label, enum linnet_part part), void *user);

const char *cli_check_part_name(enum linnet_part part); /* "train", "val", "test"; "" for none */

int cli_check_text(const struct cli_check_report *report);
int cli_check_json(const struct cli_check_report *report);

#endif
