/* The options of training: one row each. A new one is a row here, a field of struct linnet_train_opts, and
 * its use. The order is that of --help, the manual and args.json.
 *
 * A row's .key, its name in args.json, must never change: runs of older versions are resumed by it.
 */
#define OPTS struct linnet_train_opts
#include "data/augment.h"
#include "optim/optim.h"
#include "optim/schedule.h"
#include "train/option_rows.h"
#include "train/train.h"

#include <stdio.h>

/* ---- rows that depend on the optimiser or the schedule ------------------------------------------------------ */

/* The table refuses unknown names; this function must only not crash on them. */
static bool takes_momentum(const char *opt) {
    const struct ln_optim_kind *kind = ln_optim_find(opt);
    return kind && kind->takes_momentum;
}

static bool takes_step_size(const char *lr_scheduler) {
    const struct ln_schedule_kind *kind = ln_schedule_find(lr_scheduler);
    return kind && kind->takes_step_size;
}

static bool takes_warmup(const char *lr_scheduler) {
    const struct ln_schedule_kind *kind = ln_schedule_find(lr_scheduler);
    return kind && !kind->has_warmup;
}

/* Prints the default of each optimiser; equal ones are listed together: "sgd, nesterov 0.02; adam, adamw 0.001". */
static void print_by_optimiser(double (*preset)(const struct ln_optim_kind *kind), char *out, size_t size) {
    const struct ln_optim_kind *first, *kind;
    size_t at = 0;
    out[0] = '\0';
    for (int i = 0; (first = ln_optim_get(i)); i++) {
        const double value = preset(first);
        const char *comma = at ? "; " : "";
        bool listed = value < 0;
        for (int j = 0; j < i; j++) listed |= preset(ln_optim_get(j)) == value;
        if (listed) continue;
        for (int j = i; (kind = ln_optim_get(j)); j++) {
            if (preset(kind) != value || at >= size) continue;
            at += (size_t)snprintf(out + at, size - at, "%s%s", comma, kind->name);
            comma = ", ";
        }
        if (at < size) at += (size_t)snprintf(out + at, size - at, " %g", value);
    }
}

static double lr_of(const struct ln_optim_kind *kind) {
    return kind->lr;
}

static double momentum_of(const struct ln_optim_kind *kind) {
    return kind->takes_momentum ? kind->momentum : -1;
}

static double decay_of(const struct ln_optim_kind *kind) {
    return kind->weight_decay;
}

static void print_lr(char *out, size_t size) {
    print_by_optimiser(lr_of, out, size);
}

static void print_momentum(char *out, size_t size) {
    print_by_optimiser(momentum_of, out, size);
}

