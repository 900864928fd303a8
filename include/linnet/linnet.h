/* Linnet: train, test, tune and run the classic convolutional image classifiers on the CPU.
 *
 *     linnet_data *data;
 *     linnet_model *model;
 *     struct linnet_result result = {.size = sizeof result};
 *     if (linnet_data_open(&data, "/usr/share/datasets/fashion-mnist", NULL) ||
 *         linnet_model_create(&model, "lenet", data, NULL) ||
 *         linnet_train(model, data, LINNET_OPTS(train, .epochs = 5, .dir = "runs/first"), &result))
 *         fprintf(stderr, "%s\n", linnet_error());
 *
 * Conventions
 *   - A function that can fail returns LINNET_OK (0) or a negative enum linnet_status; linnet_error() then
 *     has the line to show. Its out-parameters are left NULL or untouched.
 *   - NULL in place of an object, a string or an out-parameter is LINNET_ERR_USAGE "api-null", unless the
 *     function's comment allows it. A function that returns no status then returns NULL, 0 or false.
 *   - Option structs: a zero field means the default, NULL in place of the struct means all defaults. Where
 *     an explicit zero differs from the default, LINNET_NONE stands for it (.momentum = LINNET_NONE).
 *   - Structs that the caller allocates begin with their size, so that a program built against an older
 *     header keeps working with a newer library: see LINNET_OPTS. Structs without a size never change.
 *   - Structs that the library allocates (events, predictions, findings) may grow at their end: read them
 *     through the pointer, and never copy them whole.
 *   - Strings are UTF-8. A `const char *` that a function returns belongs to the object it came from.
 *   - Objects have no locks: one thread at a time may use an object. Different threads may use different ones.
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

/* Options for one call: LINNET_OPTS(train, .epochs = 5, .batch = 64) is a pointer to a struct
 * linnet_train_opts with these fields and its size. The same as a variable:
 *
 *     struct linnet_train_opts opts = {.size = sizeof opts, .epochs = 5, .batch = 64};
 *
 * The library reads the fields that the caller's struct has and takes zero for newer ones. LINNET_ERR_USAGE
 * "api-size" if the size was not set, or if the struct is of a newer header and sets a field that this
 * library does not know. Results are likewise filled up to the size of the caller's struct. */
