/* The report of training for people: the settings, one line per epoch, the result.
 *
 *     data    photos
 *             2 classes, colour; 40 images to train, 10 to validate, 10 to test
 *     model   resnet18, 32 x 32 RGB, 11,177,538 parameters
 *     train   2 epochs, batch 32, adam, lr 0.001 cosine, decay 0.0001
 *             augment light, boxes from 0.35 of the area, rotate 15, jitter 0.2, erase 0.1, mixup 0.2
 *     run     runs/train
 *     memory  308 of 20,070 MB: program 83, weights 183, activations 37, images 6
 *
 *     epoch  train loss  train acc   val loss   val acc        lr  images/s     time
 *         1      0.8892     57.50%     2.0126    55.56%  0.000895        13     6.8s *
 *
 *     done    2 epochs in 12.6s, 14 images/s
 *     best    epoch 2, validation accuracy 55.56%, loss 0.7681
 *     test    accuracy 50.00% (95% interval 23.66% to 76.34%), loss 1.0911
 *     run     runs/train
 *
 * Only settings that differ from "off" are shown: a list of thirty zeros would hide the ones that count.
 * args.json has all.
 */
#include "imbalance.h"
#include "model.h"
#include "run_folder.h"
#include "style.h"
#include "text.h"
#include "train_report.h"
#include <math.h>
#include <string.h>

/* True if the epoch with the best validation accuracy is kept, not the last one. */
static bool chooses_epoch(const struct cli_training *t) {
    return t->watched && !linnet_data_watches_test(t->data) && !linnet_data_held_out(t->data);
}

static void print_data(const struct cli_training *t) {
    char shown[CLI_SHOWN], n[CLI_NUMBER];
    const linnet_data *data = t->data;
    bool test_is_watched = linnet_data_watches_test(data);
    printf("data    %s\n", cli_text_printable(linnet_data_path(data), shown));
    printf("        %d classes, %s; ", linnet_data_classes(data),
           linnet_data_channels(data) == 1 ? "grey" : "colour");
    printf("%s images to train", cli_text_count(linnet_data_count(data, LINNET_TRAIN), n));
    if (t->watched && !test_is_watched)
        printf(", %s to validate", cli_text_count(linnet_data_count(data, LINNET_VAL), n));
    printf(", %s to test\n", cli_text_count(linnet_data_count(data, LINNET_TEST), n));
    if (test_is_watched)
        printf("        no validation part: each epoch shows the test part, and the weights of\n"
               "        the last epoch are kept, so that the test does not influence the choice\n");
    if (linnet_data_held_out(data))
        printf("        no validation part in the data: %s training images were held out, to fit\n"
               "        the temperature; the weights of the last epoch are kept\n",
               cli_text_count(linnet_data_count(data, LINNET_VAL), n));
}

/* Training may use smaller images than the model will: they are faster, and most of learning does not need
 * detail. */
static void print_sizes(const struct linnet_train_opts *opts, const linnet_model *model) {
    if (!opts->train_imgsz && !opts->start_imgsz) return;
    printf("        on images of ");
    if (opts->start_imgsz)
        printf("%d px, and in the last %.0f%% of the epochs ", opts->start_imgsz,
               100 * (1 - opts->start_share));
    printf("%d px\n", opts->train_imgsz ? opts->train_imgsz : linnet_model_imgsz(model));
}

/* The batch is that of all ranks together, so that their number changes neither the rate nor the result. */
static void print_ranks(const struct linnet_train_opts *opts) {
    const int ranks = linnet_ranks_size(opts->ranks);
    if (ranks == 1) return;
    printf(
        "ranks   %d, each with %d thread%s and %g of the %d images of a batch; lr stays as for one process\n",
        ranks, opts->threads, opts->threads == 1 ? "" : "s", floor(10.0 * opts->batch / ranks) / 10,
        opts->batch);
}

static void print_augmentation(const struct linnet_train_opts *opts) {
    if (strcmp(opts->augment, "none") == 0 && opts->mixup <= 0 && opts->cutmix <= 0) return;
    printf("        augment %s", opts->augment);
    if (opts->scale > 0) printf(", boxes from %g of the area", opts->scale);
    if (strcmp(opts->auto_augment, "none") != 0) printf(", %s", opts->auto_augment);
    if (opts->rotate > 0) printf(", rotate %g", opts->rotate);
    if (opts->jitter > 0) printf(", jitter %g", opts->jitter);
    if (opts->erase > 0) printf(", erase %g", opts->erase);
    if (opts->mixup > 0) printf(", mixup %g", opts->mixup);
    if (opts->cutmix > 0) printf(", cutmix %g", opts->cutmix);
    if (opts->plain_share > 0) printf("; reduced in the last %g%% of the epochs", 100 * opts->plain_share);
    putchar('\n');
}

