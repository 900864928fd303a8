/* Warns if a network does no better than chance, which is to answer always with the largest class. Both the
 * training and the validation accuracy must be at most three standard errors of a proportion,
 * sqrt(p (1 - p) / n), above that class's share: with few images, an accuracy a little above it proves
 * nothing. */
#include "train/chance.h"
#include "base/alloc.h"
#include "base/log.h"
#include "data/dataset.h"
#include "graph/net.h"
#include "train/progress.h"

#include <math.h>

int ln_chance_epoch(int epochs) {
    enum { LEAST = 3, SHARE = 20 };
    if (epochs <= LEAST) return 0;
    return epochs / SHARE > LEAST ? epochs / SHARE : LEAST;
}

bool ln_chance_acc(double acc, double largest, int64_t count) {
    if (count <= 0 || isnan(acc)) return true; /* no evidence against it */
    return acc <= largest + 3 * sqrt(largest * (1 - largest) / (double)count);
}

/* The largest class's share of a part; 1 if it is unknown. */
static double largest_share(const struct ln_dataset *ds, enum linnet_part part) {
    const struct ln_part *p = &ds->parts[part];
    int64_t *counts = ln_calloc((size_t)ds->classes, sizeof *counts), most = 0;
    for (size_t i = 0; counts && i < p->count; i++) {
        const int64_t n = ++counts[ds->labels[p->index[i]]];
        if (n > most) most = n;
    }
    ln_free(counts);
    return most ? (double)most / (double)p->count : 1;
}

void ln_chance_warn(const struct ln_dataset *ds, const struct ln_net *net, const struct ln_epoch *row,
                    const struct ln_chance_run *run) {
    const char *advice = ln_net_has_role(net, LN_ROLE_NORM)
                             ? "--opt adamw or more epochs"
                             : "or a network with batch normalisation, such as resnet18,";
    if (run->epoch != ln_chance_epoch(run->epochs)) return;
    const double train = largest_share(ds, LINNET_TRAIN), val = largest_share(ds, LINNET_VAL);
    if (!ln_chance_acc(row->train_acc, train, (int64_t)ds->parts[LINNET_TRAIN].count)) return;
    if (!ln_chance_acc(row->val_acc, val, (int64_t)ds->parts[LINNET_VAL].count)) return;
    ln_log(LINNET_LOG_WARNING,
           "after %d epochs the training accuracy is %.1f%%, and always predicting the largest class "
           "would give %.1f%%: the network has not begun to learn; a smaller --lr (now %.3g), %s may "
           "help",
           run->epoch, 100 * row->train_acc, 100 * train, run->lr, advice);
}
