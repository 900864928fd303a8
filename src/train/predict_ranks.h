/* Prediction of many files by all ranks, in the same order and with the same bits as by one process.
 *
 *     round   batches 0 ... 127: rank 0 computes 0 ... 63, rank 1 64 ... 127, each whole, as one process would
 *             then every rank gets all predictions, and reports them in order
 *     round   batches 128 ...
 */
#ifndef LN_TRAIN_PREDICT_RANKS_H
#define LN_TRAIN_PREDICT_RANKS_H

#include "comm/comm.h"
#include "train/predictor.h"

struct ln_predict_job {
    linnet_predictor *predictor;
    const struct linnet_input *inputs; /* [count] the same on all ranks */
    size_t count;
    const struct linnet_predict_opts *opts; /* those of the predictor, with batch set */
    linnet_prediction_fn *on_prediction;
    void *user;
};

/* As ln_predictor_run, which it calls if there are no ranks. A failure of one rank fails all, after the predictions before it. */
LN_MUST_CHECK int ln_predict_on_ranks(const struct ln_predict_job *job);

#endif
