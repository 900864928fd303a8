/* Splits with constraints: stratified by class, or with groups of near-identical images kept together.
 *
 * Units (groups or single samples) are dealt out one by one, each to the part that lags furthest behind its
 * share of what has been dealt so far. Dealing class by class spreads every class like the whole, however
 * small it is. Groups go first, within a class the largest first, so that the single samples after them can
 * fill each part to its exact size.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "data/split.h"
#include <stdlib.h>
#include <string.h>

enum { UNUSED = 3, PARTS = 4 };

struct unit {
    uint32_t first;  /* position of its first sample in the shuffled list */
    uint32_t weight; /* number of samples */
    int32_t label;   /* of the first sample; 0 if not stratified */
    uint8_t part;
};

struct deal {
    struct unit *units;
    size_t unit_count;
    uint32_t *unit_of; /* [list->count] the unit of each list position */
    size_t sizes[PARTS], given[PARTS], total;
};

/* ---- units -------------------------------------------------------------------------------------------- */

/* Collects the units in list order. seen: [ds->count] by group, 1 + the number of its unit; 0 if not seen. */
static void find_units(const struct ln_dataset *ds, const struct ln_part *list, bool stratify,
                       struct deal *deal, uint32_t *seen) {
    for (size_t i = 0; i < list->count; i++) {
        uint32_t sample = list->index[i], *unit = &seen[ds->groups ? ds->groups[sample] : sample];
        if (*unit == 0) {
            deal->units[deal->unit_count++] = (struct unit){
                .first = (uint32_t)i, .label = stratify ? ds->labels[sample] : 0, .part = PARTS};
            *unit = (uint32_t)deal->unit_count;
        }
        deal->unit_of[i] = *unit - 1;
        deal->units[*unit - 1].weight++;
    }
}

/* Marks groups that have a sample in the test part as unused: training on them would leak test images. */
static void bar_fixed(const struct ln_dataset *ds, const struct ln_part *list, struct deal *deal,
                      const uint32_t *seen) {
    const struct ln_part *fixed = &ds->parts[LINNET_TEST];
    size_t barred = 0;
    for (size_t i = 0; ds->groups && i < fixed->count; i++) {
        uint32_t unit = seen[ds->groups[fixed->index[i]]];
        if (unit == 0 || deal->units[unit - 1].part == UNUSED) continue;
        deal->units[unit - 1].part = UNUSED;
        barred += deal->units[unit - 1].weight;
    }
    if (barred > 0)
        ln_log(LINNET_LOG_WARNING,
               "%s: %zu of %zu images are left out because they duplicate images of the test part", ds->path,
               barred, list->count);
}

/* ---- dealing ------------------------------------------------------------------------------------------ */

static int unit_order(const void *a_, const void *b_) {
    const struct unit *a = *(struct unit *const *)a_, *b = *(struct unit *const *)b_;
    if ((a->weight > 1) != (b->weight > 1)) return a->weight > 1 ? -1 : 1;
    if (a->label != b->label) return a->label < b->label ? -1 : 1;
    if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
    return a->first < b->first ? -1 : 1;
}

/* How far a part lags behind its share once `done` samples are dealt, in units of 1 / total. */
static int64_t lag(const struct deal *deal, int part, size_t done) {
    return (int64_t)(deal->sizes[part] * done) - (int64_t)(deal->given[part] * deal->total);
}

/* Of the parts with room for the unit, the one that lags furthest; if none has, the one with the most room.
 */
static uint8_t choose_part(const struct deal *deal, const struct unit *unit, size_t done) {
    int best = -1, roomy = 0;
    int64_t most = INT64_MIN;
    for (int p = 0; p < PARTS; p++) {
        int64_t room = (int64_t)deal->sizes[p] - (int64_t)deal->given[p];
        if (deal->sizes[p] > 0 && room > most) {
            most = room;
            roomy = p;
        }
        if (room < (int64_t)unit->weight) continue;
        if (best < 0 || lag(deal, p, done) > lag(deal, best, done)) best = p;
    }
    return (uint8_t)(best < 0 ? roomy : best);
}

static int deal_units(struct deal *deal) {
    struct unit **order = ln_alloc(deal->unit_count * sizeof *order);
    size_t done = 0;
    if (!order) return LINNET_ERR_LIMIT;
    for (size_t i = 0; i < deal->unit_count; i++) order[i] = &deal->units[i];
    qsort(order, deal->unit_count, sizeof *order, unit_order);
    for (size_t i = 0; i < deal->unit_count; i++) {
        struct unit *unit = order[i];
        done += unit->weight;
        if (unit->part == PARTS) unit->part = choose_part(deal, unit, done);
        deal->given[unit->part] += unit->weight;
    }
    ln_free(order);
    return LINNET_OK;
}

/* Sorts the list by part; within a part the shuffled order stays. */
static int sort_list(const struct deal *deal, struct ln_part *list) {
    uint32_t *sorted = ln_alloc(list->count * sizeof *sorted);
    size_t at = 0;
    if (!sorted) return LINNET_ERR_LIMIT;
    for (int p = 0; p < PARTS; p++)
        for (size_t i = 0; i < list->count; i++)
            if (deal->units[deal->unit_of[i]].part == p) sorted[at++] = list->index[i];
    memcpy(list->index, sorted, at * sizeof *sorted);
    ln_free(sorted);
    return LINNET_OK;
}

/* The sizes stay as asked for, unless groups made that impossible. */
static void take_sizes(const struct ln_dataset *ds, const struct deal *deal, size_t sizes[3]) {
    if (memcmp(sizes, deal->given, 3 * sizeof *sizes) != 0)
        ln_log(LINNET_LOG_WARNING,
               "%s: split into %zu, %zu, %zu images instead of %zu, %zu, %zu to keep near-identical images "
               "together",
               ds->path, deal->given[0], deal->given[1], deal->given[2], sizes[0], sizes[1], sizes[2]);
    memcpy(sizes, deal->given, 3 * sizeof *sizes);
}

int ln_split_deal(const struct ln_dataset *ds, struct ln_part *list, size_t sizes[3], bool stratify) {
    if (list->count == 0) return LINNET_OK;
    struct deal deal = {.sizes = {sizes[0], sizes[1], sizes[2], list->count - sizes[0] - sizes[1] - sizes[2]},
                        .total = list->count};
    uint32_t *seen = ln_calloc(ds->count, sizeof *seen);
    deal.units = ln_alloc(list->count * sizeof *deal.units);
    deal.unit_of = ln_alloc(list->count * sizeof *deal.unit_of);
    int status = LINNET_ERR_LIMIT;
    if (seen && deal.units && deal.unit_of) {
        find_units(ds, list, stratify, &deal, seen);
        bar_fixed(ds, list, &deal, seen);
        status = deal_units(&deal);
    }
    if (status == LINNET_OK) status = sort_list(&deal, list);
    if (status == LINNET_OK) take_sizes(ds, &deal, sizes);
    ln_free(deal.unit_of);
    ln_free(deal.units);
    ln_free(seen);
    return status;
}
