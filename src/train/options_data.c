/* The options of data sets and of models: one row each. */
#include "train/option_rows.h"

static const char data[] = "data", network[] = "network";

/* ---- data --------------------------------------------------------------------------------------------------- */

#define OPTS struct linnet_data_opts
static const struct linnet_option data_options[] = {
    {ROW(STRING, split), .not_with = "split_file", .default_text = "as the data has it, else 80,10,10",
     .flag = "split", .value = "A,B,C", .key = "split", .group = data,
     .help = "train,validation,test: images (400,92,10) or percent (80,10,10)",
     .detail =
         "Images are drawn by the seed like Python's random.shuffle. Two numbers split the training part "
         "of data that has its own test part."},
    {ROW(BOOL, stratify), .not_with = "split_file", .flag = "stratify", .key = "stratify", .group = data,
     .help = "divide each class in the same proportions"},
    {ROW(BOOL, group_near), .not_with = "split_file", .flag = "group-near", .key = "group_near",
     .group = data, .help = "keep near-identical images in one part; reads all images",
     .detail = "Identical images are kept together too, and unreadable images are left out."},
    {ROW(BOOL, skip_bad), .not_with = "split_file", .flag = "skip-bad", .key = "skip_bad", .group = data,
     .help = "leave out unreadable images before the split; reads all images"},
    {ROW(STRING, split_file), .flag = "split-file", .value = "F", .key = "split_file", .group = data,
     .help = "take the parts from this CSV: path,class,part",
     .detail = "linnet split -o and every run write such a file."},
    {ROW(INT64, seed), .max = LN_SEED_MAX, .zero_is_none = true, .flag = "seed", .value = "N",
     .key = "data_seed", .group = data, .help = "seed of the split"},
    {ROW(INT, hold_out), .max = 50, .zero_is_none = true,
     .default_text = "5 if train uses a recipe, else none", .flag = "hold-out", .value = "PERCENT",
     .key = "hold_out", .group = data,
     .help = "share of training images held out for validation if the data has only a test part",
     .detail = "At most 1,000 images are held out, and none if there are fewer than 1,000. They serve to "
               "fit a temperature and the threshold for \"unknown\"; the weights of the last epoch are "
               "kept."},
    {ROW(INT64, limit), .min = 1, .max = 1e15, .default_text = "all", .flag = "limit", .value = "N",
     .key = "limit", .group = data, .help = "use at most N images of each part"},
};
#undef OPTS

const struct linnet_option *linnet_data_options(int index) {
    return LN_OPTION_ROW(data_options, index);
}

#define OPTS struct linnet_check_opts
static const struct linnet_option check_options[] = {
    {ROW(INT, threads), THREADS, .group = "how"},
};
#undef OPTS

const struct linnet_option *linnet_check_options(int index) {
    return LN_OPTION_ROW(check_options, index);
}

/* ---- models ------------------------------------------------------------------------------------------------- */

#define OPTS struct linnet_model_opts
static const struct linnet_option model_options[] = {
    {ROW(STRING, weights), .default_text = "untrained", .flag = "weights", .value = "F|imagenet",
     .group = network, .help = "initial weights from a file, or torchvision's for ImageNet",
     .detail = "F is a .pth file of any version of PyTorch, a .safetensors file or a run folder; tensors "
               "are found by their names. imagenet downloads torchvision's weights (see linnet weights). "
               "If the data has a different number of classes, the last layer is newly initialised; for "
               "grey images, the weights of a first layer for colour are summed over the colours. The "
               "report lists newly initialised tensors. Without data, the number of classes is that of the "
               "last layer; classes without names get numbers."},
    {ROW(INT, imgsz), .min = 1, .max = LN_IMGSZ_MAX,
     .default_text = "the data's own, else that of --weights, else the architecture's", .flag = "imgsz",
     .value = "N", .group = network, .help = "width and height of the input in pixels"},
    {ROW(INT, classes), .min = 1, .max = 1e6, .default_text = "the data's own, else the architecture's",
     .flag = "classes", .value = "N", .group = network, .help = "number of classes"},
    {ROW(INT, channels), .min = 1, .max = 3, .default_text = "the data's own, else the architecture's",
     .flag = "channels", .value = "1|3", .group = network, .help = "grey or colour"},
    {ROW(DOUBLE, dropout), .max = 0.999, .zero_is_none = true, .default_text = "the paper's",
     .group = network, .help = "share of the values that dropout sets to zero"},
    {ROW(BOOL, zero_init), .flag = "zero-init-residual", .group = network,
     .help = "ResNets: each block starts as the identity",
     .detail = "The weight of the last batch norm of each block starts at zero."},
    {ROW(BOOL, new_head), .group = network,
     .help = "initialise the last layer afresh if the weights have another number of classes"},
    {ROW(INT64, seed), .max = LN_SEED_MAX, .zero_is_none = true, .flag = "seed", .value = "N",
     .group = network, .help = "seed of the initial weights"},
};
#undef OPTS

const struct linnet_option *linnet_model_options(int index) {
    return LN_OPTION_ROW(model_options, index);
}

#define OPTS struct linnet_fetch_opts
static const struct linnet_option fetch_options[] = {
    {ROW(STRING, dir), .default_text = "XDG_CACHE_HOME/linnet, else ~/.cache/linnet", .flag = "dir",
     .value = "DIR", .help = "folder of the cache"},
    {ROW(STRING, url), .default_text = "LINNET_WEIGHTS_URL, else PyTorch's", .flag = "url", .value = "URL",
     .help = "address of the server"},
};
#undef OPTS

const struct linnet_option *linnet_fetch_options(int index) {
    return LN_OPTION_ROW(fetch_options, index);
}
