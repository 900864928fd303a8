/* Linnet: train, test, tune and run the classic convolutional image classifiers on the CPU.
 *
 *     linnet_data *data;
 *     linnet_model *model;
 *     struct linnet_result result;
 *     if (linnet_data_open(&data, "/usr/share/datasets/fashion-mnist", NULL) ||
 *         linnet_model_create(&model, "lenet", data, NULL) ||
 *         linnet_train(model, data, &(struct linnet_train_opts){.epochs = 5, .dir = "runs/first"}, &result))
 *         fprintf(stderr, "%s\n", linnet_error());
 *
 * Conventions
 *   - A function that can fail returns LINNET_OK (0) or a negative enum linnet_status, and linnet_error()
 * then has the line to show. Its out-parameters are left NULL or untouched.
 *   - Option structs: a zero field means the default, NULL in place of the struct means all defaults. Where
 * an explicit nothing differs from the default, LINNET_NONE says it (.momentum = LINNET_NONE).
 *   - Strings are UTF-8. What a function returns as `const char *` belongs to the object it came from.
 *   - Objects are not locked: one thread at a time for each. Different objects may be used by different
 * threads.
 *   - The library never prints, never exits, and installs no signal handlers.
 *
 * long because: the whole of the public interface, in the one header that a user includes.
 */
#ifndef LINNET_H
#define LINNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LINNET_VERSION "0.1.0"
#define LINNET_API     __attribute__((visibility("default")))
#define LINNET_NONE    (-1)

/* ---- status ------------------------------------------------------------------------------------------- */

/* One list: name, value, meaning. The program's exit status is the value without its sign. */
#define LINNET_STATUS_LIST(X)                                                               \
    X(OK, 0, "done")                                                                        \
    X(ERR_INTERNAL, -1, "a bug, or something unforeseen")                                   \
    X(ERR_USAGE, -2, "wrong usage: an option, a name or a combination that does not exist") \
    X(ERR_INPUT, -3, "bad input: a file that is missing, damaged or of another kind")       \
    X(ERR_IO, -4, "input/output: disk full, no permission")                                 \
    X(ERR_LIMIT, -5, "out of memory, or over a limit")                                      \
    X(ERR_DIVERGED, -6, "diverged: the loss is not finite")                                 \
    X(ERR_RANK, -7, "a rank of a distributed run was lost")                                 \
    X(ERR_INTERRUPTED, -130, "interrupted; what was done so far is saved")

enum linnet_status {
#define LINNET_STATUS_ENUM(name, value, meaning) LINNET_##name = value,
    LINNET_STATUS_LIST(LINNET_STATUS_ENUM)
#undef LINNET_STATUS_ENUM
};

/* The line for a person, "FILE: WHERE: WHAT [code]", of the last failure in this thread; "" where there was
 * none. Valid until the next call into the library from this thread. */
LINNET_API const char *linnet_error(void);
/* Its stable code alone, as tests compare it: "st-header-length". */
LINNET_API const char *linnet_error_code(void);
LINNET_API const char *linnet_version(void); /* of the library: "0.1.0" */
/* "2.6.3" into out[size]: of the oneDNN that runs. */
LINNET_API void linnet_onednn_version(char *out, size_t size);
/* s[0..n), a file's name or other foreign text, as a terminal may show it, into out[size] with a NUL: printable
 * UTF-8 stays; control characters, bytes that are not UTF-8, bidirectional overrides and invisible format characters
 * become \xNN, as in linnet_error(). Stops before the character that does not fit; returns the bytes of s done. */
LINNET_API size_t linnet_text_escape(const char *s, size_t n, char *out, size_t size);

/* ---- process-wide hooks: set before anything else --------------------------------------------------------
 */

enum linnet_log_level { LINNET_LOG_DEBUG, LINNET_LOG_INFO, LINNET_LOG_WARNING };
typedef void linnet_log_fn(void *user, int level, const char *line);
LINNET_API void linnet_set_log(linnet_log_fn *fn, void *user); /* NULL: silence, the default */

/* Replaces malloc, realloc and free for all of the library's own memory (not oneDNN's, nor a codec's). */
struct linnet_allocator {
    void *(*alloc)(void *user, size_t size);
    void *(*realloc)(void *user, void *block, size_t size);
    void (*free)(void *user, void *block);
    void *user;
};
LINNET_API void linnet_set_allocator(const struct linnet_allocator *allocator);

