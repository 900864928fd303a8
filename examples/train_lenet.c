/* Trains and tests a LeNet, with linnet.h alone:
 *
 *     train_lenet DATA MODEL.safetensors
 *
 * DATA is any data that linnet_data_open recognises: a folder with one sub-folder per class, IDX files, a CSV ...
 */
#include <linnet/linnet.h>
#include <stdio.h>

static void on_event(void *user, const struct linnet_event *e) {
    if (e->kind == LINNET_EVENT_EPOCH)
        printf("epoch %d of %d: loss %.4f, %.0f images/s\n", e->epoch, e->epochs, e->loss, e->images_per_s);
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: train_lenet DATA MODEL.safetensors\n"), 2;
    linnet_data *data = NULL;
    linnet_model *model = NULL;
    struct linnet_result result = {.size = sizeof result};

    int status = linnet_data_open(&data, argv[1], NULL);
    if (!status) status = linnet_model_create(&model, "lenet", data, NULL);
    if (!status)
        status = linnet_train(model, data, LINNET_OPTS(train, .epochs = 5, .on_event = on_event), &result);
    if (!status) status = linnet_model_save(model, argv[2]);

    if (status)
        fprintf(stderr, "train_lenet: %s\n", linnet_error());
    else
        printf("test accuracy %.2f %% of %lld images; the model is in %s\n", 100 * result.test_acc,
               (long long)result.test_count, argv[2]);
    linnet_model_destroy(model);
    linnet_data_close(data);
    return -status;
}