static void print_opts(const struct linnet_train_opts *opts, const linnet_model *model) {
    int epochs = opts->epochs > 0 ? opts->epochs : 0;
    printf("train   %d epoch%s, batch %d, %s, lr %g %s", epochs, epochs == 1 ? "" : "s", opts->batch,
           opts->opt, opts->lr, opts->lr_scheduler);
    if (opts->momentum > 0) printf(", momentum %g", opts->momentum);
    if (opts->weight_decay > 0) printf(", decay %g", opts->weight_decay);
    putchar('\n');
    print_sizes(opts, model);
    print_augmentation(opts);
    printf("        ");
    if (opts->warmup_epochs > 0) printf("warm-up over %g epochs, ", opts->warmup_epochs);
    if (opts->label_smoothing > 0) printf("label smoothing %g, ", opts->label_smoothing);
    if (opts->freeze_epochs > 0) printf("only the last layer up to epoch %d, ", opts->freeze_epochs);
    if (opts->lr_spread > 1) printf("learning rates down to 1/%g near the input, ", opts->lr_spread);
    if (opts->clip > 0) printf("gradients clipped to %g, ", opts->clip);
    if (strcmp(opts->dtype, "f32") != 0) printf("%s, ", opts->dtype);
    if (opts->model_ema) printf("moving average of weights, ");
    if (strcmp(opts->tta, "flip") == 0) printf("mirror images in prediction too, ");
    if (opts->val_every > 1) printf("evaluated every %d epochs, ", opts->val_every);
    printf("%d thread%s, seed %llu\n", opts->threads, opts->threads == 1 ? "" : "s",
           (unsigned long long)opts->seed);
}

/* --time is a limit, the other a forecast: the first is kept, the second may be wrong. */
static void print_time(const struct cli_training *t) {
    char a[CLI_NUMBER];
    if (t->opts->time_s > 0)
        printf("time    %s, as many steps as fit\n", cli_text_duration(t->opts->time_s, a));
    else if (t->seconds > 0) /* not nan, and not the 0 s of --epochs 0 */
        printf("time    about %s, by the speed of some steps\n", cli_text_duration(t->seconds, a));
}

/* The recipe "chapter" follows a textbook, which shows its network layer by layer. */
static void print_layers(const linnet_model *model) {
    char *table = NULL;
    if (linnet_model_summary(model, NULL, &table) == LINNET_OK) printf("\n%s", table);
    linnet_free(table);
}

/* The source of the weights, and below it the tensors that were left out: one line for each part of the
 * description, which separates them by semicolons. Shown in full because a head that was left out is
 * intended, and a layer that was left out is usually the wrong file. */
static void print_weights(const linnet_model *model) {
    char shown[CLI_SHOWN];
    cli_text_printable(linnet_model_weights(model), shown);
    const char *title = "weights";
    char *save = NULL;
    for (char *part = strtok_r(shown, ";", &save); part; part = strtok_r(NULL, ";", &save)) {
        printf("%-7s %s\n", title, part + strspn(part, " "));
        title = "";
    }
}

static void text_start(struct cli_training *t) {
    char input[32], n[CLI_NUMBER], shown[CLI_SHOWN];
    print_data(t);
    cli_imbalance_hint(t->data, t->opts);
    printf("model   %s, %s, %s parameters\n", linnet_model_arch(t->model), cli_model_input(t->model, input),
           cli_text_count(linnet_model_parameters(t->model), n));
    print_weights(t->model);
    if (!strcmp(t->opts->freeze, "backbone")) puts("        only the last layer is trained");
    print_opts(t->opts, t->model);
    print_ranks(t->opts);
    print_time(t);
    if (t->folder)
        printf("run     %s\n", cli_text_printable(t->folder, shown));
    else
        puts("run     none, because of --dry-run");
    if (strcmp(t->opts->recipe, "chapter") == 0) print_layers(t->model);
}

