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
    {ROW(STRING, dtype), DTYPE_INFER, .group = how},
    {ROW(INT, threads), THREADS, .group = how},
    {ROW(STRING, conv), CONV, .group = how},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads", .group = how,
     .help = "threads that load images", .detail = "The result does not depend on their number."},
    {ROW(INT64, max_memory_mb), MAX_MEMORY, .group = how},
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
    {ROW(STRING, dtype), DTYPE_INFER},
    {ROW(INT, threads), THREADS},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads",
     .help = "threads that read and decode pictures",
     .detail = "The result does not depend on their number."},
    {ROW(STRING, conv), CONV},
    {ROW(INT64, max_memory_mb), MAX_MEMORY},
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
     .default_text = "gradcam or hirescam, depending on the last layers", .help = "how the map is computed",
     .detail = "The default is gradcam if the layer is followed only by average pooling and one linear "
               "layer, as in resnet18 and googlenet; gradcam then equals hirescam. For other networks, "
               "such as lenet, alexnet and vgg, it is hirescam, because gradcam may show places that the "
               "network did not use. occlusion takes about 225 predictions per picture and serves to check "
               "the other methods."},
    {ROW(STRING, layer), .flag = "layer", .value = "NAME",
     .default_text = "the last one before the map is pooled or flattened",
     .help = "the layer whose map is drawn",
     .detail =
         "By its name in linnet summary. The name of a block, such as layer4, stands for its last layer."},
    {ROW(STRING, target), .flag = "class", .value = "NAME|N", .default_text = "the predicted class",
     .help = "the class to explain, by name or by number from 0"},
    {ROW(STRING, tta), TTA, .default_text = "as the model was trained"},
    {ROW(INT, threads), THREADS},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads",
     .help = "threads that read and decode pictures",
     .detail = "The result does not depend on their number."},
    {ROW(STRING, conv), CONV},
    {ROW(INT64, max_memory_mb), MAX_MEMORY},
    {ROW(BOOL, strict), .help = "stop at the first picture that cannot be explained"},
};
#undef OPTS

const struct linnet_option *linnet_explain_options(int index) {
    return LN_OPTION_ROW(explain_options, index);
}

#define OPTS struct linnet_embed_opts
static const struct linnet_option embed_options[] = {
    {ROW(INT, batch), BATCH, .preset = LN_DEFAULT_BATCH, .flag = "batch-size", .help = "images per step"},
    {ROW(STRING, dtype), DTYPE_INFER},
    {ROW(INT, threads), THREADS},
    {ROW(STRING, conv), CONV},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads", .help = "threads that load images",
     .detail = "The result does not depend on their number."},
    {ROW(BOOL, strict), STRICT},
    {ROW(STRING, dir), .help = "write skipped.csv and damaged.csv into this folder"},
};
#undef OPTS

const struct linnet_option *linnet_embed_options(int index) {
    return LN_OPTION_ROW(embed_options, index);
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
    {ROW(STRING, dtype), DTYPE_INFER, .goes_with = "plan"},
    {ROW(BOOL, json), .flag = "json", .help = "JSON on standard output, and nothing else"},
    {ROW(INT, threads), .min = 1, .max = LN_THREADS_MAX, .goes_with = "plan", .help = "compute threads"},
};
#undef OPTS

const struct linnet_option *linnet_summary_options(int index) {
    return LN_OPTION_ROW(summary_options, index);
}

#define OPTS struct linnet_export_opts
static const struct linnet_option export_options[] = {
    {ROW(INT, opset), .preset = 17, .min = 13, .max = 21, .flag = "opset", .value = "N",
     .help = "version of ONNX's operators"},
    {ROW(BOOL, fold), .flag = "fold", .help = "merge batch norm into the convolutions",
     .detail = "Without it the file keeps both, so that it can be trained further elsewhere."},
    {ROW(BOOL, softmax), .flag = "softmax", .help = "give probabilities instead of logits"},
    {ROW(BOOL, with_preprocess), .flag = "with-preprocess", .help = "take uint8 pixels and normalise them",
     .detail = "The input is [batch, height, width, channels]. Pictures must have the network's size: the "
               "file does not resize or crop, but its metadata describes how to."},
    {ROW(BOOL, check), .flag = "check", .help = "open the file again and compare its logits"},
};
#undef OPTS

