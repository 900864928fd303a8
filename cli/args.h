/* The command line, driven by tables: a command states its flags once, and parsing, checking, suggestions and
 * --help all come from that table.
 *
 *     struct eval_args { int batch; bool json; };
 *     static const struct cli_flag flags[] = {
 *         {"batch", 'b', CLI_INT, offsetof(struct eval_args, batch), "N", "images a step", .min = 1, .max =
 * 65536},
 *         {"json", 0, CLI_BOOL, offsetof(struct eval_args, json), NULL, .help = "JSON on stdout"},
 *         {0}};
 *
 * Flags may stand anywhere; --flag=value and --flag value are the same, `--` ends them. The last one wins.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <linnet/linnet.h>
#include <stdbool.h>
#include <stddef.h>

struct cli_command;

enum cli_kind {
    CLI_HEADING,  /* no flag: `help` is the heading of those that follow, in --help */
    CLI_BOOL,     /* bool; takes no value */
    CLI_INT,      /* int */
    CLI_INT64,    /* int64_t, or a uint64_t that stays below 2^63 */
    CLI_DOUBLE,   /* double */
    CLI_DURATION, /* double, seconds; written 90s, 30m or 1.5h */
    CLI_STRING,   /* const char *, not empty */
    CLI_CHOICE,   /* const char *, one of `value`, which is written "sgd|adam" */
};

struct cli_flag {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum cli_kind kind;
    size_t at;         /* offset of its field in the command's struct of arguments */
    const char *value; /* what --help calls the value; of a choice, all there are */
    const char *help;
    double min, max;   /* of numbers */
    bool zero_is_none; /* 0 is stored as LINNET_NONE, for a field whose zero means the default */
};

/* What several commands have, said once. */
#define CLI_FLAG_BATCH(name, field, text) \
    { name, 'b', CLI_INT, field, "N", text, .min = 1, .max = 65536 }
#define CLI_FLAG_IMGSZ(field, text) \
    { "imgsz", 0, CLI_INT, field, "N", text, .min = 1, .max = 4096 }
#define CLI_FLAG_CLASSES(field) \
    { "classes", 0, CLI_INT, field, "N", "number of classes (the architecture's)", .min = 1, .max = 1e6 }
#define CLI_FLAG_CHANNELS(field) \
    { "channels", 0, CLI_INT, field, "1|3", "grey or RGB (the architecture's)", .min = 1, .max = 3 }
#define CLI_FLAG_WEIGHTS(field, text) \
    { "weights", 0, CLI_STRING, field, "F|imagenet", .help = text }
#define CLI_FLAG_JSON(field) \
    { "json", 0, CLI_BOOL, field, NULL, .help = "JSON on stdout, and nothing else" }
#define CLI_FLAG_THREADS(field)                                                                           \
    {                                                                                                     \
        "threads", 0, CLI_INT, field, "N", "compute threads (all that this process may use)", .min = 1,   \
                                                                                              .max = 1024 \
    }
#define CLI_FLAG_CONV(field)                                                                    \
    {                                                                                           \
        "conv", 0, CLI_CHOICE, (field), "auto|direct",                                          \
            .help = "convolutions by the fastest way, Winograd's too, or as direct sums (auto)" \
    }
#define CLI_FLAG_WORKERS(field) \
    { "workers", 'j', CLI_INT, field, "N", "loader threads (as many as --threads)", .min = 1, .max = 1024 }
#define CLI_FLAG_STRICT(field) \
    { "strict", 0, CLI_BOOL, field, NULL, .help = "stop at an image that cannot be read or is damaged" }
#define CLI_FLAG_SEED(field, text) \
    { "seed", 0, CLI_INT64, field, "N", text, .min = 0, .max = 1e18 }
#define CLI_FLAG_SPLIT(field)                                                         \
    {                                                                                 \
        "split", 0, CLI_STRING, field, "A,B,C",                                       \
            .help = "train,validation,test: images (400,92,10) or percent (80,10,10)" \
    }
#define CLI_FLAG_LIMIT(field) \
    { "limit", 0, CLI_INT64, field, "N", "at most N images of each part", .min = 1, .max = 1e15 }
#define CLI_FLAG_DTYPE(field)                                                                        \
    {                                                                                                \
        "dtype", 0, CLI_CHOICE, (field), "f32|bf16",                                                 \
            .help = "numbers between layers; bf16: half the bytes, where the processor has it (f32)" \
    }
#define CLI_FLAG_OPT(field) \
    { "opt", 0, CLI_CHOICE, field, "sgd|nesterov|adam|adamw|rmsprop", .help = "optimiser (sgd)" }

/* The arguments that are no flags, in order. */
struct cli_rest {
    const char **items;
    int count;
};

enum { CLI_HELP_ASKED = 1 }; /* the status of --help: no failure, and nothing more for the command to do */

/* Fills *args, which the caller zeroed, and moves the other arguments to the front of argv + 1.
 * LINNET_ERR_USAGE, told on stderr with the way out, or CLI_HELP_ASKED. */
int cli_args_parse(const struct cli_command *command, int argc, char **argv, void *args,
                   struct cli_rest *rest);

#endif