/* ---- data ------------------------------------------------------------------------------------------------
 */

typedef struct linnet_data linnet_data;

enum linnet_part {
    LINNET_PART_DEFAULT, /* as an option: the test part, where it is empty validation, else train */
    LINNET_TRAIN,
    LINNET_VAL,
    LINNET_TEST,
};

struct linnet_data_opts {
    const char *split; /* "400,92,10" images or "80,10,10" percent (train, validation, test); NULL: as the
                          source has it, else 80,10,10. Two numbers split the train part of a source that has
                          its own test part */
    uint64_t seed;     /* of the split: Python's random.seed(seed); random.shuffle(list) */
    int64_t limit;     /* use at most so many images of each part; 0: all */
    const char *split_file; /* CSV of path, class, part (linnet_data_save_split, a run's split.csv): who is in
                               which part; images that it does not name are in none. In place of split, seed,
                               stratify and group_near */
    bool stratify;          /* each part has the classes in the same shares, to within an image or two */
    bool group_near; /* identical and near-identical images (linnet_data_check) stay in one part; reads all
                        images, and leaves out those that can't be read */
    bool skip_bad;   /* leave out what can't be read before the split is drawn; reads all images */
    const volatile int *stop; /* turned non-zero: give up reading all images, LINNET_ERR_INTERRUPTED */
    void (*on_progress)(void *user, int64_t done, int64_t total); /* of reading all images */
    void *user;
};

/* A data set, its kind told by looking: a folder with one sub-folder a class; one with train/,
 * val/ and test/ in it; a flat folder whose file names begin with the class; a CSV (path,label); a folder
 * with MNIST-family IDX files
 * (.gz too); CIFAR-10 and CIFAR-100 binaries.
 * Fails with LINNET_ERR_INPUT for data that is missing, damaged or of no known kind, or a split_file that
 * does not belong to it; LINNET_ERR_USAGE for a split that cannot be. */
LINNET_API int linnet_data_open(linnet_data **data, const char *path, const struct linnet_data_opts *opts);
/* The data that a run was trained on, opened as the run opened it, from its args.json: fields of opts that
 * are zero mean the run's own: the parts as its split.csv has them, or drawn again with its split, seed and
 * limit where that is gone. `run` is a run folder or a model file in one. `path`
 * NULL: the run's own data; the same place by any name: the same, so that what was trained on is not tested
 * on; another place: plain linnet_data_open(path, opts). Fails as linnet_data_open does, and with
 * LINNET_ERR_INPUT where path is NULL and `run` has no args.json. */
LINNET_API int linnet_data_open_run(linnet_data **data, const char *run, const char *path,
                                    const struct linnet_data_opts *opts);
LINNET_API void linnet_data_close(linnet_data *data); /* NULL is fine */
LINNET_API const char *linnet_data_path(const linnet_data *data);

LINNET_API int linnet_data_classes(const linnet_data *data);
LINNET_API const char *linnet_data_class_name(const linnet_data *data, int label);
LINNET_API int64_t linnet_data_count(const linnet_data *data, enum linnet_part part);
/* Images of each class in each part, into counts[classes][LINNET_TEST + 1]; [0] is those in no part. */
LINNET_API void linnet_data_class_counts(const linnet_data *data, int64_t *counts);
/* True where the data itself says what is for training, validation or test: no split had to be drawn. */
LINNET_API bool linnet_data_has_parts(const linnet_data *data);
/* Writes the parts as CSV, path,class,part, in the parts' own order, for linnet_data_opts.split_file. */
LINNET_API int linnet_data_save_split(const linnet_data *data, const char *path);
LINNET_API int linnet_data_channels(const linnet_data *data); /* 1: all grey, 3: colour */
/* True where there was no validation part: training then watches the test part, and keeps the last epoch's
 * weights, not the best, so that nothing is chosen by looking at the test. */
LINNET_API bool linnet_data_watches_test(const linnet_data *data);

/* ---- a look at the data -----------------------------------------------------------------------------------
 */

