/* The options of evaluation, prediction, summaries and benchmarks: one row each. The order of the rows is
 * that of --help and of the manual: what a user most often changes comes first. */
#include "data/augment.h"
#include "optim/optim.h"
#include "train/explain.h"
#include "train/option_rows.h"
#include "train/train.h"

static const char how[] = "how", output[] = "output";

#define OPTS struct linnet_eval_opts
static const struct linnet_option eval_options[] = {
    {ROW(INT, batch), BATCH, .preset = LN_DEFAULT_BATCH, .flag = "batch-size", .group = how,
     .help = "images per step"},
    {ROW(STRING, tta), TTA, .default_text = "as the model was trained", .group = how},
    {ROW(STRING, dtype), DTYPE, .group = how},
    {ROW(INT, threads), THREADS, .group = how},
    {ROW(STRING, conv), CONV, .group = how},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads", .group = how,
     .help = "threads that load images", .detail = "The result does not depend on their number."},
    {ROW(BOOL, strict), STRICT, .group = how},
    {ROW(STRING, dir), .flag = "output", .letter = 'o', .value = "DIR", .group = output,
     .help = "write metrics.json, predictions.csv and pictures into DIR"},
    {ROW(BOOL, logits), .goes_with = "dir", .flag = "logits", .group = output,
     .help = "with -o: write logits instead of probabilities into predictions.csv"},
};
#undef OPTS

const struct linnet_option *linnet_eval_options(int index) {
    return LN_OPTION_ROW(eval_options, index);
}

#define OPTS struct linnet_predict_opts
static const struct linnet_option predict_options[] = {
    {ROW(INT, batch), BATCH, .preset = LN_PREDICT_BATCH, .flag = "batch-size",
     .help = "images computed at a time", .detail = "The next images are decoded meanwhile."},
    {ROW(STRING, tta), TTA, .default_text = "as the model was trained"},
    {ROW(STRING, dtype), DTYPE},
    {ROW(INT, threads), THREADS},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads",
     .help = "threads that read and decode pictures",
     .detail = "The result does not depend on their number."},
    {ROW(STRING, conv), CONV},
    {ROW(BOOL, features), .help = "also return the input of the last layer with weights"},
    {ROW(INT, picture), .min = 1, .max = 1 << 18,
     .help = "also return the picture, reduced to at most this width and height"},
    {ROW(BOOL, strict), .help = "stop at the first picture that cannot be predicted"},
};
#undef OPTS

const struct linnet_option *linnet_predict_options(int index) {
    return LN_OPTION_ROW(predict_options, index);
}

#define OPTS struct linnet_explain_opts
static const struct linnet_option explain_options[] = {
    {ROW(STRING, method), .flag = "method", .choice = ln_method_choice, .choice_help = ln_method_help,
     .default_text = "gradcam or hirescam, as the network ends", .help = "how the map is computed",
     .detail =
         "The default is gradcam if only averages of the layer's map and one linear layer follow it, as in resnet18 and "
         "googlenet, where gradcam equals hirescam. Elsewhere, as in lenet, alexnet and vgg, it is hirescam, because "
         "gradcam may show places there that the network did not use. occlusion takes about 225 predictions for each "
         "picture and is a check of the others."},
    {ROW(STRING, layer), .flag = "layer", .value = "NAME",
     .default_text = "the last one before the map is pooled or flattened",
     .help = "the layer whose map is drawn",
     .detail =
         "By its name in linnet summary. The name of a block, such as layer4, stands for its last layer."},
    {ROW(STRING, target), .flag = "class", .value = "NAME|N", .default_text = "the predicted class",
     .help = "the class to explain, by name or by number from 0"},
    {ROW(STRING, tta), TTA, .default_text = "as the model was trained"},
    {ROW(INT, threads), THREADS},
    {ROW(STRING, conv), CONV},
    {ROW(BOOL, strict), .help = "stop at the first picture that cannot be explained"},
};
#undef OPTS