static void print_decay(char *out, size_t size) {
    print_by_optimiser(decay_of, out, size);
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

static const char training[] = "training", output[] = "output";

static const struct linnet_option options[] = {
    {ROW(STRING, recipe), .choice = ln_recipe_choice, .preset_name = "auto", .flag = "recipe",
     .key = "recipe", .help = "a set of defaults for the flags that are not given",
     .detail = "auto\tPhotos: image sizes, epochs, optimiser, regularisation and augmentation are chosen "
               "from the number and size of the photos, the network, and the measured speed of some "
               "steps, so that training takes an hour or less. Small pictures: the defaults named below.\n"
               "fast\tPhotos: as auto, but ten minutes or less. Small pictures: 5 epochs, the first half "
               "epoch as warm-up.\n"
               "best\tPhotos: as auto, but twice the epochs, without a time limit. Small pictures: "
               "cifar_resnet20 unless --model names a network, 100 epochs, 5 of them warm-up, mixup 0.2, "
               "cutmix 1, label smoothing 0.1, dtype auto; for colour images strong augmentation.\n"
               "chapter\tA textbook's LeNet on photos of cats and dogs: 224 pixels, split 400,92,10 with "
               "seed 42, batches of 32, sgd with a constant learning rate of 0.001 and momentum 0.9, no "
               "weight decay, 10 epochs. The table of layers is shown."},
    {ROW(INT, epochs), .preset = 10, .max = 100000, .zero_is_none = true, .flag = "epochs", .value = "N",
     .key = "epochs", .group = training, .help = "passes over the data; 0: only save the untrained model"},
    {ROW(INT, batch), BATCH, .preset = LN_DEFAULT_BATCH, .flag = "batch-size", .key = "batch_size",
     .group = training, .help = "images per step"},
    {ROW(STRING, opt), .choice = ln_optim_name, .preset_name = "sgd",
     .default_text = "sgd; for pictures of up to 64 x 64 pixels adamw", .flag = "opt", .key = "opt",
     .group = training, .help = "optimiser, as defined by PyTorch",
     .detail = "For small pictures, adamw is the default only if --lr, --momentum and "
               "--weight-decay are not given either. Its learning rate is then 0.002, its weight "
               "decay 0.1 (on weights only), and label smoothing is 0.05.",
     .choice_help = ln_optim_help},
    {ROW(DOUBLE, lr), .default_print = print_lr, .min = 1e-12, .max = 1e6, .flag = "lr", .value = "X",
     .key = "lr", .group = training, .help = "learning rate"},
    {ROW(DOUBLE, momentum), .default_print = print_momentum, .max = 0.9999, .zero_is_none = true,
     .goes_with = "opt", .goes_with_choice = takes_momentum, .flag = "momentum", .value = "X",
     .key = "momentum", .group = training, .help = "share of the last update that is kept"},
    {ROW(DOUBLE, weight_decay), .default_print = print_decay, .max = 10, .zero_is_none = true,
     .flag = "weight-decay", .value = "X", .key = "weight_decay", .group = training,
     .help = "rate at which weights are pulled to zero"},
    {ROW(STRING, lr_scheduler), .choice = ln_schedule_name, .preset_name = "cosine", .flag = "lr-scheduler",
     .key = "lr_scheduler", .group = training, .help = "how the learning rate changes",
     .choice_help = ln_schedule_help},
    {ROW(INT, step_epochs), .default_text = "a third of all epochs", .min = 1, .max = 100000,
     .goes_with = "lr_scheduler", .goes_with_choice = takes_step_size, .flag = "lr-step-size", .value = "N",
     .key = "step_epochs", .group = training,
     .help = "step: epochs between drops of the rate; plateau: epochs to wait for a lower loss"},
    {ROW(DOUBLE, warmup_epochs), .max = 100000, .zero_is_none = true, .goes_with = "lr_scheduler",
     .goes_with_choice = takes_warmup, .flag = "warmup-epochs", .value = "X", .key = "warmup_epochs",
     .group = training, .help = "epochs at the start in which the learning rate rises linearly"},
    {ROW(INT, patience), .default_text = "never", .max = 100000, .flag = "patience", .value = "N",
     .key = "patience", .group = training, .help = "stop after N epochs without improvement",
     .detail = "The validation part decides which epoch is better, so the data must have one."},
    {ROW(SECONDS, time_s), .default_text = "no limit", .min = 1, .max = 1e8, .flag = "time", .value = "30m",
     .key = "time_s", .group = training, .help = "fit training into this time: seconds, minutes or hours",
     .detail = "The schedule ends when the time is up. The speed is measured during training, so a "
               "machine that slows down runs fewer steps. --epochs is then only a plan: training "
               "may take up to twice as many epochs plus ten. The number of steps depends on the "
               "clock, so two such runs do not give the same bits."},
    {ROW(BOOL, model_ema), .flag = "model-ema", .key = "model_ema", .group = training,
     .help = "validate, save and test a moving average of the weights",
     .detail = "The exponential moving average of weights and running statistics replaces the weights "
               "after the last step."},
    {ROW(DOUBLE, model_ema_decay), .preset = 0.9998, .min = 1e-6, .max = 0.999999999,
     .goes_with = "model_ema", .flag = "model-ema-decay", .value = "X", .key = "model_ema_decay",
     .group = training, .help = "share of the average that a step keeps",
     .detail = "The first t steps keep at most (1 + t) / (10 + t)."},
    {ROW(STRING, augment), AUGMENT, .default_text = "light; small grey pictures: shift", .key = "augment",
     .group = training, .help = "random changes of the training images",
     .detail = "They are drawn again in every epoch, like torchvision's transforms of the same names.\n"
               "shift\tA shift by up to one pixel (RandomCrop with padding), and no mirroring: digits and "
               "letters stay what they are.\n"
               "light\tA random box of the photo (RandomResizedCrop, half of its area or more); if all "
               "images have one small size, a shift by up to four pixels instead (RandomCrop with "
               "padding). Half of the images are mirrored left to right.\n"
               "medium\tAs light, but with boxes from 8 % of the area, and brightness, contrast and "
               "saturation changed by up to 40 % (ColorJitter).\n"
               "strong\tAs medium, with one operation of TrivialAugmentWide; one image in ten has a "
               "rectangle erased (RandomErasing)."},
    {ROW(STRING, auto_augment), .choice = ln_auto_augment_choice, .default_text = "as --augment has it",
     .flag = "auto-augment", .key = "auto_augment", .group = training,
     .help = "trivial: one operation of TrivialAugmentWide per image"},
    {ROW(DOUBLE, scale), .min = 0.01, .max = 1, .default_text = "as --augment has it", .flag = "scale",
     .value = "X", .key = "scale", .group = training,
     .help = "smallest share of a photo's area that a random box covers"},
    {ROW(DOUBLE, rotate), .max = 180, .zero_is_none = true, .default_text = "0", .flag = "rotate",
     .value = "DEG", .key = "rotate", .group = training,
     .help = "rotate images by up to DEG degrees either way (RandomRotation)"},
    {ROW(DOUBLE, jitter), .max = 1, .zero_is_none = true, .default_text = "as --augment has it",
     .flag = "jitter", .value = "X", .key = "jitter", .group = training,
     .help = "change brightness, contrast and saturation by up to this share (ColorJitter)"},
    {ROW(DOUBLE, erase), .max = 1, .zero_is_none = true, .default_text = "as --augment has it",
     .flag = "erase", .value = "P", .key = "erase", .group = training,
     .help = "probability that a rectangle is erased (RandomErasing)"},
    {ROW(DOUBLE, plain_share), .max = 1, .zero_is_none = true, .default_text = "0", .flag = "plain-share",
     .value = "X", .key = "plain_share", .group = training,
     .help = "share of epochs at the end without mixing, erasing and TrivialAugment"},
    {ROW(INT, train_imgsz), .min = 1, .max = LN_IMGSZ_MAX, .default_text = "the network's input",
     .flag = "train-imgsz", .value = "N", .key = "train_imgsz", .group = training,
     .help = "width and height of images in training, in pixels",
     .detail = "A network that accepts any image size, such as a ResNet, is more accurate if it is "
               "trained on somewhat smaller images than it is used on, because objects look larger "
               "in a random crop than in a centre crop."},
    {ROW(INT, start_imgsz), .min = 1, .max = LN_IMGSZ_MAX, .default_text = "--train-imgsz",
     .flag = "start-imgsz", .value = "N", .key = "start_imgsz", .group = training,
     .help = "begin training with even smaller images of N x N pixels"},
    {ROW(DOUBLE, start_share), .preset = 0.7, .min = 0.01, .max = 1, .goes_with = "start_imgsz",
     .flag = "start-share", .value = "X", .key = "start_share", .group = training,
     .help = "share of the epochs that see images of --start-imgsz"},
    {ROW(BOOL, decay_weights), .flag = "decay-weights", .key = "decay_weights", .group = training,
     .help = "weight decay for weights only, not for biases and normalisation"},
    {ROW(DOUBLE, clip), .max = 1e6, .zero_is_none = true, .default_text = "0: never", .flag = "clip-grad",
     .value = "X", .key = "clip", .group = training,
     .help = "scale gradients down to this norm if theirs is larger"},
    {ROW(STRING, freeze), .choice = ln_freeze_choice, .preset_name = "none", .flag = "freeze",
     .key = "freeze", .group = training, .help = "backbone: train only the last layer",
     .detail = "The layers before it then run as in prediction: batch normalisation uses its running "
               "statistics without changing them, and dropout is off except right before the last layer."},
    {ROW(INT, freeze_epochs), .max = 100000, .zero_is_none = true,
     .default_text = "1 if a recipe trains photos from --weights, else none", .flag = "freeze-epochs",
     .value = "N", .key = "freeze_epochs", .group = training,
     .help = "train the last layer alone for N epochs, then all layers",
     .detail = "In these epochs all other layers are frozen, as with --freeze backbone, and the "
               "learning rate of the last layer rises linearly to --lr. Then the optimiser's "
               "state is reset, and --lr-scheduler starts at half of --lr for the remaining "
               "epochs, as in fastai's fine_tune."},
    {ROW(INT, freeze_views), .preset = 4, .min = 1, .max = 1000, .flag = "freeze-views", .value = "N",
     .key = "freeze_views", .group = training,
     .help = "while layers are frozen, show each image in N augmented views",
     .detail = "Epoch N + 1 repeats the views of epoch 1 in a new order. The outputs of the frozen "
               "layers are kept in memory, in at most half of --cache-mb, so after N epochs only "
               "the last layer has to be computed. With --mixup, --cutmix or --sampler balanced, "
               "every epoch draws new views."},
    {ROW(INT, val_every), .preset = 1, .min = 1, .max = 100000, .flag = "val-every", .value = "N",
     .key = "val_every", .group = training,
     .help = "validate after every Nth epoch, and after the first and the last",
     .detail = "The best weights are chosen among the epochs that were evaluated. Recipes for photos "
               "choose N so that validation takes about a tenth of the time."},
    {ROW(DOUBLE, lr_spread), .min = 1, .max = 1e6,
     .default_text = "10 if a recipe trains photos from --weights, else 1", .flag = "lr-spread", .value = "X",
     .key = "lr_spread", .group = training,
     .help = "divide learning rates by up to X, most for the layers nearest the input",
     .detail = "The learning rate of the layer at depth d of D is multiplied by X^(d/D - 1), so "
               "the last layer trains at the full rate. A normalisation layer has the rate of the "
               "layer before it."},
    {ROW(DOUBLE, label_smoothing), .max = 0.999, .zero_is_none = true, .flag = "label-smoothing",
     .value = "X", .key = "label_smoothing", .group = training,
     .help = "share of the target given to the other classes",
     .detail = "For small pictures with the default adamw, the default is 0.05."},
    {ROW(DOUBLE, mixup), .max = 1000, .zero_is_none = true, .flag = "mixup", .value = "A", .key = "mixup",
     .group = training, .help = "blend pairs of images, by shares from Beta(A, A)",
     .detail = "Each image of a batch is blended with the one before it. In the loss both labels count by "
               "their share; in the training accuracy only the one with the larger share counts."},
    {ROW(DOUBLE, cutmix), .max = 1000, .zero_is_none = true, .flag = "cutmix", .value = "A", .key = "cutmix",
     .group = training, .help = "paste rectangles from other images, by shares from Beta(A, A)",
     .detail = "If --mixup is given too, each batch uses one of the two, chosen at random."},
    {ROW(STRING, class_weights), .default_text = "all equal", .flag = "class-weights", .value = "auto|F",
     .key = "class_weights", .group = training,
     .help = "weights of the classes in the loss: auto, a list, or a CSV file",
     .detail = "auto\tThe inverse of the class's share of the training images; the mean over the images "
               "is 1.\n"
               "1,2.5\tA number for each class, in the order of the classes.\n"
               "FILE\tA CSV of class,weight.\n"
               "The gradient is that of the weighted loss, as in PyTorch's CrossEntropyLoss(weight=...). "
               "The reported losses of training, validation and test are unweighted."},
    {ROW(STRING, sampler), .choice = ln_sampler_choice, .preset_name = "shuffle", .flag = "sampler",
     .key = "sampler", .group = training, .help = "balanced: every class appears equally often in an epoch",
     .detail = "shuffle\tEach image once per epoch.\n"
               "balanced\tAn epoch has as many images as the training part, equally many from each class. "
               "Images of a small class are repeated, each time with different augmentation; from a large "
               "class, every epoch draws a new selection. Use either this or --class-weights auto: "
               "together they correct twice."},
    {ROW(STRING, tta), TTA, .preset_name = "none",
     .default_text = "flip if a recipe trains photos, else none", .key = "tta", .group = training},
    {ROW(STRING, conv), CONV, .key = "conv", .group = training},
    {ROW(STRING, dtype), DTYPE, .key = "dtype", .group = training},
    {ROW(INT64, seed), .max = LN_SEED_MAX, .zero_is_none = true, .flag = "seed", .value = "N", .key = "seed",
     .group = training, .help = "seed of the order, dropout and augmentation"},
    {ROW(INT, threads), THREADS, .key = "threads", .group = training, .resumable = true},
    {ROW(INT, workers), WORKERS, .default_text = "as many as --threads", .key = "workers", .group = training,
     .help = "threads that load images", .detail = "The images do not depend on their number.",
     .resumable = true},
    {ROW(INT64, cache_mb), CACHE_MB, .key = "cache_mb", .group = training,
     .help = "memory for decoded photos, in MB; 0: none",
     .detail = "The decoded photos are kept from one epoch to the next; this affects only the "
               "speed. If memory is short, fewer are kept.",
     .resumable = true},
    {ROW(INT64, max_memory_mb), .min = 1, .max = LN_CACHE_MB_MAX, .default_text = "what is free",
     .flag = "max-memory", .value = "MB", .key = "max_memory_mb", .group = training,
     .help = "refuse to train if that needs more memory than this",
     .detail = "The memory for weights, gradients, the optimiser's state, activations, images and "
               "the program itself is computed before the first step. The run is refused with "
               "status 5 if the sum exceeds the value of this flag, what the control group allows, "
               "or what the machine can give.",
     .resumable = true},
    {ROW(BOOL, sync_bn), .flag = "sync-bn", .key = "sync_bn", .group = training,
     .help = "with mpirun: batch normalisation over the images of all ranks",
     .detail = "Without this flag each rank normalises over its own share of the batch, which is "
               "faster and, with eight or more images per rank, about as good. With this flag the "
               "losses equal those of a single process, apart from rounding."},
    {ROW(STRING, comm_dtype), .choice = ln_comm_dtype_choice, .preset_name = "f32", .flag = "comm-dtype",
     .key = "comm_dtype", .group = training,
     .help = "with mpirun: type in which gradients are sent; bf16 takes half the time",
     .detail = "bf16 rounds each gradient, and each partial sum, to 8 bits of precision. Use it on "
               "a slow network connection."},
    {ROW(BOOL, strict), STRICT, .key = "strict", .group = training},
    {ROW(SECONDS, checkpoint_s), .preset = 600, .default_text = "10m", .max = 1e8, .zero_is_none = true,
     .flag = "checkpoint-every", .value = "10m", .key = "checkpoint_s", .group = output,
     .help = "save within epochs at this interval (s, m or h); 0: only between epochs",
     .detail = "A checkpoint is also saved before the first step. A resumed run ends with the same "
               "weights from every checkpoint.",
     .resumable = true},
    {ROW(STRING, on_disk_full), .choice = ln_on_disk_full_choice, .preset_name = "wait",
     .flag = "on-disk-full", .key = "on_disk_full", .group = output,
     .help = "stop: end the run if a checkpoint does not fit on the disk",
     .detail = "wait\tA warning names the file and the bytes that it needs; training continues "
               "once the space is free. Ctrl-C ends the wait.\n"
               "stop\tThe run ends with status 4. Earlier checkpoints are kept.",
     .resumable = true},
    {ROW(BOOL, tensorboard), .flag = "tensorboard", .key = "tensorboard", .group = output,
     .help = "write event files for TensorBoard into the run folder",
     .detail = "They hold the loss and accuracy of training and validation, the learning rate, images per "
               "second and the time of each epoch. A resumed run begins a new file."},
};

const struct linnet_option *linnet_train_options(int index) {
    return LN_OPTION_ROW(options, index);
}
