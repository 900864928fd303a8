/* linnet compare: shows runs side by side and tests whether their differences are significant. A difference of a point on a
 * hundred test images is usually chance, which the accuracies alone do not show. */
#include "command.h"
#include "compare_report.h"
#include "output.h"
#include "text.h"
#include <math.h>
#include <stdlib.h>

struct compare_args {
    const char *output;
    bool json;
};

#define OPTS struct compare_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, output), .flag = "output", .letter = 'o', .value = "FILE",
     .help = "write the table as CSV"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags compare_flags[] = {{own}, {cli_json_flag, .at = offsetof(OPTS, json)}, {0}};

/* Of equal accuracies the first run given counts, so that the order of the arguments decides a tie and the
 * result does not depend on anything hidden. Runs without a test part have no accuracy (nan) and cannot be
 * the best. */
static int find_best(const struct cli_comparison *c) {
    int best = -1;
    for (int i = 0; i < c->count; i++) {
        const double acc = c->outcomes[i]->test_acc;
        if (!isnan(acc) && (best < 0 || acc > c->outcomes[best]->test_acc)) best = i;
    }
    return best;
}

/* Each run is compared with the best one only: all pairs would be many tests, of which one in twenty looks
 * significant by chance. .p is nan where nothing was compared. */
static int compare_pairs(struct cli_comparison *c) {
    c->best = find_best(c);
    for (int i = 0; i < c->count; i++) {
        c->pairs[i] = (struct linnet_pair){.size = sizeof *c->pairs, .p = NAN};
        if (c->best < 0 || i == c->best) continue;
        int status = linnet_outcome_compare(c->outcomes[c->best], c->outcomes[i], &c->pairs[i]);
        if (status) return cli_fail_library(status);
    }
    return LINNET_OK;
}

/* c->count grows with the runs that are open, so that the caller frees exactly these after a failure. */
static int open_all(struct cli_comparison *c, const struct cli_positional *positional) {
    c->outcomes = calloc((size_t)positional->count, sizeof(struct linnet_outcome *));
    c->pairs = calloc((size_t)positional->count, sizeof *c->pairs);
    if (!c->outcomes || !c->pairs) return cli_fail(LINNET_ERR_LIMIT, "out of memory");
    for (; c->count < positional->count; c->count++) {
        int status = linnet_outcome_open(&c->outcomes[c->count], positional->items[c->count]);
        if (status) return cli_fail_library(status);
    }
    return LINNET_OK;
}

static int show(const struct cli_comparison *c, const struct compare_args *args) {
    char shown[CLI_SHOWN];
    int status = args->output ? cli_compare_csv(c, args->output) : LINNET_OK;
    if (!status) status = args->json ? cli_compare_json(c) : cli_compare_text(c);
    if (!status && args->output && !args->json)
        printf("\ntable written to %s\n", cli_text_printable(args->output, shown));
    return status;
}

static int compare_run(int argc, char **argv) {
    struct compare_args args = {0};
    struct cli_comparison c = {0};
    struct cli_positional positional;
    int status = cli_args_parse(&cli_command_compare, argc, argv, &args, &positional);
    if (status) return status;
    status = open_all(&c, &positional);
    if (!status) status = compare_pairs(&c);
    if (!status) status = show(&c, &args);
    for (int i = 0; i < c.count; i++) linnet_outcome_free(c.outcomes[i]);
    free(c.outcomes);
    free(c.pairs);
    return status;
}

const struct cli_command cli_command_compare = {
    .name = "compare",
    .group = "train and use",
    .summary = "show runs side by side and test whether they differ",
    .usage = "compare RUN... [flags]",
    .about =
        "Accuracies are shown with their 95% intervals. Runs that were tested on the same images are compared "
        "image by image with the most accurate one. If chance alone would often give such a difference, the "
        "two are reported as too close to call.",
    .example = "linnet compare runs/train runs/train2",
    .min_args = 1,
    .max_args = 1000,
    .flags = compare_flags,
    .run = compare_run,
};