struct linnet_check_opts {
    int threads;              /* 0: as many as this process may use */
    const volatile int *stop; /* turned non-zero: give up, LINNET_ERR_INTERRUPTED */
    void (*on_progress)(void *user, int64_t done, int64_t total); /* in the calling thread */
    void *user;
};
struct linnet_check_image {
    const char *path; /* relative to the data; "train-images-idx3-ubyte[17]" for samples that are no files */
    int label;
    enum linnet_part part; /* 0 where it is in none, or the data has no parts and no split was asked for */
};
struct linnet_check_bad {
    struct linnet_check_image image;
    const char *code, *error; /* as linnet_error_code() and linnet_error() would say it */
};
struct linnet_check_twin {
    struct linnet_check_image image;
    bool identical; /* another one of its group has the same bytes */
    int distance;   /* of its perceptual hash from that of the group's first: bits of 64 that differ */
};
/* Two or more images that are identical or near-identical, each to another one of the group. */
struct linnet_check_group {
    const struct linnet_check_twin *images; /* [count], in the data's order */
    int64_t count;
    bool identical;      /* all of them, byte by byte */
    bool across_classes; /* the same picture with two labels */
    bool across_parts;   /* the same picture in two of train, validation and test */
};
struct linnet_check_range {
    double min, median, max;
};
struct linnet_check_format {
    const char *name;
    int64_t count;
};
/* What linnet_data_check found. */
struct linnet_check {
    int64_t images, readable;
    bool has_parts; /* of its own, or by a split that was asked for */
    int classes;
    const int64_t *counts; /* [classes][LINNET_TEST + 1] images, by part; [0] those in none */
    int64_t bad_count;
    const struct linnet_check_bad *bad;                     /* can't be read, and why */
    struct linnet_check_range width, height, aspect, bytes; /* of what can be read; aspect: width / height */
    int format_count;
    const struct linnet_check_format *formats; /* of what can be read, the most frequent first */
    int64_t blank_count;
    const struct linnet_check_image *blank; /* of one colour, or nearly */
    int64_t group_count;
    const struct linnet_check_group *groups; /* across parts first, then across classes, then by size */
    int64_t leaked[LINNET_TEST + 1]; /* LINNET_VAL, LINNET_TEST: images there that have a twin in training */
    int64_t redundant;               /* images that have a twin before them */
};

/* Looks at every image: can it be read, how large is it, is it there twice. Near-identical are two images
 * whose perceptual hashes (64 bits, Zauner 2010) differ in 10 bits at most and whose thumbnails correlate by
 * 0.9: the same photo saved again, smaller, lighter, in grey or cut by a few pixels; not turned or mirrored.
 * Changes nothing. An image that can't be read is a finding, not a failure. LINNET_ERR_LIMIT,
 * LINNET_ERR_INTERRUPTED. */
LINNET_API int linnet_data_check(struct linnet_check **check, const linnet_data *data,
                                 const struct linnet_check_opts *opts);
LINNET_API void linnet_check_free(struct linnet_check *check); /* NULL is fine */

/* ---- models ----------------------------------------------------------------------------------------------
 */

/* An architecture that Linnet knows. */
struct linnet_arch_info {
    const char *name; /* "lenet5" */
    int year;
    int64_t parameters; /* at its usual classes and size */
    int64_t macs;       /* multiply-adds of one image, the same */
    int imgsz;          /* usual input size, pixels a side */
    int channels, classes;
    const char *paper; /* author, title, year, section */
};
LINNET_API int linnet_arch_count(void);
LINNET_API const char *linnet_arch_name(int index); /* at once; NULL past the end */
/* Builds the network to count: false past the end, or out of memory. */
LINNET_API bool linnet_arch_get(int index, struct linnet_arch_info *info);

typedef struct linnet_model linnet_model;

struct linnet_model_opts {
    int classes;    /* 0: the data's, else the architecture's usual number */
    int channels;   /* 1 or 3; 0: the data's, else the usual */
    int imgsz;      /* input size in pixels a side; 0: the data's own for IDX, else the usual */
    uint64_t seed;  /* of the initial weights */
    double dropout; /* 0: the paper's, LINNET_NONE: none */
    bool zero_init; /* residual blocks begin as the identity: the last batch norm of each starts at zero */
    const char *weights; /* a file of weights to begin with, by tensors' names: PyTorch's .pth in any of its
                            forms, .safetensors, or a run folder; NULL: fresh weights. Where neither `classes`
                            nor data say it, its last layer says how many classes there are */
    bool new_head; /* with weights of another number of classes: the last layer starts fresh. Else, and for
                      any other tensor that is missing, misshapen or has no place, LINNET_ERR_INPUT */
};

