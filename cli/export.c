/* linnet export: a model as a file for other programs. */
#include "command.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "text.h"
#include <sys/stat.h>

struct export_args {
    struct linnet_model_opts model;
    struct linnet_export_opts export;
    const char *output;
    bool json;
};

#define OPTS struct export_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, output), .flag = "output", .letter = 'o', .value = "FILE",
     .help = "the file to write: .onnx, .safetensors, .pth, .c",
     .detail = "The name's ending selects the format: .onnx holds the network with its weights; "
               ".safetensors and .pth (or .pt) hold the weights alone, a state_dict for PyTorch; .c holds "
               "a small network as one C99 file without dependencies, for microcontrollers."},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags export_flags[] = {
    {own},
    {linnet_export_options, .at = offsetof(OPTS, export)},
    {linnet_model_options, .at = offsetof(OPTS, model), .only = " weights imgsz classes channels "},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

static int64_t bytes_of(const char *path) {
    struct stat found;
    return stat(path, &found) ? 0 : (int64_t)found.st_size;
}

static void report_json(const struct export_args *args, const struct linnet_export_result *result) {
    struct linnet_json json = cli_json_to(stdout, 1);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "file", args->output);
    linnet_json_string(&json, "format", result->format);
    linnet_json_int(&json, "bytes", bytes_of(args->output));
    if (args->export.check) linnet_json_double(&json, "difference", result->difference);
    linnet_json_end(&json);
}

static void report(const struct export_args *args, const linnet_model *model,
                   const struct linnet_export_result *result) {
    char shown[CLI_SHOWN], input[32];
    if (args->export.with_preprocess)
        cli_warn(
            "the file does not resize pictures: give it pictures of %s; its metadata describes the resizing",
            cli_model_input(model, input));
    if (args->json) {
        report_json(args, result);
        return;
    }
    printf("%s: %s, %.1f MB\n", cli_text_printable(args->output, shown), result->format,
           (double)bytes_of(args->output) / 1e6);
    if (args->export.check)
        printf("checked: the file's logits differ from the model's by at most %.2g of the largest logit\n",
               result->difference);
}

static int export_run(int argc, char **argv) {
    struct export_args args = {.model.size = sizeof args.model, .export.size = sizeof args.export};
    struct linnet_export_result result = {.size = sizeof result};
    struct cli_positional positional;
    linnet_model *model = NULL;
    int status = cli_args_parse(&cli_command_export, argc, argv, &args, &positional);
    if (status) return status;
    if (!args.output) return cli_fail(LINNET_ERR_USAGE, "export needs -o FILE, such as -o model.onnx");
    status = cli_model_load(&model, positional.items[0], NULL, &args.model);
    if (status) return status;
    cli_model_warn_untrained(positional.items[0], &args.model, "outputs");
    status = linnet_model_export(model, args.output, &args.export, &result);
    if (status)
        cli_fail_library(status);
    else
        report(&args, model, &result);
    linnet_model_destroy(model);
    return status;
}

const struct cli_command cli_command_export = {
    .name = "export",
    .group = "train and use",
    .summary = "write a model for other programs: ONNX, PyTorch, C",
    .usage = "export MODEL -o FILE [flags]",
    .about = "MODEL is a run folder, a model file or an architecture's name (untrained weights). "
             "Auxiliary heads are left out of an ONNX or C file.",
    .example = "linnet export runs/train -o model.onnx --check",
    .min_args = 1,
    .max_args = 1,
    .computes = true,
    .flags = export_flags,
    .run = export_run,
};