const struct linnet_option *linnet_explain_options(int index) {
    return LN_OPTION_ROW(explain_options, index);
}

#define OPTS struct linnet_summary_opts
static const struct linnet_option summary_options[] = {
    {ROW(INT, batch), BATCH, .preset = 1, .flag = "batch", .help = "images in the shapes shown"},
    {ROW(BOOL, plan), .flag = "plan", .help = "show the steps of the compiled plan",
     .detail = "One row per step: op, implementation, shape, layout, offset and bytes."},
    {ROW(BOOL, dot), .flag = "dot", .help = "print the network as a graph for Graphviz",
     .detail = "For example: linnet summary resnet18 --dot | dot -Tsvg > resnet18.svg"},
    {ROW(BOOL, train), .goes_with = "plan", .flag = "train", .help = "with --plan: the steps of training"},
    {ROW(STRING, conv), CONV, .goes_with = "plan"},
    {ROW(STRING, dtype), DTYPE, .goes_with = "plan"},
    {ROW(BOOL, json), .flag = "json", .help = "JSON on standard output, and nothing else"},
    {ROW(INT, threads), .min = 1, .max = LN_THREADS_MAX, .goes_with = "plan", .help = "compute threads"},
};
#undef OPTS

const struct linnet_option *linnet_summary_options(int index) {
    return LN_OPTION_ROW(summary_options, index);
}

#define OPTS struct linnet_bench_opts
static const struct linnet_option bench_options[] = {
    {ROW(INT, batch), BATCH, .preset = 16, .flag = "batch", .help = "images per step"},
    {ROW(STRING, opt), .choice = ln_optim_name, .choice_help = ln_optim_help, .preset_name = "sgd",
     .flag = "opt", .help = "optimiser, as defined by PyTorch"},
    {ROW(STRING, dtype), DTYPE},
    {ROW(INT, threads), THREADS},
    {ROW(STRING, conv), CONV},
    {ROW(DOUBLE, seconds), .preset = 3, .min = 0.01, .max = 3600, .flag = "seconds", .value = "X",
     .help = "seconds to measure each model"},
    {ROW(INT, steps), .preset = 10, .min = 1, .max = 100000, .flag = "steps", .value = "N",
     .help = "measure at least N steps"},
    {ROW(BOOL, floor), .flag = "floor", .help = "measure the limits of this machine too",
     .detail = "Shows the speed as a share of that of oneDNN's best kernels alone (floor), and of these "
               "together with the least memory traffic of the other layers (roof). The limits are measured "
               "between two halves of the steps, in case the speed of the machine changes."},
};
#undef OPTS

const struct linnet_option *linnet_bench_options(int index) {
    return LN_OPTION_ROW(bench_options, index);
}

#define OPTS struct linnet_bench_loader_opts
static const struct linnet_option bench_loader_options[] = {
    {ROW(INT, batch), BATCH, .preset = LN_DEFAULT_BATCH, .flag = "batch", .help = "images per batch"},
    {ROW(INT, imgsz), .preset = 224, .min = 1, .max = LN_IMGSZ_MAX, .flag = "imgsz", .value = "N",
     .help = "width and height in pixels"},
    {ROW(INT, workers), WORKERS, .default_text = "the number of processors",
     .help = "with --loader: threads that load images"},
    {ROW(STRING, augment), AUGMENT, .preset_name = "light",
     .help = "with --loader: random changes of the images"},
    {ROW(INT64, cache_mb), CACHE_MB, .help = "with --loader: memory for decoded photos, in MB; 0: none"},
    {ROW(INT, epochs), .preset = 3, .min = 1, .max = 1000, .help = "passes over the data"},
};
#undef OPTS

const struct linnet_option *linnet_bench_loader_options(int index) {
    return LN_OPTION_ROW(bench_loader_options, index);
}