/* A network by name with fresh weights, or those of a file. `data` may be NULL; where it is given, the
 * classes, channels and the normalisation (mean and standard deviation) come from it. */
LINNET_API int linnet_model_create(linnet_model **model, const char *arch, const linnet_data *data,
                                   const struct linnet_model_opts *opts);
/* A user's own network, in the text form that model files carry (docs/design.md). */
LINNET_API int linnet_model_create_from_text(linnet_model **model, const char *text,
                                             const struct linnet_model_opts *opts);
/* A model file (.safetensors) or a run folder (its best.safetensors). The file is hostile until checked:
 * every size is compared with the bytes that are there. */
LINNET_API int linnet_model_open(linnet_model **model, const char *path);
/* Plain NCHW fp32 tensors under PyTorch's state_dict names, and the metadata that makes the file
 * self-describing. The target is replaced whole or left alone. */
LINNET_API int linnet_model_save(const linnet_model *model, const char *path);
LINNET_API void linnet_model_destroy(linnet_model *model); /* NULL is fine */

LINNET_API const char *linnet_model_arch(const linnet_model *model); /* "lenet", or "custom" */
/* What was taken from opts.weights and what starts fresh, in a line; "" where there was no such file. */
LINNET_API const char *linnet_model_weights(const linnet_model *model);
LINNET_API const char *linnet_model_text(const linnet_model *model); /* the network as text */
LINNET_API int linnet_model_classes(const linnet_model *model);
LINNET_API const char *linnet_model_class_name(const linnet_model *model, int label);
LINNET_API int linnet_model_imgsz(const linnet_model *model);
LINNET_API int linnet_model_channels(const linnet_model *model);       /* 1 or 3 */
LINNET_API int64_t linnet_model_parameters(const linnet_model *model); /* trainable numbers */

/* ---- weights to begin with ------------------------------------------------------------------------------
 */

/* Weights that torchvision trained on ImageNet, by architecture: false past the end. */
struct linnet_weights_info {
    const char *arch; /* "resnet18" */
    const char *file; /* "resnet18-f37072fd.pth": the digits are the first of its SHA-256 */
};
LINNET_API bool linnet_weights_get(int index, struct linnet_weights_info *info);

struct linnet_fetch_opts {
    const char *dir; /* the cache; NULL: $XDG_CACHE_HOME/linnet, ~/.cache/linnet */
    const char
        *url;    /* where the files are; NULL: $LINNET_WEIGHTS_URL, https://download.pytorch.org/models/ */
    bool verify; /* compute the checksum of a file that is there already, too, and fetch a damaged one anew */
    const volatile int *stop;                                     /* as in linnet_train_opts */
    void (*on_progress)(void *user, int64_t done, int64_t total); /* bytes; total 0: not known */
    void *user;
};
/* Where the weights of an architecture are in the cache, there or not. *path is the caller's: linnet_free it.
 */
LINNET_API int linnet_weights_path(const char *arch, const struct linnet_fetch_opts *opts, char **path);
/* The same, fetched where they are not there: resumed where an earlier attempt ended, checked, put there
 * whole. LINNET_ERR_USAGE for an architecture without weights, LINNET_ERR_IO for a network that fails,
 * LINNET_ERR_INPUT for a file that is not what its name says. */
LINNET_API int linnet_weights_fetch(const char *arch, const struct linnet_fetch_opts *opts, char **path);

struct linnet_summary_opts {
    int batch; /* rows in the shapes; 0: 1 */
    bool plan; /* the plan's steps (step, op, implementation, shape, layout, offset, bytes), not the layers */
    bool train;        /* with plan: a training plan */
    bool dot;          /* a graph for Graphviz, not the table */
    const char *dtype; /* with plan: as in linnet_train_opts */
    bool json;
    int threads;
    const char *conv; /* with plan: as in linnet_train_opts */
};
/* The network as a table for people (or JSON): layer, output shape, parameters, multiply-adds, totals; those
 * of auxiliary heads, which only training has, are counted apart. *text is the caller's: linnet_free it. */
