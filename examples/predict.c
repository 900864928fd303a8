/* Classifies RGB frames from standard input, one at a time, with linnet.h alone:
 *
 *     ffmpeg -v error -i film.mp4 -f rawvideo -pix_fmt rgb24 - | predict MODEL 640 480
 */
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>

static void on_prediction(void *model, const struct linnet_prediction *p) {
    if (p->status)
        fprintf(stderr, "predict: %s\n", p->error);
    else
        printf("%s (%.1f %%)\n", linnet_model_class_name(model, p->order[0]),
               100 * (double)p->probabilities[p->order[0]]);
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: predict MODEL WIDTH HEIGHT <FRAMES\n"), 2;
    linnet_model *model = NULL;
    linnet_predictor *predictor = NULL;
    struct linnet_input frame = {.width = atoi(argv[2]), .height = atoi(argv[3])};
    const size_t row = frame.width > 0 ? 3 * (size_t)frame.width : 1;
    unsigned char *pixels = calloc(frame.height > 0 ? (size_t)frame.height : 1, row);
    frame.pixels = pixels;

    int status = linnet_model_open(&model, argv[1]);
    if (!status) status = linnet_predictor_create(&predictor, model, LINNET_OPTS(predict, .batch = 1));
    while (!status && pixels && fread(pixels, row, (size_t)frame.height, stdin) == (size_t)frame.height)
        status = linnet_predictor_run(predictor, &frame, 1, on_prediction, model);

    if (status) fprintf(stderr, "predict: %s\n", linnet_error());
    linnet_predictor_destroy(predictor);
    linnet_model_destroy(model);
    free(pixels);
    return -status;
}
