/* Outcomes of runs: argument checks, then one call. A program sees struct linnet_outcome; the images that
 * were classified correctly, which the comparison needs, lie behind it in struct ln_outcome. */
#include "api/guard.h"
#include "train/outcome.h"

/* The public struct is the first member of the library's own. */
static struct ln_outcome *whole(const struct linnet_outcome *outcome) {
    return (struct ln_outcome *)outcome;
}

int linnet_outcome_open(struct linnet_outcome **outcome, const char *run) {
    struct ln_outcome *own = NULL;
    ln_api_begin();
    LN_NEED(outcome);
    LN_NEED(run);
    LN_TRY(ln_outcome_read(&own, run));
    *outcome = &own->shown;
    return LINNET_OK;
}

void linnet_outcome_free(struct linnet_outcome *outcome) {
    ln_outcome_destroy(whole(outcome));
}

int linnet_outcome_compare(const struct linnet_outcome *first, const struct linnet_outcome *second,
                           struct linnet_pair *pair) {
    struct linnet_pair own;
    ln_api_begin();
    LN_NEED(first);
    LN_NEED(second);
    LN_TRY(LN_CHECK_RESULT(pair));
    ln_outcome_pair(whole(first), whole(second), &own);
    LN_GIVE(&own, pair);
    return LINNET_OK;
}