#define LINNET_OPTS(kind, ...) \
    (&(struct linnet_##kind##_opts){.size = sizeof(struct linnet_##kind##_opts), __VA_ARGS__})

/* ---- status ---------------------------------------------------------------------------------------- */

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

/* The last failure of this thread, as a line to show: "FILE: WHERE: WHAT [code]"; "" if the last call
 * succeeded. Valid until this thread's next call into the library. */
LINNET_API const char *linnet_error(void);
/* The code of that failure, which stays the same from version to version: "st-header-length". */
LINNET_API const char *linnet_error_code(void);
LINNET_API const char *linnet_status_name(int status); /* "ERR_INPUT" for -3; "unknown" for no status */

LINNET_API const char *linnet_version(void); /* the library's: "0.1.0" */
/* Writes the version of the loaded oneDNN, such as "2.6.3", to out[size]. */
LINNET_API void linnet_onednn_version(char *out, size_t size);
/* Escapes s[0..n), a file name or other foreign text, so that a terminal can show it, into out[size] with a NUL.
 * Printable UTF-8 stays; control characters, bytes that are not UTF-8, bidirectional overrides and invisible
 * format characters become \xNN, as in linnet_error(). Stops before the first character that does not fit;
 * returns the number of bytes of s that were escaped. */
LINNET_API size_t linnet_text_escape(const char *s, size_t n, char *out, size_t size);

/* ---- process-wide hooks: set before anything else -------------------------------------------------- */

enum linnet_log_level { LINNET_LOG_DEBUG, LINNET_LOG_INFO, LINNET_LOG_WARNING };
typedef void linnet_log_fn(void *user, int level, const char *line); /* level: enum linnet_log_level */
LINNET_API void linnet_set_log(linnet_log_fn *fn, void *user);       /* fn NULL: silence, the default */

/* Messages in the user's language. fn returns the translation of a message, a format of printf, with conversions for the same
 * arguments; NULL or `text` itself if it has no translation. It translates what the log function receives and what
 * linnet_error_translated() returns; linnet_error() and all files stay English. Set it before the first thread starts. fn NULL,
 * the default: English. */
typedef const char *linnet_translate_fn(void *user, const char *text);
LINNET_API void linnet_set_translation(linnet_translate_fn *fn, void *user);
LINNET_API const char *linnet_error_translated(void);

/* Replaces malloc, realloc and free for the library's own memory; oneDNN and the image codecs keep theirs.
 * NULL: malloc. */
struct linnet_allocator {
    void *(*alloc)(void *user, size_t size);
    void *(*realloc)(void *user, void *block, size_t size);
    void (*free)(void *user, void *block);
    void *user;
};
LINNET_API void linnet_set_allocator(const struct linnet_allocator *allocator);

/* Ends the OpenMP threads that the calling thread has started; its next computation starts new ones, which takes about 50
 * microseconds. Each thread that computes has its own team. If all teams together have more threads than the machine has
 * processors, libgomp puts waiting threads to sleep at once, and a small batch takes a tenth longer. So a program that opens a
 * model in one thread and computes in another should call this function in the first. It has no effect while the calling thread
 * computes. */
LINNET_API void linnet_release_threads(void);

/* ---- ranks: processes that train together ---------------------------------------------------------- */

/* The processes that mpirun started, which share the work of linnet_train, linnet_evaluate, linnet_predict and
 * linnet_data_check. Each opens the same data with the same options and calls the same functions. Rank 0 writes the files, and
 * it alone should print. docs/mpi.md has the details. */
typedef struct linnet_ranks linnet_ranks;
/* What mpirun says in the environment, before MPI is started. */
struct linnet_ranks_place {
    const char *mpi;            /* "openmpi", "mpich"; NULL: not started by mpirun */
    int rank, size;             /* 0 and 1 without mpirun */
    int local_rank, local_size; /* among the ranks on this machine */
};
LINNET_API struct linnet_ranks_place linnet_ranks_place(void);
/* Starts MPI; to be called before the process has other threads. *ranks is NULL if mpirun did not start this process as one of
 * several: NULL is a valid value everywhere and stands for one rank. LINNET_ERR_LIMIT "mpi-module" if this library was built without
 * that MPI; LINNET_ERR_RANK. */
LINNET_API int linnet_ranks_open(linnet_ranks **ranks);
LINNET_API int linnet_ranks_rank(const linnet_ranks *ranks); /* from 0 */
LINNET_API int linnet_ranks_size(const linnet_ranks *ranks); /* how many there are */
/* All ranks call it at the same place, each with its own status. Returns LINNET_OK if all ranks succeeded; else the failure of
 * the lowest rank that failed, with its message in linnet_error(). */
LINNET_API int linnet_ranks_agree(linnet_ranks *ranks, int status);
/* True if all ranks know of this failure: their last agreement was about it. */
LINNET_API bool linnet_ranks_agreed(const linnet_ranks *ranks, int status);
/* Ends the use of MPI; status: the exit status of the process. If the ranks agreed on it (LINNET_OK, or the failure of a function
 * that got the ranks) they leave MPI together. A rank that failed alone must exit with that status: mpirun then ends the
 * others. */
LINNET_API void linnet_ranks_close(linnet_ranks *ranks, int status);

/* ---- options as tables ----------------------------------------------------------------------------- */

/* One field of an option struct: its name, type, default and range. The library's checks, args.json, and the flags
 * and the manual of the program are made from these rows; a binding or a completion script can be made from them.
 *
 *     const struct linnet_option *o;
 *     for (int i = 0; (o = linnet_train_options(i)); i++) puts(o->name);
 *
 * A program may define tables of its own, but only for a library of the same version: rows may grow at their end. */
enum linnet_option_type {
    LINNET_OPTION_BOOL,
    LINNET_OPTION_INT,
    LINNET_OPTION_INT64, /* int64_t, or a uint64_t that stays below 2^63 */
    LINNET_OPTION_DOUBLE,
    LINNET_OPTION_SECONDS, /* double; as text 90s, 30m or 1.5h */
    LINNET_OPTION_STRING,  /* const char *, borrowed */
};
struct linnet_option {
    const char *name; /* of the field: "weight_decay" */
    enum linnet_option_type type;
    size_t offset; /* of the field in its struct, in bytes */
    bool sized;    /* the struct begins with its size, as linnet_train_opts does */

    /* The value. A zero field (NULL, false) means the default. */
    double preset;            /* the default of a number */
    const char *preset_name;  /* the default of a string */
    const char *default_text; /* the default in words, if it depends on more; NULL: as preset says */
    void (*default_print)(char *out, size_t size); /* the same, computed; NULL: as above */
    double min, max;                               /* of numbers, both included */
    bool zero_is_none;                             /* an explicit 0 is stored as LINNET_NONE */
    const char *(*choice)(int index); /* the names that are allowed, NULL past the end; NULL: any string */
    const char *goes_with; /* the field without which this one does nothing; NULL: it always counts */
    bool (*goes_with_choice)(const char *name); /* which values of that field; NULL: any that is set */
    const char *not_with;                       /* the field beside which this one does nothing; NULL: none */

    /* Where it appears. */
    const char *flag;   /* of the program, without the dashes; NULL: none */
    char letter;        /* the flag's short form; 0: none */
    const char *value;  /* what stands for the value in the help, "N"; NULL: the choices, or no value */
    const char *key;    /* in args.json; NULL: it is not kept there */
    const char *group;  /* heading in the help; NULL: none */
    const char *help;   /* a few words */
    const char *detail; /* further sentences for the manual; NULL: none */
    bool resumable;     /* may differ when a run is resumed: it changes the speed, not the result */
    /* What each choice means, for the manual; NULL: the names say it. */
    const char *(*choice_help)(int index);
    /* The value of the flag alone; another is given as --flag=value. NULL: a value must follow. */
    const char *bare;
};
/* A table: row 0, 1, 2 ...; NULL past the end. linnet_train_options is that of struct linnet_train_opts, and so on. */
typedef const struct linnet_option *linnet_option_fn(int index);
LINNET_API const struct linnet_option *linnet_data_options(int index);
LINNET_API const struct linnet_option *linnet_check_options(int index);
LINNET_API const struct linnet_option *linnet_model_options(int index);
LINNET_API const struct linnet_option *linnet_fetch_options(int index);
LINNET_API const struct linnet_option *linnet_summary_options(int index);
LINNET_API const struct linnet_option *linnet_export_options(int index);
LINNET_API const struct linnet_option *linnet_import_options(int index);
LINNET_API const struct linnet_option *linnet_train_options(int index);
LINNET_API const struct linnet_option *linnet_eval_options(int index);
LINNET_API const struct linnet_option *linnet_clean_options(int index);
LINNET_API const struct linnet_option *linnet_lr_find_options(int index);
LINNET_API const struct linnet_option *linnet_predict_options(int index);
LINNET_API const struct linnet_option *linnet_explain_options(int index);
LINNET_API const struct linnet_option *linnet_embed_options(int index);
LINNET_API const struct linnet_option *linnet_quantize_options(int index);
LINNET_API const struct linnet_option *linnet_bench_options(int index);
LINNET_API const struct linnet_option *linnet_bench_loader_options(int index);

/* Parses `text` and stores the value in the option's field of *opts. A bool takes NULL and becomes true; a string
 * is borrowed. LINNET_ERR_USAGE "option-value" or "option-name" if the text is no such value; the message begins
 * with the flag. "api-size" if the struct is of an older header, or its size is not set. */
LINNET_API int linnet_option_parse(const struct linnet_option *option, void *opts, const char *text);
/* The default as the help shows it, "" if there is none; returns out. */
LINNET_API const char *linnet_option_default(const struct linnet_option *option, char *out, size_t size);
/* Copies one field between two structs of the same type if it is set (not zero) in *from. */
LINNET_API void linnet_option_copy(const struct linnet_option *option, void *to, const void *from);
/* LINNET_ERR_USAGE for the first field of *opts that is out of range ("option-value"), has an unknown name
 * ("option-name") or does nothing beside the others ("option-unused"). Zero fields pass. The functions that take
 * the options check them too; this function is for an earlier check. */
LINNET_API int linnet_options_check(linnet_option_fn *options, const void *opts);

/* The name nearest to `word` by edit distance, for "did you mean"; NULL if none is near. */
LINNET_API const char *linnet_nearest(const char *word, const char *const *names, size_t count);

/* ---- JSON ------------------------------------------------------------------------------------------ */

/* A JSON writer (RFC 8259), the one behind args.json and the program's --json.
 *
 *     struct linnet_json json = {.write = put, .user = stdout};
 *     linnet_json_begin(&json, NULL, '{');
 *     linnet_json_string(&json, "name", "lenet");
 *     linnet_json_double(&json, "acc", 0.9142);
 *     linnet_json_end(&json);
 *
 * The key is NULL in an array and at the top. */
struct linnet_json {
    void (*write)(void *user, const char *bytes, size_t count);
    void *user;
    int lines;  /* levels with a line for each value; -1: none, and no newline at the end */
    int digits; /* of a double; 0: as many as are needed to read the same number back */
    int depth;  /* this and all below are the writer's own; at most 31 levels */
    uint32_t filled, arrays;
};
LINNET_API void linnet_json_begin(struct linnet_json *json, const char *key, char bracket); /* '{' or '[' */
LINNET_API void linnet_json_end(struct linnet_json *json);
/* NULL is written as null, a byte that is not UTF-8 as U+FFFD. */
LINNET_API void linnet_json_string(struct linnet_json *json, const char *key, const char *string);
LINNET_API void linnet_json_int(struct linnet_json *json, const char *key, int64_t value);
/* nan and infinity are written as null. */
LINNET_API void linnet_json_double(struct linnet_json *json, const char *key, double value);
LINNET_API void linnet_json_bool(struct linnet_json *json, const char *key, bool value);
/* Writes the fields of *opts whose option has a key; LINNET_NONE as 0. */
LINNET_API void linnet_json_options(struct linnet_json *json, linnet_option_fn *options, const void *opts);

/* ---- files ----------------------------------------------------------------------------------------- */

/* A file that other programs see whole or not at all: written under a temporary name beside `path`, synced, and renamed
 * over it by linnet_file_commit. The library writes its own files in this way. A link is followed; LINNET_ERR_IO for a
 * target that is a folder or a device, for a full disk, and for other failures of the system. */
typedef struct linnet_file linnet_file;
LINNET_API int linnet_file_create(linnet_file **file, const char *path);
LINNET_API int linnet_file_write(linnet_file *file, const void *bytes, size_t count);
LINNET_API int linnet_file_commit(
    linnet_file *file); /* ends `file`, also on failure, which leaves the old file */
LINNET_API void linnet_file_abort(
    linnet_file *file); /* ends `file` and removes what was written; NULL is allowed */

/* ---- data ------------------------------------------------------------------------------------------ */

typedef struct linnet_data linnet_data;

enum linnet_part {
    LINNET_PART_DEFAULT, /* as an option: the test part; if it is empty, validation; else train */
    LINNET_TRAIN,
    LINNET_VAL,
    LINNET_TEST,
};

struct linnet_data_opts {
    size_t size;
    /* "400,92,10" images or "80,10,10" percent (train, validation, test). NULL: the parts that the source
     * has, else 80,10,10. Two numbers divide the train part of a source that has a test part of its own. */
    const char *split;
    uint64_t seed; /* of the split: Python's random.seed(seed); random.shuffle(list) */
    int64_t limit; /* at most this many images of each part; 0: all */
    /* CSV with path, class and part (linnet_data_save_split, a run's split.csv): the part of each image.
     * Images that the file does not name are in no part. Replaces split, seed, stratify and group_near. */
    const char *split_file;
    bool stratify; /* every part has the same share of each class, to within one or two images */
    /* Identical and near-identical images (linnet_data_check) stay in one part. Reads every image, and
     * leaves out those that cannot be read. */
    bool group_near;
    bool skip_bad; /* leave out images that cannot be read before the split is drawn. Reads every image */
    const volatile int *stop; /* non-zero ends the reading of all images: LINNET_ERR_INTERRUPTED */
    void (*on_progress)(void *user, int64_t done, int64_t total); /* images read; in the calling thread */
    void *user;
    /* Percent of the training images, drawn by the seed, that become the validation part of data which has a test part
     * but no validation part: at most 1,000 images, and none if there are fewer than 1,000 to train. The part serves to
     * fit a temperature and a threshold; it is too small to choose the epoch (linnet_data_held_out). 0: none.
     * Ignored with split or split_file. */
    int hold_out;
};

/* Opens a data set. Linnet recognises its layout: a folder with one sub-folder a class; a folder with train/,
 * val/ and test/ in it; a flat folder whose file names begin with the class; a CSV (path,label); a folder
 * with MNIST-family IDX files (.gz too); CIFAR-10 and CIFAR-100 binaries. LINNET_ERR_INPUT for data that is
 * missing, damaged or of no known layout, and for a split_file that belongs to other data; LINNET_ERR_USAGE
 * for a split that is impossible. */
LINNET_API int linnet_data_open(linnet_data **data, const char *path, const struct linnet_data_opts *opts);
/* Opens the data that a run was trained on, with the run's parts. `run` is a run folder, or a model
 * file in one. The parts come from the run's split.csv; if that is gone, they are drawn with the split, seed
 * and limit in its args.json. Fields of opts that are set replace the run's. `path` NULL, or another name of
 * the run's data: the run's own data and parts, so that a model is not tested on images that it was trained
 * on. Any other path: linnet_data_open(path, opts). Errors as of linnet_data_open; LINNET_ERR_INPUT if path
 * is NULL and `run` has no args.json. */
LINNET_API int linnet_data_open_run(linnet_data **data, const char *run, const char *path,
                                    const struct linnet_data_opts *opts);
LINNET_API void linnet_data_close(linnet_data *data); /* NULL is allowed */
LINNET_API const char *linnet_data_path(const linnet_data *data);

LINNET_API int linnet_data_classes(const linnet_data *data);
/* NULL for a label that is not in 0 .. classes - 1. */
LINNET_API const char *linnet_data_class_name(const linnet_data *data, int label);
LINNET_API int64_t linnet_data_count(const linnet_data *data, enum linnet_part part); /* images */
/* Counts the images of each class in each part: counts[classes][LINNET_TEST + 1]; [0] counts those in no part. */
LINNET_API void linnet_data_class_counts(const linnet_data *data, int64_t *counts);
/* True if the data itself assigns images to training, validation or test, so that no split was drawn. */
LINNET_API bool linnet_data_has_parts(const linnet_data *data);
/* Writes the parts as CSV (path,class,part), in their own order, for linnet_data_opts.split_file. */
LINNET_API int linnet_data_save_split(const linnet_data *data, const char *path);
LINNET_API int linnet_data_channels(const linnet_data *data); /* 1: every image is grey; 3: colour */
/* True if there is no validation part. Training then reports the accuracy on the test part after each epoch,
 * and keeps the last epoch's weights, not the best: nothing may be chosen by the test part. */
LINNET_API bool linnet_data_watches_test(const linnet_data *data);
/* True if the validation part was held out of the training part (linnet_data_opts.hold_out). Training then keeps the last
 * epoch's weights too: the part is large enough to fit a temperature, but too small to compare epochs. */
LINNET_API bool linnet_data_held_out(const linnet_data *data);

/* A picture. The library allocates it. */
struct linnet_image {
    int width, height;
    const unsigned char *pixels; /* RGB, [height][width][3] */
};
/* Decodes image number `sample` of the data, counted from 0 over all parts, upright. side: the image is reduced by a whole factor
 * to at most this width and height; 0: full size. LINNET_ERR_USAGE "data-sample" if there is no such image; LINNET_ERR_INPUT or
 * LINNET_ERR_IO, as in linnet_predictor_run, if it cannot be read; LINNET_ERR_LIMIT. */
LINNET_API int linnet_data_image(struct linnet_image **image, const linnet_data *data, int64_t sample,
                                 int side);
LINNET_API void linnet_image_free(struct linnet_image *image); /* NULL is allowed */
/* The label of image number `sample`, from 0; -1 if there is no such image. */
LINNET_API int linnet_data_label(const linnet_data *data, int64_t sample);
/* Writes the name of image number `sample`, a path relative to the data or "t10k-images-idx3-ubyte[17]", to out[size] with a NUL,
 * truncated if it does not fit. LINNET_ERR_USAGE "data-sample" if there is no such image. */
LINNET_API int linnet_data_name(const linnet_data *data, int64_t sample, char *out, size_t size);
/* Writes the numbers of the images of one part, in its order, to samples[linnet_data_count(data, part)]. LINNET_ERR_USAGE
 * "data-part" unless part is LINNET_TRAIN, LINNET_VAL or LINNET_TEST. */
LINNET_API int linnet_data_samples(const linnet_data *data, enum linnet_part part, int64_t *samples);

/* ---- data: what is wrong with it ------------------------------------------------------------------- */

struct linnet_check_opts {
    size_t size;
    int threads;                                                  /* 0: all that this process may use */
    const volatile int *stop;                                     /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    void (*on_progress)(void *user, int64_t done, int64_t total); /* images; in the calling thread */
    void *user;
    linnet_ranks *ranks; /* each inspects a share of the images; all have the result. NULL: one */
};
struct linnet_check_image {
    const char *path; /* relative to the data; "train-images-idx3-ubyte[17]" for a sample without a file */
    int label;
    enum linnet_part part; /* 0: in no part, or the data has no parts and no split was asked for */
};
struct linnet_check_bad {
    struct linnet_check_image image;
    const char *code, *error; /* as linnet_error_code() and linnet_error() report them */
};
struct linnet_check_duplicate {
    struct linnet_check_image image;
    bool identical; /* another image of the group has the same bytes */
    int distance;   /* bits of 64 in which its perceptual hash differs from that of the group's first image */
};
/* Two or more images, each identical or near-identical to another one of the group. */
struct linnet_check_group {
    const struct linnet_check_duplicate *images; /* [count], in the data's order */
    int64_t count;
    bool identical;      /* all images of the group, byte by byte */
    bool across_classes; /* the same picture has two labels */
    bool across_parts;   /* the same picture is in two of train, validation and test */
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
    bool has_parts; /* the data's own, or of a split that was asked for */
    int classes;
    const int64_t *counts; /* [classes][LINNET_TEST + 1] images by part; [0] counts those in no part */
    int64_t bad_count;
    const struct linnet_check_bad *bad;                     /* [bad_count] images that cannot be read */
    struct linnet_check_range width, height, aspect, bytes; /* of readable images; aspect: width / height */
    int format_count;
    const struct linnet_check_format *formats; /* of readable images, the most frequent first */
    int64_t blank_count;
    const struct linnet_check_image *blank; /* [blank_count] of one colour, or nearly */
    int64_t group_count;
    const struct linnet_check_group *groups; /* across parts first, then across classes, then by size */
    int64_t leaked[LINNET_TEST + 1]; /* [LINNET_VAL], [LINNET_TEST]: images with a duplicate in training */
    int64_t redundant;               /* images that have a duplicate before them */
};

/* Examines every image: whether it can be read, its size, whether it has duplicates. Two images are
 * near-identical if their perceptual hashes (64 bits; Zauner, "Implementation and benchmarking of perceptual
 * image hash functions", 2010) differ in at most 10 bits and their thumbnails correlate by at least 0.9: the
 * same photo saved again, smaller, lighter, in grey or cut by a few pixels, but not rotated or mirrored.
 * Changes nothing. An image that cannot be read is a finding, not a failure.
 * LINNET_ERR_LIMIT, LINNET_ERR_INTERRUPTED. */
LINNET_API int linnet_data_check(struct linnet_check **check, const linnet_data *data,
                                 const struct linnet_check_opts *opts);
LINNET_API void linnet_check_free(struct linnet_check *check); /* NULL is allowed */

/* ---- models ---------------------------------------------------------------------------------------- */

/* An architecture that Linnet knows. */
struct linnet_arch_info {
    size_t size;
    const char *name; /* "lenet5" */
    int year;
    int64_t parameters; /* with the usual classes and input size */
    int64_t macs;       /* multiply-adds for one image, likewise */
    int imgsz;          /* usual width and height of the input, pixels */
    int channels, classes;
    const char *paper; /* author, title, year, section */
};
LINNET_API int linnet_arch_count(void);
LINNET_API const char *linnet_arch_name(int index); /* without building the network; NULL past the end */
/* Builds the network to count its parameters. False past the end, or out of memory. */
LINNET_API bool linnet_arch_get(int index, struct linnet_arch_info *info);

typedef struct linnet_model linnet_model;

struct linnet_model_opts {
    size_t size;
    int classes;    /* 0: the data's, else the architecture's usual number */
    int channels;   /* 1 or 3; 0: the data's, else the usual */
    int imgsz;      /* pixels per side; 0: the data's own for IDX, else the weights', else the usual */
    uint64_t seed;  /* of the initial weights */
    double dropout; /* 0: the paper's; LINNET_NONE: none */
    bool zero_init; /* every residual block begins as the identity: its last batch norm starts at zero */
    /* A file to take weights from, by the tensors' names: PyTorch's .pth in any of its forms,
     * .safetensors, or a run folder; NULL: fresh weights. Without `classes` and without data the file's
     * last layer gives the number of classes. */
    const char *weights;
    /* The last layer starts fresh if the file has it for another number of classes. Otherwise, and for
     * every other tensor that is missing, unexpected or of another shape, LINNET_ERR_INPUT. */
    bool new_head;
};

/* A network by name, with fresh weights or those of a file. Classes, channels and normalisation (mean and standard deviation) come
 * from `data`, which may be NULL. With data, arch may be the path of a model file: training then starts from its network, with a
 * new head if the classes differ. LINNET_ERR_USAGE for an unknown name and for options that do not fit it; LINNET_ERR_INPUT for a
 * bad file of weights; LINNET_ERR_LIMIT. */
LINNET_API int linnet_model_create(linnet_model **model, const char *arch, const linnet_data *data,
                                   const struct linnet_model_opts *opts);
/* A network of the user's own, in the text form that model files carry (docs/model-files.md).
 * LINNET_ERR_INPUT "net-..." for a text that describes no network. */
LINNET_API int linnet_model_create_from_text(linnet_model **model, const char *text,
                                             const struct linnet_model_opts *opts);
/* A model file (.safetensors), the best.safetensors of a run folder, or another program's model (.onnx, as
 * linnet_model_import). The file is not trusted: every size in it is compared with the bytes that are there.
 * LINNET_ERR_INPUT "st-...", "model-...", "onnx-...". */
LINNET_API int linnet_model_open(linnet_model **model, const char *path);
/* Writes plain NCHW fp32 tensors under PyTorch's state_dict names, with metadata that makes the file
 * self-describing. The weights of layers in 8 bits (linnet_quantize) are I8 tensors with their scales beside them. The target is
 * replaced whole or left alone. LINNET_ERR_IO. */
LINNET_API int linnet_model_save(const linnet_model *model, const char *path);

struct linnet_import_opts {
    size_t size;
    int imgsz; /* pixels per side of the images, for a file that leaves them open; 0: that of its metadata, else 224 */
};
/* Reads an ONNX file: a network of the operators that docs/onnx.md lists, with its weights, so that it can be saved, trained,
 * explained and used like any other model. LINNET_ERR_INPUT "onnx-op" names the first node that Linnet has no layer for;
 * "onnx-protobuf", "onnx-file", "onnx-tensor", "onnx-external" are damaged files and files of another kind; LINNET_ERR_LIMIT. */
LINNET_API int linnet_model_import(linnet_model **model, const char *path,
                                   const struct linnet_import_opts *opts);

struct linnet_export_opts {
    size_t size;
    int opset;    /* of ONNX, 13 to 21; 0: 17 */
    bool fold;    /* ONNX: batch normalisation becomes part of the convolution before it */
    bool softmax; /* ONNX: the output is probabilities instead of logits */
    bool
        with_preprocess; /* ONNX: the input is uint8 [batch][height][width][channels]; normalisation is part of the graph */
    bool check; /* ONNX: open the file again and compare its logits with the model's */
};
struct linnet_export_result {
    size_t size;
    const char *format; /* "onnx" */
    double difference;  /* with check: the largest difference of two logits over the largest logit; else 0 */
};
/* Writes a file for other programs; the ending of `path` chooses its form. The target is replaced whole or left alone.
 *
 *   .onnx          the network without its auxiliary heads, for ONNX Runtime and others
 *   .safetensors   the weights alone, a state_dict; linnet_model_save keeps the network with them
 *   .pth, .pt      the same for torch.load(path, weights_only=True)
 *   .c             a small network as C99 without dependencies
 *
 * result may be NULL. LINNET_ERR_USAGE "export-format" for another ending, and "option-unused" for an option of ONNX with
 * another form; LINNET_ERR_INPUT "onnx-layer" for a layer that ONNX cannot express; LINNET_ERR_LIMIT "onnx-size", "pth-size",
 * "csource-size"; LINNET_ERR_INTERNAL "export-check" if the logits differ by more than 1e-4; LINNET_ERR_IO. */
LINNET_API int linnet_model_export(const linnet_model *model, const char *path,
                                   const struct linnet_export_opts *opts,
                                   struct linnet_export_result *result);
LINNET_API void linnet_model_destroy(linnet_model *model); /* NULL is allowed */

LINNET_API const char *linnet_model_arch(const linnet_model *model); /* "lenet", or "custom" */
/* One line on which tensors came from opts.weights and which start fresh; "" without such a file. */
LINNET_API const char *linnet_model_weights(const linnet_model *model);
LINNET_API const char *linnet_model_text(const linnet_model *model); /* the network as text */
LINNET_API int linnet_model_classes(const linnet_model *model);
/* NULL for a label that is not in 0 .. classes - 1. */
LINNET_API const char *linnet_model_class_name(const linnet_model *model, int label);
/* The label of a class by its name, or by its number from 0. Names take precedence, because classes of digits have numbers as
 * names. -1: the model has no such class. */
LINNET_API int linnet_model_find_class(const linnet_model *model, const char *word);
LINNET_API int linnet_model_imgsz(const linnet_model *model);    /* width and height of the input, pixels */
LINNET_API int linnet_model_channels(const linnet_model *model); /* 1 or 3 */
LINNET_API int64_t linnet_model_parameters(const linnet_model *model); /* trainable numbers */
/* The threshold of linnet_prediction.unknown: the energy that 95 % of the validation images did not exceed at the end of training.
 * INFINITY if there were fewer than 20 validation images, and for models that Linnet did not train. */
LINNET_API double linnet_model_unknown_energy(const linnet_model *model);

/* ---- models: weights by name ----------------------------------------------------------------------- */

/* Rows first: a convolution's weight is [output channels][input channels][kernel rows][kernel columns]. */
struct linnet_shape {
    int rank; /* 0 to 4; 0: one number */
    int64_t dim[4];
};
/* Parameters and buffers under PyTorch's state_dict names ("conv1.weight", "bn1.running_mean"), numbered in
 * the network's order. Their numbers are plain fp32, as in a model file. */
LINNET_API int linnet_model_param_count(const linnet_model *model);
LINNET_API const char *linnet_model_param_name(const linnet_model *model, int index); /* NULL past the end */
/* LINNET_ERR_USAGE "param-name" for an unknown name; the message has the nearest one. */
LINNET_API int linnet_model_param_shape(const linnet_model *model, const char *name,
                                        struct linnet_shape *shape);
/* Copies all numbers of a parameter out of the model, or into it. shape is that of `values`; LINNET_ERR_USAGE
 * "param-shape", with both shapes, if the parameter's differs. A predictor keeps the weights that it was
 * created with; linnet_model_save refuses numbers that are not finite. */
LINNET_API int linnet_model_param_get(const linnet_model *model, const char *name,
                                      const struct linnet_shape *shape, float *values);
LINNET_API int linnet_model_param_set(linnet_model *model, const char *name, const struct linnet_shape *shape,
                                      const float *values);

/* ---- models: summary ------------------------------------------------------------------------------- */

struct linnet_summary_opts {
    size_t size;
    int batch; /* first dimension of the shapes; 0: 1 */
    bool plan; /* the plan's steps (step, op, implementation, shape, layout, offset, bytes), not the layers */
    bool train;        /* with plan: a training plan */
    bool dot;          /* a graph for Graphviz, not the table */
    const char *dtype; /* with plan: as in linnet_train_opts */
    bool json;
    int threads;
    const char *conv; /* with plan: as in linnet_train_opts */
};
/* The network as a table for people, or as JSON: layer, output shape, parameters, multiply-adds, totals.
 * Auxiliary heads, which only training computes, are counted apart. *text is the caller's: linnet_free it. */
LINNET_API int linnet_model_summary(const linnet_model *model, const struct linnet_summary_opts *opts,
                                    char **text);
LINNET_API void linnet_free(void *block); /* NULL is allowed */

/* ---- pretrained weights ---------------------------------------------------------------------------- */

/* A file of weights that torchvision trained on ImageNet. */
struct linnet_weights_info {
    size_t size;
    const char *arch; /* "resnet18" */
    const char *file; /* "resnet18-f37072fd.pth": the digits are the first of its SHA-256 */
};
LINNET_API bool linnet_weights_get(int index, struct linnet_weights_info *info); /* false past the end */

struct linnet_fetch_opts {
    size_t size;
    const char *dir; /* the cache; NULL: $XDG_CACHE_HOME/linnet, ~/.cache/linnet */
    /* The server with the files; NULL: $LINNET_WEIGHTS_URL, https://download.pytorch.org/models/. */
    const char *url;
    bool verify; /* compute the checksum of a file that is in the cache, and fetch a damaged one again */
    const volatile int *stop;                                     /* as in linnet_train_opts */
    void (*on_progress)(void *user, int64_t done, int64_t total); /* bytes; total 0: not known */
    void *user;
};
/* The path of an architecture's weights in the cache, whether the file exists or not. *path is the
 * caller's: linnet_free it. LINNET_ERR_USAGE for an architecture without weights. */
LINNET_API int linnet_weights_path(const char *arch, const struct linnet_fetch_opts *opts, char **path);
/* The same path, after downloading the file if it is missing. A transfer resumes where an earlier attempt
 * ended; the file appears in the cache whole, its checksum verified. LINNET_ERR_USAGE for an architecture
 * without weights, LINNET_ERR_IO if the network fails, LINNET_ERR_INPUT if the checksum is wrong. */
LINNET_API int linnet_weights_fetch(const char *arch, const struct linnet_fetch_opts *opts, char **path);

/* ---- training -------------------------------------------------------------------------------------- */

/* The events that linnet_train_opts.on_event gets, in the thread that called linnet_train. */
enum linnet_event_kind {
    LINNET_EVENT_START, /* the network is compiled; epochs and steps are known. In a resumed run `step` steps
                           of epoch `epoch` are done already; epoch is epochs + 1 if all are */
    LINNET_EVENT_STEP,  /* a step of training, or of evaluating `part`, is done */
    LINNET_EVENT_EPOCH, /* an epoch is done, validation included */
    LINNET_EVENT_FILE,  /* the file `path` was written */
    LINNET_EVENT_SKIPPED, /* the image `path` cannot be read and is skipped; `line` has the reason */
    LINNET_EVENT_DAMAGED, /* the image `path` is damaged and used anyway; `line` has the damage */
};
/* The peak memory of a training run, in bytes, computed before the first step; only `program` is measured.
 * The peak of the process is within 15 % of the total. */
struct linnet_train_memory {
    size_t size;
    int64_t program; /* what the process holds already: its code and libraries, the data set, the model */
    int64_t report;  /* pictures in the run folder, and the fonts for them */
    int64_t weights, gradients, optimiser, average;
    int64_t activations; /* with oneDNN's scratch */
    int64_t loader;      /* batches loaded ahead, photos being decoded, logits that are kept */
    int64_t cache;       /* decoded photos; features of a frozen backbone */
    int64_t total;
    int64_t
        allowed; /* the least of .max_memory_mb, the control group's limit, and what the machine can give */
};

struct linnet_event {
    enum linnet_event_kind kind;
    enum linnet_part part;
    int epoch, epochs; /* epoch counts from 1 */
    int step, steps;   /* in this epoch and part, from 1 */
    double time_s;     /* since the start */
    /* STEP, EPOCH: until the last epoch's end, from measured steps; nan before the first ones. */
    double eta_s;
    double images_per_s;
    double lr;
    double loss, acc;         /* STEP: running mean of this epoch; EPOCH: of training. acc in 0..1 */
    double val_loss, val_acc; /* EPOCH: of the validation part; nan without one */
    bool best;                /* EPOCH: the best so far, saved */
    const char *path;         /* FILE; SKIPPED, DAMAGED: the image, as the data set names it */
    /* SKIPPED, DAMAGED: the reason, as a line to show: "cat/9.jpg: JPEG ends at row 212 of 480; skipped, 3
     * of 25000 so far [img-truncated]". */
    const char *line;
    const struct linnet_train_memory *memory; /* START: valid during the call */
    int64_t images_done, images; /* STEP of linnet_evaluate and linnet_embed: so far, and all. Else 0 */
};

struct linnet_train_opts {
    size_t size;
    int epochs; /* 0: 10; LINNET_NONE: none, only save */
    int batch;  /* images per step; 0: 32 */
    /* "sgd", "nesterov", "adam", "adamw", "rmsprop". NULL: sgd. But for images of at most 64 x 64 pixels NULL is adamw with
     * lr 0.002, weight_decay 0.1, decay_weights and label_smoothing 0.05, if lr, momentum and weight_decay are 0 too. */
    const char *opt;
    double lr;                /* 0: 0.02 for SGD, 0.001 for the others */
    double momentum;          /* 0: 0.9 for SGD, none for RMSprop */
    double weight_decay;      /* 0: 5e-4 for SGD, 0.01 for AdamW, 1e-4 for the others */
    const char *lr_scheduler; /* "cosine" (default), "onecycle", "step", "plateau", "constant" */
    double warmup_epochs;     /* linear; 0: none; "onecycle" has a warm-up of its own */
    /* "step": divide the rate by ten every N epochs. "plateau": divide it after more than N epochs without
     * a lower loss, of validation or else of training. 0: a third of the epochs. */
    int step_epochs;
    int patience; /* stop after this many epochs without a better one; 0: never */
    /* Seconds that training may take. The schedule is fitted to this time, as measured while training: fewer
     * epochs than `epochs` are trained if they do not fit, and more, at most 2 * epochs + 10, if they do. 0: no
     * limit. */
    double time_s;
    /* Validate, keep and test an exponential moving average of the weights and running statistics in their
     * place. */
    bool model_ema;
    double model_ema_decay; /* its decay at step t: min(this, (1 + t) / (10 + t)); 0: 0.9998 */
    /* "none", "shift", "light", "medium", "strong": see linnet(1). Default: light, and shift for small grey images. */
    const char *augment;
    /* "trivial": one operation of TrivialAugmentWide an image; "none"; NULL: as augment. */
    const char *auto_augment;
    double scale;  /* smallest share of a photo's area that RandomResizedCrop covers; 0: as augment */
    double rotate; /* RandomRotation by up to this many degrees either way; 0: none */
    double jitter; /* ColorJitter of brightness, contrast and saturation by up to this share; 0: as augment */
    double erase;  /* probability of RandomErasing; 0: as augment */
    /* Share of the epochs, the last ones, without mixing, erasing and TrivialAugment; 0: none. */
    double plain_share;
    /* Pixels per side of the training images; 0: the model's input size. With a smaller size the network is
     * used on larger images than it was trained on: Touvron and others, "Fixing the train-test resolution
     * discrepancy" (2019). */
    int train_imgsz;
    int start_imgsz;    /* pixels per side in the first epochs; 0: train_imgsz */
    double start_share; /* share of the epochs that see start_imgsz; 0: 0.7 */
    /* Weight decay for weights only: not for biases, and scales and shifts of normalisations. */
    bool decay_weights;
    double clip; /* scale gradients down to this norm if theirs is larger; 0: never */
    /* "none" (default); "backbone": only the last layer of weights is trained; the layers before it run as
     * in prediction and keep their running statistics. */
    const char *freeze;
    double label_smoothing; /* 0 .. <1; LINNET_NONE: none; 0: none, or the default named at opt */
    double mixup;           /* blend images in pairs, with shares from Beta(mixup, mixup); 0: no */
    /* Paste a rectangle from another image, with a share from Beta(cutmix, cutmix); 0: no. With mixup too, each
     * batch gets one of the two at random. A mixed image counts as right if the label with the larger share is
     * predicted. */
    double cutmix;
    /* Weights of the loss, for classes of unequal size: "auto" (the inverse of the class's share of the train
     * part, with mean 1 over its images), "2,0.5" (one for each class) or a CSV file of class,weight.
     * NULL: all equal. Reported losses are unweighted. */
    const char *class_weights;
    /* "shuffle" (default): each image once in an epoch; "balanced": the same number of images, equally many
     * from each class. */
    const char *sampler;
    /* Type of activations and their gradients: "f32" (default), or "bf16": half the bytes, and often more than
     * twice the arithmetic, on a processor with the instructions (avx512_bf16, AMX). Other processors use f32 after
     * a warning. "auto": bf16 with the instructions and batch normalisation in the network, else f32.
     * Weights, their gradients, statistics, the loss and files are fp32 either way. */
    const char *dtype;
    /* "auto" (default): each convolution by the fastest algorithm, Winograd's minimal filtering among
     * them, which rounds a little differently; "direct": never Winograd's. */
    const char *conv;
    uint64_t seed; /* of the order, dropout and augmentation */
    int threads;   /* 0: what affinity and cgroup allow */
    int workers;   /* loader threads; 0: as many as threads */
    /* Memory for decoded photos, kept from epoch to epoch; 0: a quarter of the free memory; LINNET_NONE:
     * none. Changes only the speed. */
    int64_t cache_mb;
    /* An image that cannot be read, or is damaged, ends the run: LINNET_ERR_INPUT. If false, a damaged image is
     * used as Pillow decodes it. An image that cannot be read is then replaced in training by the next one of the
     * epoch's order, and left out of validation and test. */
    bool strict;
    /* Save last.safetensors in the middle of an epoch once this many seconds have passed since the last
     * save; 0: 600; LINNET_NONE: only before the first step and between epochs. */
    double checkpoint_s;
    const char *dir; /* run folder to create and fill; must not hold a run. NULL: write nothing */
    bool resume;     /* dir holds an interrupted run to continue: see linnet_resume_open */
    /* .dir gets events.out.tfevents.*: loss, accuracy, rate and speed of each epoch, for TensorBoard. */
    bool tensorboard;
    const char *recipe; /* the recipe in use, as linnet_recipe_apply records it; NULL: "auto" */
    /* Non-zero, set by a signal handler: save, return LINNET_ERR_INTERRUPTED. The handler needs a stack of its own
     * (sigaltstack, SA_ONSTACK): oneDNN's matrix products point the stack register at the heap, where a signal's
     * frame would overwrite other data. */
    const volatile int *stop;
    void (*on_event)(void *user, const struct linnet_event *event);
    void *user;
    /* "flip": validation, test and later uses of the model average the probabilities of an image and of its
     * mirror image; "none" (default). */
    const char *tta;
    /* First epochs in which the backbone is frozen and the rate of the last layer rises to lr; then all layers are
     * trained, by the schedule from lr / 2. 0: none. */
    int freeze_epochs;
    /* Augmented views of each image while the backbone is frozen; the features of each view are computed once. 0: 4. With
     * mixup, cutmix or a balanced sampler every epoch draws new views. */
    int freeze_views;
    double lr_spread; /* the layer at depth d of D has the rate times lr_spread^(d / D - 1); 0: 1 */
    /* If a checkpoint does not fit on the disk: "wait" (default) until it does, or until .stop is set; "stop":
     * LINNET_ERR_IO. */
    const char *on_disk_full;
    /* Evaluate the validation part after every val_every-th epoch, and after the first and the last; 0: 1. The best weights
     * are chosen among the evaluated epochs; the others have nan as val_loss and val_acc. */
    int val_every;
    /* In 2^20 bytes. A run that needs more is refused before the first step: LINNET_ERR_LIMIT "train-memory". 0: what the
     * control group allows and the machine can give. The cache is reduced before a run is refused. */
    int64_t max_memory_mb;
    /* The processes that train together: each computes a share of every batch, and .batch is the size of the whole.
     * NULL: this process alone. Only rank 0 needs .dir. */
    linnet_ranks *ranks;
    bool sync_bn; /* batch normalisation by the statistics of all ranks' images, not of each rank's own */
    /* Type of the gradients that ranks send each other: "f32" (default), "bf16": half the bytes. */
    const char *comm_dtype;
};

/* A recipe: what training does if its options are left open. linnet_recipe_apply, before the data is opened, records
 * the recipe and replaces zero fields by those that hold for any data. linnet_recipe_fit, between linnet_data_open and
 * linnet_model_create, replaces zero fields by those that depend on the data:
 *
 *     auto     photos: sizes, epochs, optimiser, regularisation and augmentation chosen from the number of photos,
 *              their sizes, the network, and the speed that some steps on random images take here, so that training
 *              ends within train->time_s, or within an hour. Small pictures: the defaults
 *     fast     photos: as auto, within ten minutes. Small pictures: 5 epochs
 *     best     photos: as auto, twice as many epochs, in any time. Small pictures: cifar_resnet20, 100 epochs, 5 of
 *              them warm-up, mixup 0.2, cutmix 1, label smoothing 0.1, dtype "auto"; colour ones with strong augmentation
 *     chapter  a textbook's LeNet on photos of cats and dogs: 224 px, split 400,92,10 by seed 42, batch 32,
 *              SGD 0.001 with momentum 0.9, constant, no weight decay, 10 epochs
 *
 * Fields that are set stay. LINNET_ERR_USAGE for another name. */
LINNET_API int linnet_recipe_apply(const char *name, struct linnet_data_opts *data,
                                   struct linnet_model_opts *model, struct linnet_train_opts *train);

/* As above, by train->recipe. *arch may be a model file. If *arch is NULL, it becomes the architecture for this data and time:
 * "resnet18d_half", "resnet18d" or, with weights, "resnet18" for photos; "cifar_resnet20" for small pictures by "best"; else
 * "lenet". *seconds: how long training will take, validation included; nan if nothing was measured. LINNET_ERR_USAGE for an
 * unknown network or recipe, LINNET_ERR_LIMIT. */
LINNET_API int linnet_recipe_fit(const char **arch, const linnet_data *data, struct linnet_model_opts *model,
                                 struct linnet_train_opts *train, double *seconds);

/* Replaces each zero field of *opts by the value that linnet_train would use for this model (threads and
 * workers too), so that a program can show it beforehand, and checks all of them. LINNET_NONE stays, except
 * where 0 is the default. linnet_train does the same. LINNET_ERR_USAGE as linnet_options_check. */
LINNET_API int linnet_train_opts_resolve(struct linnet_train_opts *opts, const linnet_model *model);

/* Computes the memory that linnet_train would need, without training. LINNET_ERR_LIMIT "train-memory" if that is more than
 * allowed, and the other errors of linnet_train before its first step. */
LINNET_API int linnet_train_memory(linnet_model *model, const linnet_data *data,
                                   const struct linnet_train_opts *opts, struct linnet_train_memory *memory);

struct linnet_result {
    size_t size;
    int epochs;                   /* epochs done */
    double time_s;                /* of training, validation included */
    double images_per_s;          /* of training alone */
    double train_loss, train_acc; /* of the last epoch */
    double val_loss, val_acc; /* of the weights that were kept; without a validation part, on the test part */
    int best_epoch;
    double test_loss, test_acc;         /* of the weights that were kept, on the test part; nan without one */
    double test_acc_low, test_acc_high; /* 95 % interval of test_acc, as in linnet_metrics */
    int64_t test_count;                 /* images in the test part */
    int64_t skipped;                    /* images that could not be read, in all parts */
    int64_t val_count;                  /* images in the validation part; 0 without one */
    double val_acc_low, val_acc_high;   /* 95 % interval of val_acc; nan without a validation part */
    /* Of the kept weights' probabilities, fitted on the validation part (Guo et al., 2017, section 4.2); 1
     * without one. */
    double temperature;
    /* Of the test part, as in linnet_metrics. */
    double test_balanced_acc, test_majority;
    double test_auc, test_auc_low, test_auc_high;
    double test_ece, test_ece_raw;
    int64_t damaged; /* damaged images, which were used anyway */
};

/* Trains the model in place; at the end it holds the kept weights. With opts.dir the run folder gets
 *
 *     args.json, env.json, classes.txt, split.csv   the options, the machine, the images
 *     results.csv, results.png                      loss and accuracy, epoch by epoch
 *     best.safetensors, last.safetensors            the kept weights; the checkpoint to resume from
 *     last.previous.safetensors,
 *     best.previous.safetensors                     the checkpoint before it, and its best weights
 *     metrics.json, predictions.csv,
 *     confusion_matrix.png, test_pred.png,
 *     top_losses.png, most_confident.png            the test part
 *     train_batch.png                               the first batch, as the network sees it
 *     skipped.csv                                   images that could not be read, if there were any
 *     damaged.csv                                   images that are damaged but were used, if there were any
 *     report.html                                   the run on one page
 *
 * result may be NULL. LINNET_ERR_USAGE for options (linnet_train_opts_resolve) and a dir that holds a run;
 * LINNET_ERR_INPUT for data whose classes are not the model's, or without a readable image; LINNET_ERR_IO;
 * LINNET_ERR_LIMIT; LINNET_ERR_INTERRUPTED; LINNET_ERR_DIVERGED after three steps in a row with a loss or
 * gradient that is not finite (none of them applied). */
LINNET_API int linnet_train(linnet_model *model, linnet_data *data, const struct linnet_train_opts *opts,
                            struct linnet_result *result);

/* An interrupted run (by Ctrl-C, a crash, a power failure), from its folder: the model, the data as it was
 * split, and the options. To continue it:
 *
 *     struct linnet_resumed run = {.size = sizeof run};
 *     if (!linnet_resume_open(&run, "runs/train")) linnet_train(run.model, run.data, run.opts, &result);
 *     linnet_resume_close(&run);
 *
 * The run continues from last.safetensors, which is written before the first step, every checkpoint_s seconds, at the
 * end of each epoch and on interruption. If its checksum shows that it is damaged, the run continues from the checkpoint
 * before it, with a warning. It ends with the same bits as if it had never stopped, given the same number of threads,
 * processor and library. Before linnet_train, the caller may change opts->stop, on_event and the options that do not
 * change the result (linnet_option.resumable). A completed run is only tested once more. LINNET_ERR_INPUT "resume-none" if
 * there is no checkpoint; the errors of linnet_data_open and linnet_model_open; "ckpt-..." from linnet_train if the
 * checkpoint is of another run or the data has changed. */
struct linnet_resumed {
    size_t size;
    linnet_model *model;
    linnet_data *data;
    struct linnet_train_opts *opts;
};
LINNET_API int linnet_resume_open(struct linnet_resumed *run, const char *dir);
/* Frees the model, the data and the options. NULL and a struct without objects are allowed. */
LINNET_API void linnet_resume_close(struct linnet_resumed *run);

/* ---- evaluation ------------------------------------------------------------------------------------ */

struct linnet_eval_opts {
    size_t size;
    const char *conv; /* as in linnet_train_opts */
    enum linnet_part part;
    int batch;   /* 0: 32 */
    int threads; /* 0: what affinity and cgroup allow */
    int workers; /* loader threads; 0: as many as threads */
    /* "f32", "bf16", "auto" as in linnet_train_opts; "int8": as linnet_quantize made the model; NULL: "int8" for such a model,
     * else "f32" */
    const char *dtype;
    /* An image that cannot be read, or is damaged, is LINNET_ERR_INPUT; otherwise an event reports it, and
     * one that cannot be read does not count. */
    bool strict;
    /* Folder for metrics.json, predictions.csv, confusion_matrix.png, test_pred.png, top_losses.png,
     * most_confident.png, skipped.csv and damaged.csv; NULL: write nothing. */
    const char *dir;
    bool logits;              /* predictions.csv holds logits in place of probabilities */
    const volatile int *stop; /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    void (*on_event)(void *user, const struct linnet_event *event); /* STEP, SKIPPED, DAMAGED */
    void *user;
    /* "flip": the mean of the probabilities of an image and of its mirror image; "none"; NULL: as the
     * model was trained. */
    const char *tta;
    /* As in linnet_train_opts, but LINNET_ERR_LIMIT "infer-memory" if more is needed; 0: what is free. */
    int64_t max_memory_mb;
    /* Another model of the same classes, evaluated on the same images, such as the fp32 model that `model` was made from; NULL:
     * none. */
    const linnet_model *reference;
    linnet_ranks *ranks; /* each evaluates a share of the images; all get the result. NULL: one */
};
struct linnet_metrics {
    size_t size;
    int64_t count;                 /* images evaluated */
    int64_t skipped;               /* images that could not be read */
    double loss;                   /* mean cross-entropy */
    double acc, acc_low, acc_high; /* top-1 and its 95 % interval (Wilson, 1927) */
    double top5;                   /* nan below 5 classes */
    int classes;
    /* [classes][classes], rows true, columns predicted. The model owns it; valid until the model is evaluated
     * again or destroyed. */
    const int64_t *confusion;
    double balanced_acc; /* mean recall over the classes that have images */
    double majority;     /* share of the largest class: the accuracy of always predicting it */
    int majority_class;  /* its label */
    /* Two classes: the area under the ROC curve, which is the probability that an image of the second
     * class scores higher than one of the first (ties count half; Mann and Whitney, 1947), and its 95 %
     * interval (DeLong et al., 1988). nan for other numbers of classes; the interval also below two images
     * of a class and for an area of 0 or 1. */
    double auc, auc_low, auc_high;
    double temperature; /* the model's: probabilities are softmax(logits / temperature) */
    /* Expected calibration error of those probabilities and of softmax(logits): 15 bins of equal width
     * (Guo et al., 2017). */
    double ece, ece_raw;
    int64_t damaged; /* damaged images, which were used anyway */
    /* With opts.reference: its accuracy, and acc - reference_acc with its 95 % interval for paired samples (Agresti and Min,
     * 2005); 0 otherwise. */
    double reference_acc, gain, gain_low, gain_high;
};
/* Evaluates the model on one part of the data. LINNET_ERR_INPUT if the data's classes are not the model's or
 * the part is empty; LINNET_ERR_USAGE for options; LINNET_ERR_IO, LINNET_ERR_LIMIT,
 * LINNET_ERR_INTERRUPTED. */
LINNET_API int linnet_evaluate(linnet_model *model, linnet_data *data, const struct linnet_eval_opts *opts,
                               struct linnet_metrics *metrics);
/* The figures of one class, from the confusion matrix; nan for a ratio whose denominator is zero. */
struct linnet_class_metrics {
    int64_t count, predicted; /* images of the class; images predicted as it */
    double precision;         /* share of the predicted images that are of the class */
    double recall;            /* share of the class's images that were predicted as it */
    double f1;                /* harmonic mean of precision and recall */
};
/* All zero for a label that is not in 0 .. classes - 1. */
LINNET_API struct linnet_class_metrics linnet_metrics_class(const struct linnet_metrics *metrics, int label);

/* ---- comparison ------------------------------------------------------------------------------------ */

/* The results of a run. The library allocates it. Figures that the run does not have are 0, or nan. */
struct linnet_outcome {
    const char *path, *arch, *data; /* run folder, architecture, data set */
    int imgsz;                      /* width and height in pixels */
    int64_t parameters;
    int epochs, best_epoch;
    double time_s, images_per_s;                         /* of training */
    int64_t val_count;                                   /* images in the validation part */
    double val_loss, val_acc, val_acc_low, val_acc_high; /* of the kept weights; 95 % interval */
    int64_t test_count;
    double test_loss, test_acc, test_acc_low, test_acc_high, test_balanced_acc, test_ece;
};
/* Reads a run folder. LINNET_ERR_INPUT "run-args" if `run` is no run folder, "run-results" if no epoch is done. */
LINNET_API int linnet_outcome_open(struct linnet_outcome **outcome, const char *run);
LINNET_API void linnet_outcome_free(struct linnet_outcome *outcome); /* NULL is allowed */

/* Two outcomes on the same test images. */
struct linnet_pair {
    size_t size;
    int64_t count;                   /* test images; 0: they were not tested on the same images */
    int64_t first_only, second_only; /* images on which only one of the two is right */
    /* McNemar's exact two-sided test (McNemar, 1947): the probability of such a difference or a larger one
     * if both were equally good. nan if count is 0. */
    double p;
};
LINNET_API int linnet_outcome_compare(const struct linnet_outcome *first, const struct linnet_outcome *second,
                                      struct linnet_pair *pair);

/* ---- labels that are probably wrong ---------------------------------------------------------------- */

struct linnet_clean_opts {
    size_t size;
    /* A run folder: networks are made and trained as the run's was, except for fields of arch, model and
     * train that are set. NULL: by those three alone. */
    const char *run;
    const char *arch;                      /* NULL: the run's, else "lenet" */
    const struct linnet_model_opts *model; /* NULL: defaults */
    /* NULL: defaults. Its .dir, .resume, .ranks, .patience, .tensorboard, .stop and .on_event have
     * no effect. */
    const struct linnet_train_opts *train;
    int folds;     /* 2 to 100; 0: 5 */
    uint64_t seed; /* of the folds */
    /* Folder for label_issues.csv (all images) and label_issues.png (the first ones); NULL: write nothing. */
    const char *dir;
    const volatile int *stop; /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    /* The events of each network's training and test; fold counts from 1. NULL: discarded. */
    void (*on_event)(void *user, int fold, int folds, const struct linnet_event *event);
    void *user;
};
/* An image, its label, and the class that the networks suggest. The probabilities are those of the network that was not
 * trained on the image. */
struct linnet_suspect {
    const char *path;     /* as the data set names it */
    int given, suggested; /* labels */
    double given_probability, suggested_probability;
    double confidence; /* in the given label; 1 is usual for its class. Low: the label is probably wrong */
    bool named;        /* another class is probable enough: see linnet_clean */
};
/* The library allocates it. */
struct linnet_suspects {
    int64_t count;                       /* images that could be read */
    int64_t named;                       /* images that are named */
    const struct linnet_suspect *images; /* [count], the most doubtful label first */
    double acc;                          /* share of the images whose given label is the most probable one */
};
/* Ranks all images of the data's parts by how doubtful their labels are: confident learning (Northcutt, Jiang
 * and Chuang, 2021) with probabilities from cross-validation, in which each of `folds` networks is trained on
 * the other folds. With p an image's probabilities by the network that was not trained on it, s the probability of its
 * label by those that were (their geometric mean), t[j] and u[j] the means of p[j] and s over the images labelled j,
 * confidence = sqrt(p[label] / t[label] * s / u[label]). An image is named if, among the classes with p[j] >= t[j],
 * the most probable one is not its label. The same seed and number of threads give the same ranking. The data is not
 * changed.
 * LINNET_ERR_USAGE "clean-folds" for more folds than images; errors as of linnet_model_create and linnet_train. */
LINNET_API int linnet_clean(struct linnet_suspects **suspects, const linnet_data *data,
                            const struct linnet_clean_opts *opts);
LINNET_API void linnet_suspects_free(struct linnet_suspects *suspects); /* NULL is allowed */

/* ---- finding a learning rate ----------------------------------------------------------------------- */

struct linnet_lr_find_opts {
    size_t size;
    double from, to; /* the first and the last rate; 0: 1e-7 and 10 */
    int steps;       /* at most this many, 10 to 1000; 0: 100 */
    /* NULL: defaults. Its .lr, .lr_scheduler and .epochs, and what concerns a run folder, have no effect. */
    const struct linnet_train_opts *train;
    const char *plot;         /* PNG file of the curve; NULL: none */
    const volatile int *stop; /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    void (*on_event)(void *user, const struct linnet_event *event); /* STEP, SKIPPED, DAMAGED */
    void *user;
};
struct linnet_lr_point {
    double lr;
    double loss;   /* of the step's batch */
    double smooth; /* mean of neighbouring losses, weighted by a Gaussian */
};
/* The library allocates it. */
struct linnet_lr_curve {
    int count;                            /* fewer than the steps if the loss diverged */
    const struct linnet_lr_point *points; /* [count], the rates grow */
    /* The rate at which the smoothed loss falls most steeply; nan if it does not fall by 2 %. */
    double suggestion;
    double lowest_lr, lowest_loss; /* the minimum of the smoothed loss */
    bool diverged;                 /* the loss exceeded four times its minimum, or was not finite */
    const char *opt;               /* the optimiser */
};
/* The learning rate range test (Smith, "Cyclical learning rates for training neural networks", 2017, section
 * 3.3): trains with a rate that grows exponentially from step to step. The model and its weights stay as they
 * are. LINNET_ERR_USAGE "lr-find-range" if the rates do not grow; errors as of linnet_train. */
LINNET_API int linnet_lr_find(struct linnet_lr_curve **curve, linnet_model *model, linnet_data *data,
                              const struct linnet_lr_find_opts *opts);
LINNET_API void linnet_lr_curve_free(struct linnet_lr_curve *curve); /* NULL is allowed */

/* ---- prediction ------------------------------------------------------------------------------------ */

/* An image to predict: a file, an encoded file in memory, or pixels. One of the three; the others are
 * NULL. */
struct linnet_input {
    /* The file to read. With bytes or pixels it is only a name for messages, and may be NULL. */
    const char *path;
    const void *bytes; /* a whole JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF or PNM file ... */
    size_t byte_count;
    const unsigned char *pixels; /* RGB, [height][width][3] */
    int width, height;
    size_t stride; /* bytes from one row of pixels to the next; 0: 3 * width */
};

struct linnet_predict_opts {
    size_t size;
    int batch;         /* images computed at a time; 0: 16 */
    int threads;       /* compute threads; 0: what affinity and cgroup allow */
    int workers;       /* threads that read and decode images; 0: as many as threads */
    const char *dtype; /* as in linnet_eval_opts */
    const char *conv;  /* as in linnet_train_opts */
    bool features;     /* fill linnet_prediction.features */
    int picture;       /* fill linnet_prediction.picture, reduced to at most this width and height; 0: no */
    bool strict;       /* the first image that cannot be predicted ends the call with its status */
    const volatile int *stop; /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    const char *tta;          /* as in linnet_eval_opts; features are those of the image itself */
    int64_t max_memory_mb;    /* as in linnet_eval_opts */
    linnet_ranks *
        ranks; /* of linnet_predict: each predicts a share of the files; all have all predictions. NULL: one */
};

/* The outcome for one image. Everything in it is valid until the callback returns. */
struct linnet_prediction {
    size_t index;     /* of the input, from 0 */
    const char *path; /* the input's; for bytes and pixels without one NULL */
    /* LINNET_OK, or why there is no prediction; then `code` and `error` have the reason, as
     * linnet_error_code() and linnet_error() report it, and all that follows is 0 or NULL. */
    int status;
    const char *code, *error;
    int classes;
    const float *logits; /* [classes] */
    /* [classes] softmax of logits / temperature, which is 1 unless training fitted one
     * (docs/model-files.md). */
    const float *probabilities;
    const int *order; /* [classes] labels, the most probable first */
    int feature_count;
    /* [feature_count] what the last layer with weights reads: for resnet18 the 512 averages. NULL without
     * linnet_predict_opts.features. */
    const float *features;
    int width, height; /* of the image, upright */
    /* RGB, [picture_height][picture_width][3]; NULL without linnet_predict_opts.picture. */
    const unsigned char *picture;
    int picture_width, picture_height;
    /* -T log(sum of exp(logits / T)), T the temperature; the higher, the more the image is unlike those
     * that the network was trained on (Liu et al., 2020). */
    double energy;
    bool unknown; /* the energy is above linnet_model_unknown_energy() */
    size_t count; /* inputs of the call; in linnet_predict: files, with those in folders */
};
typedef void linnet_prediction_fn(void *user, const struct linnet_prediction *prediction);

/* Predicts images, from any source and many at a time:
 *
 *     linnet_predictor *predictor;
 *     struct linnet_input inputs[2] = {{.path = "cat.jpg"}, {.pixels = rgb, .width = 640, .height = 480}};
 *     if (linnet_predictor_create(&predictor, model, NULL) ||
 *         linnet_predictor_run(predictor, inputs, 2, on_prediction, user))
 *         fprintf(stderr, "%s\n", linnet_error());
 *     linnet_predictor_destroy(predictor);
 *
 * Images are decoded and transformed as in linnet_evaluate, in the predictor's own threads, while earlier
 * ones are computed. The network is compiled for a whole batch when the predictor is created, and for smaller
 * batches (1, 4, 8, 16 ...) when a call leaves such a remainder, so that a single image is not computed as a
 * batch. The same images in one call give the same bits as linnet_evaluate with the same batch.
 *
 * One call at a time for each predictor, from any thread. */
typedef struct linnet_predictor linnet_predictor;
/* Compiles the model with its weights as they are now: later changes to them do not reach the predictor. The model is
 * borrowed until the predictor is destroyed. LINNET_ERR_USAGE for options, LINNET_ERR_LIMIT. */
LINNET_API int linnet_predictor_create(linnet_predictor **predictor, const linnet_model *model,
                                       const struct linnet_predict_opts *opts);
/* Calls on_prediction once for each of inputs[count], in their order, in the calling thread. An image that
 * cannot be predicted has its reason in its prediction, and does not fail the call unless opts.strict:
 * LINNET_ERR_INPUT "img-..." for a damaged image, "file-open" for a missing file, LINNET_ERR_IO for one that
 * cannot be read, LINNET_ERR_USAGE "input-..." for an input without a source, with two, or with impossible
 * pixels. The call fails with LINNET_ERR_LIMIT and LINNET_ERR_INTERRUPTED. inputs is borrowed for the
 * call. */
LINNET_API int linnet_predictor_run(linnet_predictor *predictor, const struct linnet_input *inputs,
                                    size_t count, linnet_prediction_fn *on_prediction, void *user);
LINNET_API void linnet_predictor_destroy(linnet_predictor *predictor); /* NULL is allowed */

/* Predicts files with a predictor of its own, whose batch is not larger than their number. A folder stands
 * for the files in it and in its sub-folders, in byte order, except hidden ones; prediction->index counts files.
 * LINNET_ERR_INPUT "predict-empty" for a folder without a file, LINNET_ERR_LIMIT "folder-depth" for folders
 * nested more than 16 deep; otherwise as linnet_predictor_create and linnet_predictor_run. */
LINNET_API int linnet_predict(const linnet_model *model, const char *const *paths, size_t count,
                              const struct linnet_predict_opts *opts, linnet_prediction_fn *on_prediction,
                              void *user);

/* Decodes an image once, upright, for several calls that take its pixels as their input. Their results have the same bits as
 * those for the file. Errors as of linnet_predictor_run for an image. */
LINNET_API int linnet_image_decode(struct linnet_image **image, const struct linnet_input *input);

/* ---- explanation ----------------------------------------------------------------------------------- */

struct linnet_explain_opts {
    size_t size;
    /* "gradcam", "hirescam", "layercam", "occlusion". NULL: gradcam if only averages over the layer's map and one linear layer
     * follow it (there it equals hirescam), else hirescam. */
    const char *method;
    /* The layer whose map is drawn, by its name in linnet_model_summary; the name of a block, as "layer4" of resnet18, stands
     * for its last layer. NULL: the last one before the map is pooled away or flattened. Not for occlusion. */
    const char *layer;
    const char *target; /* the class to explain: its name, or its number from 0; NULL: the predicted one */
    int threads;        /* compute threads; 0: what affinity and cgroup allow */
    const char *conv;   /* as in linnet_train_opts */
    const char
        *tta;    /* of the prediction, as in linnet_eval_opts; the maps of a layer are of the image itself */
    bool strict; /* the first image that cannot be explained ends the call with its status */
    const volatile int *stop; /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    int64_t max_memory_mb;    /* as in linnet_eval_opts */
    int workers;              /* decoding threads; 0: as many as threads */
};

/* Which places of one image speak for a class. Everything in it is valid until the callback returns. */
struct linnet_explanation {
    size_t index;     /* of the input, from 0 */
    const char *path; /* the input's; for bytes and pixels without one NULL */
    /* LINNET_OK, or why there is no explanation; then `code` and `error` have the reason, as linnet_error_code() and
     * linnet_error() report it, and all that follows is 0 or NULL. */
    int status;
    const char *code, *error;
    int target, predicted; /* labels: the class that is explained, and the most probable one */
    float logit;           /* of the target; with a layer's method that of the image itself, without tta */
    float probability;     /* of the target, as in linnet_prediction */
    const char *method;    /* "hirescam" */
    const char *layer;     /* "layer4.1.relu2"; NULL for occlusion */
    /* [map_height][map_width] the raw map, without any scaling, of the layer's own height and width. gradcam, hirescam, layercam:
     * after the final relu, so never negative. occlusion: how much the logit falls when the place is hidden, which may be
     * negative. */
    const float *map;
    int map_width, map_height;
    float most; /* the largest number of the map; 0: no place speaks for the class */
    /* RGB, [height][width][3]: the whole image, upright. */
    const unsigned char *picture;
    int width, height;
    /* Where the map lies in the image, in pixels: what the network saw after its resize and centre crop. Padding extends it
     * beyond the image. */
    double left, top, right, bottom;
    size_t count; /* inputs of the call; in linnet_explain: files, with those in folders */
};
typedef void linnet_explanation_fn(void *user, const struct linnet_explanation *explanation);

/* Explains predictions: which places of an image raise the logit of a class. The gradient is that of the logit, not of the loss or
 * the probability. It is computed in fp32, with the running statistics of batch normalisation and without dropout. With
 * a[c][y][x] the layer's value and g the gradient of the logit by it:
 *
 *   gradcam    relu(sum over c of (mean of g[c]) a[c])     Selvaraju et al. (2017)
 *   hirescam   relu(sum over c of g[c] a[c])               Draelos and Carin (2020): shows only what the network used, if the
 *              layers behind are linear
 *   layercam   relu(sum over c of relu(g[c]) a[c])         Jiang et al. (2021): sharp in earlier layers too
 *   occlusion  how much the logit falls when squares of the image are hidden: Zeiler and Fergus (2014). It needs about 225
 *              predictions but no layer, so it can check the others
 *
 *     linnet_explainer *explainer;
 *     struct linnet_input input = {.path = "cat.jpg"};
 *     if (linnet_explainer_create(&explainer, model, LINNET_OPTS(explain, .target = "cat")) ||
 *         linnet_explainer_run(explainer, &input, 1, on_explanation, user))
 *         fprintf(stderr, "%s\n", linnet_error());
 *     linnet_explainer_destroy(explainer);
 *
 * Images are decoded and transformed as by linnet_predictor, in the explainer's own threads, while earlier ones are
 * explained. One call at a time for each explainer, from any thread. */
typedef struct linnet_explainer linnet_explainer;
/* Compiles the model with its weights as they are now. The model is borrowed until the explainer is destroyed. LINNET_ERR_USAGE for
 * options: "explain-layer", "explain-class" for unknown names, with the nearest one; LINNET_ERR_LIMIT. */
LINNET_API int linnet_explainer_create(linnet_explainer **explainer, const linnet_model *model,
                                       const struct linnet_explain_opts *opts);
/* Calls on_explanation once for each of inputs[count], in their order, in the calling thread. Images that cannot be explained,
 * and errors, as of linnet_predictor_run. */
LINNET_API int linnet_explainer_run(linnet_explainer *explainer, const struct linnet_input *inputs,
                                    size_t count, linnet_explanation_fn *on_explanation, void *user);
/* Replaces linnet_explain_opts.target from the next call on. After LINNET_ERR_USAGE "explain-class" the target is
 * unchanged. */
LINNET_API int linnet_explainer_set_target(linnet_explainer *explainer, const char *target);
LINNET_API void linnet_explainer_destroy(linnet_explainer *explainer); /* NULL is allowed */

/* Explains files with an explainer of its own; folders and errors as of linnet_predict. */
LINNET_API int linnet_explain(const linnet_model *model, const char *const *paths, size_t count,
                              const struct linnet_explain_opts *opts, linnet_explanation_fn *on_explanation,
                              void *user);

/* Draws the image in grey under the map's colours (viridis) into pixels: RGB, [height][width][3]. width and height may differ from
 * the image's. Places outside the map are dimmed. LINNET_ERR_USAGE "explain-size" for a size below 1. */
LINNET_API int linnet_explanation_overlay(const struct linnet_explanation *explanation, int width, int height,
                                          unsigned char *pixels);
/* Draws the overlay at the image's own resolution, with a legend below it, into a PNG file. An image below 256 pixels is enlarged by
 * a whole factor. title: in the legend, in any script; NULL: none. LINNET_ERR_IO, LINNET_ERR_LIMIT. */
LINNET_API int linnet_explanation_draw(const struct linnet_explanation *explanation, const char *path,
                                       const char *title);

/* Encodes pixels, RGB [height][width][3], as a PNG file in memory, *bytes[*count], which the caller frees by linnet_free.
 * LINNET_ERR_USAGE "draw-size" for a size below 1, LINNET_ERR_LIMIT. */
LINNET_API int linnet_encode_png(const unsigned char *pixels, int width, int height, unsigned char **bytes,
                                 size_t *count);

/* ---- 8 bits ------------------------------------------------------------------------------------------- */

struct linnet_quantize_layer {
    const char *layer; /* by its name in the program's summary */
    int64_t weights;   /* numbers */
    /* Signal-to-quantisation-noise ratio of the logits with this layer alone in 8 bits, in decibels; nan: not measured */
    double sqnr;
    bool int8; /* false: it stays fp32 */
};
struct linnet_quantize_opts {
    size_t size;
    const char *
        method; /* "auto", "minmax", "percentile", "kl": how scales of activations are chosen; NULL: "auto" */
    int images; /* of the train part that the scales come from; 0: 512 */
    const char *keep; /* names of layers that stay fp32, separated by commas; "first", "last" */
    double
        max_drop; /* points of accuracy: layers go back to fp32 until no more are lost; 0: no bound; LINNET_NONE: 0 points */
    bool per_layer; /* measure the layers one by one, also without max_drop */
    int batch;      /* 0: 32 */
    int threads, workers;
    bool strict;              /* as in linnet_eval_opts */
    const volatile int *stop; /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    void (*on_event)(void *user, const struct linnet_event *event); /* STEP, SKIPPED, DAMAGED */
    /* Called at the end for each layer with weights; NULL: no calls. */
    void (*on_layer)(void *user, const struct linnet_quantize_layer *layer);
    void *user;
};
struct linnet_quantization {
    size_t size;
    const char *method;               /* the model's: "minmax", "percentile", "kl" */
    int images;                       /* that the scales come from */
    int layers, layers_int8;          /* layers with weights; of these, in 8 bits */
    int64_t compared;                 /* images on which fp32 and 8 bits were compared; 0: none */
    double acc, acc_f32;              /* on these images */
    double gain, gain_low, gain_high; /* acc - acc_f32 with its 95 % interval (Agresti and Min, 2005) */
};
/* Converts the model's convolutions and linear layers to 8 bits: weights are s8 with a scale for each output channel, activations
 * u8 or s8 with scales from images of the data's train part. linnet_model_save then writes a file of about a quarter of the
 * size. The fp32 and the 8-bit form are compared on the validation part; if that is empty, on the test part.
 * LINNET_ERR_INPUT as linnet_evaluate, "quantize-none" if no layer is left for 8 bits, "quantize-finite" if activations are
 * not finite; LINNET_ERR_USAGE for options, "quantize-again" if the model is in 8 bits already. After a failure the model is
 * unchanged. */
LINNET_API int linnet_quantize(linnet_model *model, const linnet_data *data,
                               const struct linnet_quantize_opts *opts, struct linnet_quantization *result);
/* What linnet_quantize reported for this model; false if the model is in fp32. */
LINNET_API bool linnet_model_quantization(const linnet_model *model, struct linnet_quantization *result);

/* ---- features -------------------------------------------------------------------------------------- */

struct linnet_embed_opts {
    size_t size;
    enum linnet_part part;    /* the images to embed; LINNET_PART_DEFAULT: of all parts */
    int batch;                /* 0: 32 */
    int threads;              /* compute threads; 0: what affinity and cgroup allow */
    int workers;              /* loader threads; 0: as many as threads */
    const char *dtype;        /* as in linnet_eval_opts */
    const char *conv;         /* as in linnet_train_opts */
    bool strict;              /* as in linnet_eval_opts */
    const char *dir;          /* folder for skipped.csv and damaged.csv; NULL: write nothing */
    const volatile int *stop; /* non-zero: stop, LINNET_ERR_INTERRUPTED */
    void (*on_event)(void *user, const struct linnet_event *event); /* STEP, SKIPPED, DAMAGED */
    void *user;
};
struct linnet_embedded {
    const char *path; /* as the data set names the image */
    int64_t sample;   /* its number, for linnet_data_image */
    int label;
    enum linnet_part part;
};
/* The features of images. The library allocates it. */
struct linnet_embedding {
    int64_t count;                        /* images that could be read */
    int64_t skipped;                      /* images that could not */
    int feature_count;                    /* 512 for resnet18 */
    const struct linnet_embedded *images; /* [count] in the data's order */
    const float *features;                /* [count][feature_count] */
};
/* Computes the features of every image: what the last layer with weights reads (linnet_prediction.features). Data and model may
 * have different classes. LINNET_ERR_INPUT "data-empty" if there are no images, "embed-finite" if features are not finite;
 * LINNET_ERR_USAGE for options; LINNET_ERR_IO, LINNET_ERR_LIMIT, LINNET_ERR_INTERRUPTED.
 *
 *     struct linnet_embedding *e;
 *     struct linnet_neighbour near[5];
 *     if (linnet_embed(&e, model, data, NULL) || linnet_embedding_nearest(e, e->features, near, 5))
 *         fprintf(stderr, "%s\n", linnet_error());
 *     else
 *         puts(e->images[near[1].image].path);  // near[0] is the first image itself
 *     linnet_embedding_free(e);
 */
LINNET_API int linnet_embed(struct linnet_embedding **embedding, const linnet_model *model,
                            const linnet_data *data, const struct linnet_embed_opts *opts);
LINNET_API void linnet_embedding_free(struct linnet_embedding *embedding); /* NULL is allowed */

struct linnet_neighbour {
    int64_t image;     /* index into linnet_embedding.images */
    double similarity; /* the cosine of the angle between the features, -1 to 1 */
};
/* Finds the images whose features are most similar to features[feature_count]: nearest[count], the most similar first, equal
 * ones in the data's order. LINNET_ERR_USAGE "embed-count" unless count is from 1 to the number of images. */
LINNET_API int linnet_embedding_nearest(const struct linnet_embedding *embedding, const float *features,
                                        struct linnet_neighbour *nearest, int64_t count);
/* A map of the images. places[count][2]: the first two principal components of their features (Pearson, 1901). shares[2]: the share
 * of the total variance that each component explains. LINNET_ERR_LIMIT. */
LINNET_API int linnet_embedding_map(const struct linnet_embedding *embedding, double *places, double *shares);

/* ---- pictures -------------------------------------------------------------------------------------- */

/* A picture of a grid. */
struct linnet_grid_cell {
    const unsigned char *pixels; /* RGB, [height][width][3] */
    int width, height;
    const char *title; /* in any script */
    int colour;        /* of the title: 0 black, 1 green (right), 2 red (wrong) */
};
/* Draws a grid of titled pictures into a PNG file. title: above the grid; NULL: none.
 * LINNET_ERR_USAGE for no cells or no columns; LINNET_ERR_IO, LINNET_ERR_LIMIT. */
LINNET_API int linnet_draw_grid(const char *path, const struct linnet_grid_cell *cells, size_t count,
                                int columns, const char *title);

/* A line over epochs 1, 2, 3 ... */
struct linnet_line {
    const char *name;     /* in the legend; NULL: not shown there */
    const double *values; /* [epochs of its panel]; nan: a gap */
    int colour;           /* 0 blue, 1 vermilion, 2 green, 3 black */
    bool thin;            /* for training beside test */
};
struct linnet_panel {
    const char *name; /* above it */
    int epochs;
    const struct linnet_line *lines; /* [count], the later ones on top */
    size_t count;
};
struct linnet_lines_opts {
    size_t size;
    const char *title; /* NULL: none */
    bool percent;      /* values are shares of 1, shown in per cent */
    double high;       /* upper end of the scale, which cuts off larger values; 0: the largest value */
};
/* Draws panels of lines side by side into a PNG file, all on one scale so that they can be compared.
 * LINNET_ERR_USAGE for no panels, no lines or no epochs, for more than 4 panels or more than 16 lines a
 * panel; LINNET_ERR_IO, LINNET_ERR_LIMIT. */
LINNET_API int linnet_draw_lines(const char *path, const struct linnet_panel *panels, size_t count,
                                 const struct linnet_lines_opts *opts);

/* A map of points in the colours of their classes. */
struct linnet_map_opts {
    size_t size;
    int64_t count;
    const double *places; /* [count][2]; a point that is not finite is left out */
    const int *labels;    /* [count] 0 .. classes - 1 */
    int classes;
    const char *const *class_names; /* [classes], in any script; NULL: numbers */
    const char *title;              /* NULL: none */
    const char *x_name, *y_name;    /* of the axes; NULL: none */
};
/* Draws the map into a PNG file, with a legend of the first 24 classes. Classes differ in colour and form. LINNET_ERR_USAGE
 * "draw-empty" for no points or classes, "draw-label" for a label that is not below classes; LINNET_ERR_IO, LINNET_ERR_LIMIT. */
LINNET_API int linnet_draw_map(const char *path, const struct linnet_map_opts *map);

/* ---- benchmark ------------------------------------------------------------------------------------- */

/* The time of one layer and pass of a step, in the order of execution. The strings are valid during the call. */
struct linnet_bench_layer {
    const char *layer, *pass; /* "conv1"; "forward", "recompute", "backward", "reorder", "sum", "update" */
    const char *op, *implementation;
    const char *layout; /* of the output; "" for gradients of weights */
    double floor_ms;    /* the best time of oneDNN's kernels; 0: not measured, or no kernel */
    double ms;          /* mean over a second series of steps, timed for these rows */
    double gflops;      /* 0 for a row without multiply-adds */
    double bytes;       /* read and written: values, gradients, parameters, once each */
};

struct linnet_bench_opts {
    size_t size;
    const char *conv; /* as in linnet_train_opts */
    bool train;       /* the step of linnet_train: forward, loss, backward, optimiser; false: inference */
    int batch;        /* 0: 16 */
    int threads;
    double seconds;  /* to measure for; 0: 3 */
    int steps;       /* measured at least; 0: 10 */
    const char *opt; /* as in linnet_train_opts */
    /* As in linnet_eval_opts; "int8" of any model: one that is not in 8 bits is calibrated on random images. */
    const char *dtype;
    /* Called for each row after the measurement, which has no timers inside the step. NULL: no rows. */
    void (*on_layer)(void *context, const struct linnet_bench_layer *layer);
    void *context;
    bool floor; /* also measure the machine's limits and the network's floor and roof: takes some seconds */
    linnet_ranks *ranks;    /* with train: a step of all ranks, each with `batch` images. NULL: one */
    const char *comm_dtype; /* as in linnet_train_opts */
    /* With ranks: also predict the step on another network. "10GbE,64" names the network (1GbE, 10GbE, ... or a number of
     * Gbit/s) and the number of ranks. NULL: no prediction. */
    const char *link;
};
struct linnet_bench_result {
    size_t size;
    double images_per_s;                /* at the median step */
    double ms_per_step, ms_p10, ms_p90; /* median, 10th and 90th percentile */
    double plan_ms;                     /* to compile the network */
    double rss_mb;                      /* the process's peak memory, in 10^6 bytes */
    double gflops;
    double minor_faults_per_step;
    int64_t allocs_per_step;
    int steps, threads, batch, imgsz;
    char onednn[16];
    const char *dtype;  /* "f32", "bf16" or "int8": what ran */
    double peak_gflops; /* the machine's limit in fp32: multiply-adds in registers */
    /* With opts.floor, else 0: the machine's memory bandwidth; the rate if each convolution and linear layer
     * took the best time that oneDNN needs for it and everything else no time (floor); and the rate if
     * everything else moved the least possible bytes at that bandwidth (roof). */
    double peak_gb_per_s, floor_images_per_s, roof_images_per_s;
    /* With opts.ranks; images_per_s is then that of all ranks together. comm_ms: mean time of the sums of gradients in a step;
     * exposed_ms: the part of that time for which the computation had to wait. */
    int ranks;
    double comm_ms, exposed_ms;
    double alone_images_per_s; /* of one rank that sends nothing, while the others do the same */
    int64_t gradient_bytes;    /* of a step and rank */
    int link_ranks;            /* of opts.link, with the predicted step; 0: no prediction */
    double link_ms_per_step, link_exposed_ms, link_images_per_s;
};
/* Times the step of training or of inference on random images. LINNET_ERR_USAGE for options;
 * LINNET_ERR_LIMIT. */
LINNET_API int linnet_bench(const linnet_model *model, const struct linnet_bench_opts *opts,
                            struct linnet_bench_result *result);

struct linnet_bench_loader_opts {
    size_t size;
    int batch; /* 0: 32 */
    int imgsz; /* 0: 224, the centre of a photo whose shorter side is resized to 256; others in proportion */
    int workers;         /* 0: one for each processor that this process may use */
    const char *augment; /* as in linnet_train_opts; NULL: "light" */
    int64_t cache_mb;    /* likewise */
    int epochs;          /* 0: 3; the first finds an empty cache */
};
struct linnet_bench_loader_result {
    size_t size;
    int64_t images; /* in an epoch */
    int64_t skipped;
    double first_images_per_s; /* in the first epoch: every file is read and decoded */
    double images_per_s;       /* median of the other epochs; of a single epoch: the same */
    double cache_mb;           /* of the cache, in use at the end, in 2^20 bytes */
    double rss_mb;             /* the process's peak memory, in 2^20 bytes */
    int batch, imgsz, workers, epochs;
};
/* Measures how fast the loader delivers batches of the data's train part when nothing else runs.
 * LINNET_ERR_USAGE for options; LINNET_ERR_INPUT if the train part is empty or unreadable;
 * LINNET_ERR_LIMIT. */
LINNET_API int linnet_bench_loader(linnet_data *data, const struct linnet_bench_loader_opts *opts,
                                   struct linnet_bench_loader_result *result);

#ifdef __cplusplus
}
#endif
#endif
