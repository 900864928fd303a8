/* Why residual networks: a deeper plain network has a larger error, on the training images too, while a
 * deeper residual network has a smaller one. This program trains both kinds with 20 and 56 layers on 32x32
 * images, by the recipe of section 4.2 of He, Zhang, Ren, Sun, "Deep residual learning for image recognition"
 * (2015), and draws their errors in the style of that paper's figures 1 and 6, with linnet.h alone:
 *
 *     degradation DATA DIR [EPOCHS [IMAGES [NETWORK...]]]
 *
 * DATA is the binary version of CIFAR-10, as in the paper, or any data that linnet_data_open recognises, resized
 * to 32x32. Each network has its run folder in DIR; a network that already has one is not trained again.
 * DIR/degradation.csv and degradation.png are then written from all run folders in DIR. EPOCHS is 164 by default;
 * the second half has a tenth of the learning rate. At most IMAGES of each part are used (0: all).
 */
#include <errno.h>
#include <linnet/linnet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NETS = 4, EPOCHS_MOST = 1000, PATH = 512 };
enum { TRAIN, TEST, ERRORS }; /* the lines of each network */

static const struct net {
    const char *name, *lines[ERRORS];
    int panel, colour;
} nets[NETS] = {
    {"plain20", {"20 layers, training", "20 layers, test"}, 0, 0},
    {"plain56", {"56 layers, training", "56 layers, test"}, 0, 1},
    {"cifar_resnet20", {"20 layers, training", "20 layers, test"}, 1, 0},
    {"cifar_resnet56", {"56 layers, training", "56 layers, test"}, 1, 1},
};

struct args {
    const char *data, *dir;
    int epochs, images;
    char **names; /* of networks, ends with NULL; empty: all networks */
};

/* Error in each epoch, 0 to 1; NaN if there is no value. */
static double errors[NETS][ERRORS][EPOCHS_MOST];

static const char *place(const struct args *a, const char *name, const char *file) {
    static char path[PATH];
    snprintf(path, sizeof path, "%s/%s%s", a->dir, name, file);
    return path;
}

static void on_event(void *user, const struct linnet_event *e) {
    const struct net *net = user;
    if (e->kind != LINNET_EVENT_EPOCH) return;
    printf("%-14s epoch %3d of %d: training error %5.2f %%, test %5.2f %%, %.0f images/s\n", net->name,
           e->epoch, e->epochs, 100 * (1 - e->acc), 100 * (1 - e->val_acc), e->images_per_s);
    fflush(stdout);
}

/* Section 4.2: batches of 128, learning rate 0.1, momentum 0.9, weight decay 0.0001; images are padded by 4
 * pixels, cropped at random, and mirrored at random. */
static int train(const struct args *a, linnet_data *data, const struct net *net) {
    linnet_model *model = NULL;
    const struct linnet_train_opts opts = {.size = sizeof opts,
                                           .epochs = a->epochs,
                                           .batch = 128,
                                           .opt = "sgd",
                                           .lr = 0.1,
                                           .momentum = 0.9,
                                           .weight_decay = 1e-4,
                                           .lr_scheduler = "step",
                                           .step_epochs = (a->epochs + 1) / 2,
                                           .augment = "light",
                                           .dir = place(a, net->name, ""),
                                           .on_event = on_event,
                                           .user = (void *)net};
    int status = linnet_model_create(&model, net->name, data, LINNET_OPTS(model, .imgsz = 32));
    if (!status) status = linnet_train(model, data, &opts, NULL);
    linnet_model_destroy(model);
    return status;
}

/* Reads a network's errors from its run folder, one line per epoch:
 * epoch,time_s,lr,train_loss,train_acc,val_loss,val_acc,... Returns the number of epochs; 0 without a run. */