/* In MB, which are 2^20 bytes as in --max-memory. --json names the parts one by one; here one line must do. */
static void text_memory(const struct linnet_train_memory *m) {
    const struct {
        const char *name;
        int64_t bytes;
    } parts[] = {{"program", m->program + m->report},
                 {"weights", m->weights + m->gradients + m->optimiser + m->average},
                 {"activations", m->activations},
                 {"images", m->loader + m->cache}};
    char total[CLI_NUMBER], allowed[CLI_NUMBER], n[CLI_NUMBER];
    const char *comma = ":";
    printf("memory  %s of %s MB", cli_text_count(m->total >> 20, total),
           cli_text_count(m->allowed >> 20, allowed));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        printf("%s %s %s", comma, parts[i].name, cli_text_count((parts[i].bytes + (1 << 19)) >> 20, n));
        comma = ",";
    }
    putchar('\n');
}

static void print_resumed(const struct linnet_event *event, const struct linnet_train_opts *opts) {
    if (event->epoch > opts->epochs)
        printf("resumed all %d epochs are complete\n", opts->epochs);
    else
        printf("resumed in epoch %d, after %d of %d steps\n", event->epoch, event->step, event->steps);
}

/* The heading of the table of epochs, printed once the plan is compiled: a failure before that leaves no
 * empty table. */
static void print_header(struct cli_training *t, const struct linnet_event *event) {
    char title[2][16] = {"", ""};
    struct cli_style style = cli_style_of(stdout);
    t->epoch_began_s = event->time_s;
    if (t->opts->resume) print_resumed(event, t->opts);
    if (event->epoch > t->opts->epochs) return;
    if (t->watched) {
        snprintf(title[0], sizeof title[0], "%s loss", t->watched_name);
        snprintf(title[1], sizeof title[1], "%s acc", t->watched_name);
    }
    printf("\n%sepoch  train loss  train acc", style.bold);
    if (t->watched) printf("  %9s  %8s", title[0], title[1]);
    printf("  %8s  %8s  %7s%s\n", "lr", "images/s", "time", style.end);
    fflush(stdout);
}

static void print_epoch(struct cli_training *t, const struct linnet_event *event) {
    char a[CLI_NUMBER], b[CLI_NUMBER];
    struct cli_style style = cli_style_of(stdout);
    printf("%5d  %10s  %9s", event->epoch, cli_text_loss(event->loss, a), cli_text_percent(event->acc, b));
    if (t->watched) { /* an accuracy that is nan: this epoch was not evaluated */
        const bool evaluated = !isnan(event->val_acc);
        printf("  %9s  %8s", evaluated ? cli_text_loss(event->val_loss, a) : "-",
               cli_text_percent(event->val_acc, b));
    }
    printf("  %8.3g  %8s  %7s", event->lr, cli_text_count((int64_t)(event->images_per_s + 0.5), a),
           cli_text_duration(event->time_s - t->epoch_began_s, b));
    const bool chosen = chooses_epoch(t);
    printf("%s%s%s\n", style.green, chosen && event->best ? " *" : "", style.end);
    t->epoch_began_s = event->time_s;
    fflush(stdout);
}

static void show_step(struct cli_training *t, const struct linnet_event *event) {
    char label[64], note[80], loss[CLI_NUMBER], acc[CLI_NUMBER];
    bool trains = event->part == LINNET_TRAIN;
    const char *part = trains ? "" : event->part == LINNET_VAL ? t->watched_name : "test";
    snprintf(label, sizeof label, "epoch %d/%d%s%s", event->epoch, event->epochs, trains ? "" : " ", part);
    int at = snprintf(note, sizeof note, "loss %s  acc %s", cli_text_loss(event->loss, loss),
                      cli_text_percent(event->acc, acc));
    if (trains && !isnan(event->eta_s))
        snprintf(note + at, sizeof note - (size_t)at, "  all: %s left", cli_text_duration(event->eta_s, acc));
    cli_progress_show(&t->progress, label, event->step, event->steps, event->images_per_s, note);
}

static void text_event(struct cli_training *t, const struct linnet_event *event) {
    if (event->kind == LINNET_EVENT_START) print_header(t, event);
    if (event->kind == LINNET_EVENT_STEP) show_step(t, event);
    if (event->kind != LINNET_EVENT_EPOCH) return;
    cli_progress_clear(&t->progress);
    print_epoch(t, event);
}