const struct linnet_option *linnet_export_options(int index) {
    return LN_OPTION_ROW(export_options, index);
}

#define OPTS struct linnet_import_opts
static const struct linnet_option import_options[] = {
    {ROW(INT, imgsz), .min = 1, .max = LN_IMGSZ_MAX, .flag = "imgsz", .value = "N",
     .default_text = "the file's, else 224",
     .help = "width and height of the input in pixels, if the file does not fix them"},
};
#undef OPTS

const struct linnet_option *linnet_import_options(int index) {
    return LN_OPTION_ROW(import_options, index);
}

#define OPTS struct linnet_quantize_opts
static const struct linnet_option quantize_options[] = {
    {ROW(STRING, method), .flag = "method", .choice = ln_quant_method_choice, .preset_name = "auto",
     .help = "how the scales of activations are chosen",
     .detail = "minmax: by the largest number seen. percentile: by the 99.99th percentile of the "
               "magnitudes. kl: by the least Kullback-Leibler divergence between the histogram and its "
               "8-bit form. auto tries the three and takes the one whose logits are nearest to those of "
               "fp32 on images of the validation part."},
    {ROW(INT, images), .preset = 512, .min = 1, .max = 1 << 20, .flag = "images", .value = "N",
     .help = "images of the train part that the scales come from", .detail = "At least 300 are advisable."},
    {ROW(STRING, keep), .flag = "keep", .value = "LAYERS",
     .help = "layers that stay fp32: first, last, or names",
     .detail = "Use the names of linnet summary, separated by commas; first and last stand for the first "
               "and last convolution or linear layer."},
    {ROW(DOUBLE, max_drop), .min = 0, .max = 100, .zero_is_none = true, .flag = "max-drop", .value = "X",
     .default_text = "no bound",
     .help = "put layers back to fp32 until at most X points of accuracy are lost",
     .detail = "On the validation part. The layer whose 8-bit form changes the logits most goes back first."},
    {ROW(BOOL, per_layer), .flag = "per-layer",
     .help = "report how much error each layer alone adds in 8 bits",
     .detail =
         "The ratio of signal to error (SQNR, in decibels) of the logits with this layer alone in 8 bits."},
    {ROW(INT, batch), BATCH, .preset = LN_DEFAULT_BATCH, .flag = "batch-size", .group = how,
     .help = "images per step"},
    {ROW(INT, threads), THREADS, .group = how},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads", .group = how,
     .help = "threads that load images"},
    {ROW(BOOL, strict), STRICT, .group = how},
};
#undef OPTS

const struct linnet_option *linnet_quantize_options(int index) {
    return LN_OPTION_ROW(quantize_options, index);
}

#define OPTS struct linnet_bench_opts
static const struct linnet_option bench_options[] = {
    {ROW(INT, batch), BATCH, .preset = 16, .flag = "batch", .help = "images per step"},
    {ROW(STRING, opt), .choice = ln_optim_name, .choice_help = ln_optim_help, .preset_name = "sgd",
     .flag = "opt", .help = "optimiser, as defined by PyTorch"},
    {ROW(STRING, dtype), DTYPE_INFER},
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
    {ROW(STRING, comm_dtype), .choice = ln_comm_dtype_choice, .preset_name = "f32", .flag = "comm-dtype",
     .help = "with mpirun: type in which gradients are sent"},
    {ROW(STRING, link), .default_text = "none", .flag = "model", .value = "LINK,N",
     .help = "with mpirun: predict the step time of N ranks over a link: 10GbE,64",
     .detail = "LINK is 1GbE, 10GbE, 25GbE and so on, or a number of Gbit/s. The prediction uses the "
               "measured step, the times at which its gradients are ready, their sizes, and the time of a "
               "ring all-reduce at 90 % of the link's rate; docs/mpi.md has the formula."},
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