static int read_results(const struct args *a, int net) {
    char line[512];
    int epochs = 0;
    for (int e = 0; e < EPOCHS_MOST; e++) errors[net][TRAIN][e] = errors[net][TEST][e] = NAN;
    FILE *file = fopen(place(a, nets[net].name, "/results.csv"), "r");
    while (file && epochs < EPOCHS_MOST && fgets(line, sizeof line, file)) {
        double train_acc, test_acc;
        if (sscanf(line, "%*d,%*f,%*f,%*f,%lf,%*f,%lf", &train_acc, &test_acc) != 2) continue; /* header */
        errors[net][TRAIN][epochs] = 1 - train_acc;
        errors[net][TEST][epochs++] = 1 - test_acc;
    }
    if (file) fclose(file);
    return epochs;
}

static bool is_wanted(const struct args *a, const struct net *net) {
    for (char **name = a->names; *name; name++)
        if (strcmp(*name, net->name) == 0) return true;
    return !*a->names;
}

static int train_all(const struct args *a) {
    linnet_data *data = NULL;
    int status = linnet_data_open(&data, a->data, LINNET_OPTS(data, .limit = a->images));
    for (int n = 0; n < NETS && !status; n++)
        if (is_wanted(a, &nets[n]) && read_results(a, n) == 0) status = train(a, data, &nets[n]);
    linnet_data_close(data);
    return status;
}

static int write_csv(const struct args *a, int epochs) {
    FILE *file = fopen(place(a, "degradation", ".csv"), "w");
    if (!file) return -1;
    fprintf(file, "epoch");
    for (int n = 0; n < NETS; n++) fprintf(file, ",%s_train,%s_test", nets[n].name, nets[n].name);
    for (int e = 0; e < epochs; e++) {
        fprintf(file, "\n%d", e + 1);
        for (int n = 0; n < NETS; n++) fprintf(file, ",%.4f,%.4f", errors[n][TRAIN][e], errors[n][TEST][e]);
    }
    fprintf(file, "\n");
    return fclose(file);
}

static int draw(const struct args *a, int epochs) {
    struct linnet_line lines[2][2 * ERRORS];
    struct linnet_panel panels[2] = {{"Plain: error (%)", epochs, lines[0], 0},
                                     {"Residual: error (%)", epochs, lines[1], 0}};
    for (int error = 0; error < ERRORS; error++)
        for (int n = 0; n < NETS; n++)
            lines[nets[n].panel][panels[nets[n].panel].count++] = (struct linnet_line){
                nets[n].lines[error], errors[n][error], nets[n].colour, .thin = error == TRAIN};
    return linnet_draw_lines(place(a, "degradation", ".png"), panels, 2,
                             LINNET_OPTS(lines, .percent = true, .high = 0.4));
}

int main(int argc, char **argv) {
    if (argc < 3) return fprintf(stderr, "usage: degradation DATA DIR [EPOCHS [IMAGES [NETWORK...]]]\n"), 2;
    const struct args a = {.data = argv[1],
                           .dir = argv[2],
                           .epochs = argc > 3 ? atoi(argv[3]) : 164,
                           .images = argc > 4 ? atoi(argv[4]) : 0,
                           .names = argv + (argc > 5 ? 5 : argc)};
    int epochs = 0;
    if (a.epochs < 1 || a.epochs > EPOCHS_MOST)
        return fprintf(stderr, "degradation: %d epochs; 1 to %d\n", a.epochs, EPOCHS_MOST), 2;
    if (mkdir(a.dir, 0777) != 0 && errno != EEXIST) return perror(a.dir), 4;

    int status = train_all(&a);
    for (int n = 0; n < NETS && !status; n++) {
        const int done = read_results(&a, n);
        epochs = done > epochs ? done : epochs;
    }
    if (!status) status = draw(&a, epochs);
    if (status) return fprintf(stderr, "degradation: %s\n", linnet_error()), -status;
    if (write_csv(&a, epochs) != 0) return perror(a.dir), 4;
    printf("%s shows it\n", place(&a, "degradation", ".png"));
    return 0;
}