LINNET_API int linnet_model_summary(const linnet_model *model, const struct linnet_summary_opts *opts,
                                    char **text);
LINNET_API void linnet_free(void *block);

/* ---- training --------------------------------------------------------------------------------------------
 */

/* What happened, told to linnet_train_opts.on_event, in the thread that called linnet_train. */
enum linnet_event_kind {
    LINNET_EVENT_START, /* the plan is made; steps and epochs are known, and, of a run that goes on, how many
                           steps of this epoch are done; epoch is epochs + 1 where all are */
    LINNET_EVENT_STEP,  /* a step of training, or of an evaluation (part says which), is done */
    LINNET_EVENT_EPOCH, /* an epoch is done, validation included */
    LINNET_EVENT_FILE,  /* path was written */
    LINNET_EVENT_SKIPPED, /* an image can't be read and is passed over: path and line */
};
struct linnet_event {
    enum linnet_event_kind kind;
    enum linnet_part part;
    int epoch, epochs; /* epoch counts from 1 */
    int step, steps;   /* in this epoch and part, from 1 */
    double time_s;     /* since the start */
    double images_per_s;
    double lr;
    double loss, acc;         /* STEP: running mean of this epoch; EPOCH: training's. acc in 0..1 */
    double val_loss, val_acc; /* EPOCH; nan where nothing is watched */
    bool best;                /* EPOCH: the best so far, saved */
    const char *path;         /* FILE; SKIPPED: the image, as the data set names it */
    const char *line; /* SKIPPED: what is wrong, as it may be shown: "cat/9.jpg: JPEG ends at row 212 of
                         480; skipped, 3 of 25000 so far [img-truncated]" */
};

struct linnet_train_opts {
    int epochs;      /* 0: 10; LINNET_NONE: none, only save */
    int batch;       /* 0: 32 */
    const char *opt; /* "sgd", "nesterov", "adam", "adamw", "rmsprop"; NULL: sgd, but where lr, momentum and
                        weight_decay are 0 too and pictures have at most 64 pixels a side, adamw at 0.002 */
    double lr;       /* 0: 0.02 for SGD, 0.001 for the others */
    double momentum; /* 0: SGD's 0.9, RMSprop's none */
    double weight_decay;      /* 0: SGD's 5e-4, AdamW's 0.01, the others' 1e-4 */
    const char *lr_scheduler; /* "cosine" (default), "onecycle", "step", "plateau", "constant" */
    double warmup_epochs;     /* linear; 0: none; "onecycle" has its own */
    int step_epochs;        /* "step": divide by ten every so many epochs; "plateau": after more than so many
                               without a lower loss of what is watched, or else of training; 0: a third of
                               the epochs */
    int patience;           /* the end after so many epochs without a better one; 0: never */
    double time_s;          /* seconds: no epoch begins that would end later, as long as the last one took;
                               the first is whole; 0: no limit */
    bool model_ema;         /* an exponential moving average of weights and running statistics is watched,
                               kept and tested in their place */
    double model_ema_decay; /* of it, in steps: min(this, (1 + t) / (10 + t)); 0: 0.9998 */
    const char *augment;    /* "none", "light", "medium", "strong": see linnet(1); default: light for
                               colour, none for grey */
    const char *freeze;     /* "none" (default); "backbone": only the last layer of weights is trained, what
                               is before it runs as in prediction and keeps its running statistics */
    double label_smoothing; /* 0 .. <1 */
    double mixup;           /* images blended in pairs, by a share from Beta(mixup, mixup); 0: no */
    double cutmix;          /* rectangles pasted from another image, likewise; with mixup: either, by chance.
                               A mixed image is right where the label with the larger share is predicted */
    const char *dtype;      /* of activations and their gradients: "f32" (default); "bf16", half the bytes and
                               often more than twice the arithmetic, where the processor has the instructions
                               (avx512_bf16, AMX), else a warning and f32. Weights, their gradients, statistics and
                               the loss are fp32 either way, and so are files */
    const char
        *conv;     /* "auto" (default): each convolution by the way that is fastest here, Winograd's minimal
                      filtering among them, which rounds a little differently; "direct": sums alone */
    uint64_t seed; /* of order, dropout and augmentation */
    int threads;   /* 0: what affinity and cgroup allow */
    int workers;   /* loader threads; 0: as many as threads */
    int64_t cache_mb; /* memory for decoded photos, kept from one epoch to the next; 0: a quarter of what
                         is free; LINNET_NONE: none. It changes nothing but the speed */
    bool strict;      /* an image that can't be read ends the run: LINNET_ERR_INPUT. Else its place in
                         training goes to the next one of the epoch's order, and it does not count in
                         validation and test */
    const char *dir;  /* run folder to fill (made; must not hold a run yet); NULL: write nothing */
    bool resume;      /* dir holds a run that was stopped, and that goes on: see linnet_resume_open */
    const char *chapter_csv;  /* file for the test part's id,label: the number in the image's name and the
                                 probability of the second of two classes; NULL: none */
    const char *recipe;       /* whose defaults hold, as linnet_recipe_apply leaves it; NULL: "auto" */
    const volatile int *stop; /* turned non-zero from a signal handler: save, return LINNET_ERR_INTERRUPTED */
    void (*on_event)(void *user, const struct linnet_event *event);
    void *user;
};

