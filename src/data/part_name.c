/* The words that people use for the parts. */
#include "data/part_name.h"
#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum linnet_part part;
} part_words[] = {
    {"train", LINNET_TRAIN},    {"training", LINNET_TRAIN}, {"val", LINNET_VAL},      {"valid", LINNET_VAL},
    {"validation", LINNET_VAL}, {"test", LINNET_TEST},      {"testing", LINNET_TEST},
};

enum linnet_part ln_part_named(const char *word, size_t length) {
    for (size_t i = 0; i < sizeof part_words / sizeof *part_words; i++)
        if (length == strlen(part_words[i].word) && strncasecmp(word, part_words[i].word, length) == 0)
            return part_words[i].part;
    return LINNET_PART_DEFAULT;
}
