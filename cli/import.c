/* linnet import: an ONNX file as a model file of Linnet. */
#include "command.h"
#include "json.h"
#include "model.h"
#include "output.h"
#include "text.h"

struct import_args {
    struct linnet_import_opts import;
    const char *output;
    bool json;
};

#define OPTS struct import_args
static const struct linnet_option own_rows[] = {
    {CLI_ROW(STRING, output), .flag = "output", .letter = 'o', .value = "FILE",
     .help = "the model file to write: .safetensors"},
};
CLI_TABLE(own, own_rows)
static const struct cli_flags import_flags[] = {
    {own},
    {linnet_import_options, .at = offsetof(OPTS, import)},
    {cli_json_flag, .at = offsetof(OPTS, json)},
    {0},
};

static void report(const struct import_args *args, const linnet_model *model) {
    char shown[CLI_SHOWN], input[32], count[CLI_NUMBER];
    if (args->json) {
        struct linnet_json json = cli_json_to(stdout, 1);
        linnet_json_begin(&json, NULL, '{');
        linnet_json_string(&json, "file", args->output);
        linnet_json_int(&json, "classes", linnet_model_classes(model));
        linnet_json_int(&json, "imgsz", linnet_model_imgsz(model));
        linnet_json_int(&json, "channels", linnet_model_channels(model));
        linnet_json_int(&json, "parameters", linnet_model_parameters(model));
        linnet_json_end(&json);
        return;
    }
    printf("%s: %s, %d classes, %s parameters\n", cli_text_printable(args->output, shown),
           cli_model_input(model, input), linnet_model_classes(model),
           cli_text_count(linnet_model_parameters(model), count));
}

static int import_run(int argc, char **argv) {
    struct import_args args = {.import.size = sizeof args.import};
    struct cli_positional positional;
    linnet_model *model = NULL;
    int status = cli_args_parse(&cli_command_import, argc, argv, &args, &positional);
    if (status) return status;
    if (!args.output) return cli_fail(LINNET_ERR_USAGE, "import needs -o FILE, such as -o model.safetensors");
    status = linnet_model_import(&model, positional.items[0], &args.import);
    if (!status) status = linnet_model_save(model, args.output);
    if (status)
        cli_fail_library(status);
    else
        report(&args, model);
    linnet_model_destroy(model);
    return status;
}

const struct cli_command cli_command_import = {
    .name = "import",
    .group = "train and use",
    .summary = "read an ONNX file as a model file",
    .usage = "import FILE -o FILE [flags]",
    .about =
        "FILE is an ONNX file of PyTorch, timm, tf2onnx or Linnet. Other commands take it as MODEL too; an imported model opens "
        "faster.",
    .example = "linnet import resnet50.onnx -o resnet50.safetensors",
    .min_args = 1,
    .max_args = 1,
    .flags = import_flags,
    .run = import_run,
};