/* Replaces zeros by what the recipe of that name says, so that what is set already wins:
 *
 *     auto     nothing: the defaults
 *     chapter  a textbook's LeNet on photos of cats and dogs: 224 px, split 400,92,10 by seed 42, batch
 *              32, SGD 0.001 with momentum 0.9, constant, no weight decay, 10 epochs
 *     fast     5 epochs
 *     best     100 epochs, 5 of them warm-up, mixup 0.2, cutmix 1, label smoothing 0.1; colour: strong
 *              augmentation
 *
 * LINNET_ERR_USAGE for another name. */
LINNET_API int linnet_recipe_apply(const char *name, struct linnet_data_opts *data,
                                   struct linnet_model_opts *model, struct linnet_train_opts *train);

/* Replaces each zero of *opts by the value that linnet_train would use for this model (threads and workers
 * too), so that it can be shown beforehand, and checks all of them. LINNET_NONE stays as it is. linnet_train
 * does the same by itself. LINNET_ERR_USAGE for a name or a value that can't be. */
LINNET_API int linnet_train_opts_settle(struct linnet_train_opts *opts, const linnet_model *model);

struct linnet_result {
    int epochs;                   /* done */
    double time_s;                /* of training, validation included */
    double images_per_s;          /* of training alone */
    double train_loss, train_acc; /* last epoch */
    double val_loss, val_acc;     /* of the weights that were kept; nan where nothing was watched */
    int best_epoch;
    double test_loss, test_acc; /* of the weights that were kept, on the test part; nan where it is empty */
    double test_acc_low, test_acc_high; /* 95 % interval of test_acc, as in linnet_metrics */
    int64_t test_count;                 /* images in the test part */
    int64_t skipped;                    /* images that could not be read, in all parts */
};

/* Trains the model in place; at the end it holds the kept weights. With .dir the run folder gets args.json,
 * env.json, classes.txt, split.csv, results.csv and .png, best and last .safetensors, and the test part's
 * metrics.json, predictions.csv, confusion_matrix.png, test_pred.png, top_losses.png, most_confident.png;
 * train_batch.png, the first batch as the network sees it; skipped.csv where images could not be read;
 * report.html, all that matters of it on one page. LINNET_ERR_DIVERGED after three steps in a row whose loss
 * or gradient is not finite (none of them applied).
 */
LINNET_API int linnet_train(linnet_model *model, linnet_data *data, const struct linnet_train_opts *opts,
                            struct linnet_result *result);

/* A run that was stopped (by Ctrl-C, a crash, the power), as its folder has it: model, data as it was split,
 * and the options that it had. linnet_train(run.model, run.data, &run.opts, &result) goes on with it from
 * last.safetensors, which an epoch's end and an interruption leave, and ends with the same bits as if it had
 * never stopped, given the same number of threads, processor and library; .threads, .workers, .cache_mb,
 * .stop and .on_event may be set before. A run that is done only tests once more. LINNET_ERR_INPUT
 * "resume-none" where there is nothing to go on from, or as linnet_data_open and linnet_model_open;
 * linnet_train then "ckpt-..." where the checkpoint is not of this run, or the data is no longer the same. */
