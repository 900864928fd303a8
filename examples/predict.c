/* Says what is in pictures, with linnet.h alone:
 *
 *     predict MODEL PICTURE...
 *
 * MODEL is a .safetensors file or a run folder. A picture that can't be read is told and does not stop the
 * others.
 */
#include <linnet/linnet.h>
#include <stdio.h>

static void on_prediction(void *user, const struct linnet_prediction *p) {
    const linnet_model *model = user;
    if (p->status)
        fprintf(stderr, "predict: %s\n", p->error);
    else
        printf("%s: %s (%.1f %%)\n", p->path, linnet_model_class_name(model, p->order[0]),
               100 * (double)p->probabilities[p->order[0]]);
}

int main(int argc, char **argv) {
    if (argc < 3) return fprintf(stderr, "usage: predict MODEL PICTURE...\n"), 2;
    linnet_model *model;
    int status = linnet_model_open(&model, argv[1]);
    if (status) return fprintf(stderr, "predict: %s\n", linnet_error()), -status;

    status =
        linnet_predict(model, (const char *const *)argv + 2, (size_t)argc - 2, NULL, on_prediction, model);
    linnet_model_destroy(model);
    return -status;
}