/* Prints file names side by side, as many as fit into 80 columns. *user: the current column. */
static void print_file(void *user, const char *name) {
    int *at = user, width = cli_text_width(name);
    char shown[CLI_SHOWN];
    bool fits = *at > 0 && *at + 2 + width <= 80;
    printf("%s%s", fits ? "  " : *at ? "\n        " : "        ", cli_text_printable(name, shown));
    *at = (fits ? *at + 2 : 8) + width;
}

/* Training ended early because of --patience or, failing that, because of --time. The result does not say
 * which of the two it was; the epochs since the best one do. */
static void print_early(const struct cli_training *t, const struct linnet_result *result) {
    char limit[CLI_NUMBER];
    bool patience = t->opts->patience > 0 && result->epochs - result->best_epoch >= t->opts->patience;
    if (patience)
        printf("early   no better epoch in the last %d: ", t->opts->patience);
    else
        printf("early   another epoch would exceed %s: ", cli_text_duration(t->opts->time_s, limit));
    printf("stopped after epoch %d of %d\n", result->epochs, t->opts->epochs);
}

/* Warns of a validation part that is too small to choose between models. A person who compares runs by it
 * would mostly compare chance. */
static void print_width(const struct linnet_result *r) {
    const double much = 5; /* points: better recipes and networks often differ by less */
    const double width = 100 * (r->val_acc_high - r->val_acc_low);
    char n[CLI_NUMBER];
    if (!(width > much)) return;
    printf("        only %s validation images: the 95%% interval of their accuracy is %.1f\n"
           "        points wide, so it cannot distinguish models that differ by less\n",
           cli_text_count(r->val_count, n), width);
}

/* Figures that put the test accuracy and the probabilities into perspective. */
static void print_figures(const struct linnet_result *r) {
    char a[CLI_NUMBER], b[CLI_NUMBER];
    printf("        balanced accuracy %s; always predicting the largest class %s",
           cli_text_percent(r->test_balanced_acc, a), cli_text_percent(r->test_majority, b));
    if (!isnan(r->test_auc)) printf("; AUC %.4f", r->test_auc);
    printf("\n        calibration error %.4f", r->test_ece);
    if (r->temperature != 1)
        printf("; %.4f without the temperature of %.3g", r->test_ece_raw, r->temperature);
    putchar('\n');
}

static void print_outcome(const struct cli_training *t, const struct linnet_result *result) {
    char a[CLI_NUMBER], b[CLI_NUMBER], c[CLI_NUMBER], d[CLI_NUMBER];
    const bool chosen = chooses_epoch(t);
    printf("done    %d epoch%s in %s, %s images/s\n", result->epochs, result->epochs == 1 ? "" : "s",
           cli_text_duration(result->time_s, a), cli_text_count((int64_t)(result->images_per_s + 0.5), b));
    if (result->epochs < t->opts->epochs) print_early(t, result);
    if (chosen)
        printf("best    epoch %d, validation accuracy %s, loss %s\n", result->best_epoch,
               cli_text_percent(result->val_acc, a), cli_text_loss(result->val_loss, b));
    else
        printf("kept    epoch %d, the last\n", result->best_epoch);
    print_width(result);
    if (result->skipped > 0)
        printf("skipped %s image%s that could not be read, see skipped.csv\n",
               cli_text_count(result->skipped, a), result->skipped == 1 ? "" : "s");
    if (result->damaged > 0)
        printf("used    %s damaged image%s, see damaged.csv\n", cli_text_count(result->damaged, a),
               result->damaged == 1 ? "" : "s");
    if (isnan(result->test_acc)) return;
    printf("test    accuracy %s (95%% interval %s to %s), loss %s\n", cli_text_percent(result->test_acc, a),
           cli_text_percent(result->test_acc_low, b), cli_text_percent(result->test_acc_high, c),
           cli_text_loss(result->test_loss, d));
    print_figures(result);
}

static void text_end(struct cli_training *t, const struct linnet_result *result) {
    char shown[CLI_SHOWN];
    int at = 0;
    if (!t->quiet) putchar('\n');
    if (t->opts->epochs > 0)
        print_outcome(t, result);
    else
        printf("done    untrained weights saved\n");
    printf("run     %s\n", cli_text_printable(t->folder, shown));
    cli_run_folder_list(t->folder, print_file, &at);
    putchar('\n');
}

const struct cli_train_report cli_train_text = {text_start, text_memory, text_event, text_end};