struct linnet_resumed {
    linnet_model *model;
    linnet_data *data;
    struct linnet_train_opts opts; /* its strings are the run's */
};
LINNET_API int linnet_resume_open(struct linnet_resumed *run, const char *dir);
LINNET_API void linnet_resume_close(struct linnet_resumed *run); /* a zeroed one is fine */

/* ---- evaluation and prediction
 * ----------------------------------------------------------------------------- */

struct linnet_eval_opts {
    const char *conv; /* as in linnet_train_opts */
    enum linnet_part part;
    int batch, threads, workers;
    const char *dtype; /* as in linnet_train_opts; any model can be evaluated in either */
    bool strict;       /* an image that can't be read is LINNET_ERR_INPUT; else it is passed over, and told */
    const char
        *dir; /* metrics.json, predictions.csv, confusion_matrix.png, test_pred.png go here; NULL: nowhere */
    bool logits; /* predictions.csv holds logits in place of probabilities */
    const volatile int *stop;
    void (*on_event)(void *user, const struct linnet_event *event);
    void *user;
};
struct linnet_metrics {
    int64_t count;                 /* images that were looked at */
    int64_t skipped;               /* that could not be read */
    double loss;                   /* mean cross-entropy */
    double acc, acc_low, acc_high; /* top-1 and its 95 % interval (Wilson 1927) */
    double top5;                   /* nan below 5 classes */
    int classes;
    const int64_t
        *confusion; /* [classes][classes], rows true, columns predicted; the model's, until its next call */
};
LINNET_API int linnet_evaluate(linnet_model *model, linnet_data *data, const struct linnet_eval_opts *opts,
                               struct linnet_metrics *metrics);
/* Of one class, out of the confusion matrix. A share of nothing is nan. */
struct linnet_class_metrics {
    int64_t count, predicted; /* images that are so; that were taken for it */
    double precision;         /* share of the predicted that are so */
    double recall;            /* share of the class that was predicted so */
    double f1;                /* harmonic mean of the two */
};
LINNET_API struct linnet_class_metrics linnet_metrics_class(const struct linnet_metrics *metrics, int label);

struct linnet_predict_opts {
    const char *conv; /* as in linnet_train_opts */
    int batch, threads;
    const char *dtype; /* as in linnet_eval_opts */
};
/* One image's outcome. The arrays are valid during the call. */
struct linnet_prediction {
    const char *path;
    int status; /* LINNET_OK, or why there is no prediction; error then has the line */
    const char *error;
    int classes;
    const float *logits, *probabilities; /* [classes] */
    const int *order;                    /* [classes] labels, most probable first */
    const unsigned char *pixels; /* the decoded image, RGB, [height][width][3]; NULL where it failed */
    int width, height;
};
/* Predicts each image file, in order; a bad one is told to `on_prediction` like the rest, and does not stop
 * the others. A folder stands for the files in it and in its folders; hidden ones are left out, and one
 * without any file is LINNET_ERR_INPUT "predict-empty". Returns LINNET_ERR_INPUT where any of them was bad.
 */
LINNET_API int linnet_predict(linnet_model *model, const char *const *paths, size_t count,
                              const struct linnet_predict_opts *opts,
                              void (*on_prediction)(void *user, const struct linnet_prediction *prediction),
                              void *user);

/* ---- pictures
 * ---------------------------------------------------------------------------------------------- */

/* A grid of titled pictures, as PNG. */
struct linnet_grid_cell {
    const unsigned char *pixels; /* RGB, [height][width][3] */
    int width, height;
    const char *title; /* any script */
    int colour;        /* 0 black, 1 green (right), 2 red (wrong) */
};
LINNET_API int linnet_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count,
                                int columns, const char *title);

/* Lines over epochs 1, 2, 3 ..., as PNG, in panels side by side. All panels have one scale, so that they can
 * be compared. */
struct linnet_line {
    const char *name;     /* in the legend; NULL: not there */
    const double *values; /* [epochs of its panel]; nan: a gap */
    int colour;           /* 0 blue, 1 vermilion, 2 green, 3 black */
    bool thin;            /* as training is drawn beside test */
};
struct linnet_panel {
    const char *name; /* above it */
    int epochs;
    const struct linnet_line *lines; /* [count], the later ones on top */
    size_t count;
};
struct linnet_lines_opts {
    const char *title; /* NULL: none */
    bool percent;      /* values are shares of 1, and shown in per cent */
    double high;       /* of the scale, cutting off what is above; 0: as the values need */
};
/* At most 4 panels of 16 lines: LINNET_ERR_USAGE for more, for none, or for no epochs. */
LINNET_API int linnet_draw_lines(const char *path, const struct linnet_panel *panels, size_t count,
                                 const struct linnet_lines_opts *opts);

/* ---- benchmark
 * --------------------------------------------------------------------------------------------- */

/* Where a step's time goes: one row for each thing that is run, in order. The strings are borrowed for the
 * call. */
struct linnet_bench_layer {
    const char *layer, *pass; /* "conv1"; "forward", "again", "backward", "reorder", "sum", "update" */
    const char *op, *implementation;
    const char *layout; /* of what it writes; "" where that is gradients of weights */
    double floor_ms;    /* the best that oneDNN's kernels can do; 0: not asked for, or no kernel */
    double ms;          /* mean over the steps that were timed a second time for this */
    double gflops;      /* 0 where no multiply-adds are counted */
    double bytes;       /* that it reads and writes: values, gradients, parameters, once each */
};

struct linnet_bench_opts {
    const char *conv; /* as in linnet_train_opts */
    bool train; /* the step that linnet_train runs: forward, loss, backward, optimiser; else inference */
    int batch;  /* 0: 16 */
    int threads;
    double seconds;          /* of measuring; 0: 3 */
    int steps;               /* at least so many are measured; 0: 10 */
    const char *opt, *dtype; /* as in linnet_train_opts */
    /* Called for each row after the measurement, during which nothing of this is timed; NULL: no rows. */
    void (*on_layer)(void *context, const struct linnet_bench_layer *layer);
    void *context;
    bool floor; /* measure the machine's limits and the network's floor and roof too: takes some seconds */
};
struct linnet_bench_result {
    double images_per_s, ms_per_step, ms_p10, ms_p90, plan_ms, rss_mb, gflops;
    double minor_faults_per_step;
    int64_t allocs_per_step;
    int steps, threads, batch, imgsz;
    char onednn[16];
    const char *dtype; /* "f32" or "bf16": what ran */
    /* The machine's arithmetic at most: multiply-adds in registers, fp32. */
    double peak_gflops;
    /* With opts.floor, else 0. Its memory traffic at most; what the step would do if each convolution and
     * linear layer took the best time that oneDNN needs for it, and nothing else any (floor); and if the rest
     * moved the least bytes that it must, at that traffic (roof). */
    double peak_gb_per_s, floor_images_per_s, roof_images_per_s;
};
LINNET_API int linnet_bench(const linnet_model *model, const struct linnet_bench_opts *opts,
                            struct linnet_bench_result *result);

struct linnet_bench_loader_opts {
    int batch;   /* 0: 32 */
    int imgsz;   /* 0: 224, cut out of a shorter side of 256 where nothing is random; else in proportion */
    int workers; /* 0: as many as this process may use processors */
    const char *augment; /* as in linnet_train_opts; NULL: "light" */
    int64_t cache_mb;    /* likewise */
    int epochs;          /* 0: 3, of which the first finds nothing kept */
};
struct linnet_bench_loader_result {
    int64_t images; /* in an epoch */
    int64_t skipped;
    double first_images_per_s; /* of the first epoch: every file is read and decoded */
    double images_per_s;       /* the median of the others; of one epoch alone: the same */
    double cache_mb;           /* taken at the end */
    double rss_mb;             /* the process's peak */
    int batch, imgsz, workers, epochs;
};
/* How fast batches come out of the data's train part, when nobody does anything with them. */
LINNET_API int linnet_bench_loader(linnet_data *data, const struct linnet_bench_loader_opts *opts,
                                   struct linnet_bench_loader_result *result);

#ifdef __cplusplus
}
#endif
#endif
