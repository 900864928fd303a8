/* linnet train --json: one object a line. */
#include "json.h"
#include "run_folder.h"
#include "train_report.h"

static void put_data(struct cli_json *json, const struct cli_training *t) {
    const linnet_data *data = t->data;
    bool test_is_watched = linnet_data_watches_test(data);
    cli_json_begin(json, "data", '{');
    cli_json_string(json, "path", linnet_data_path(data));
    cli_json_int(json, "classes", linnet_data_classes(data));
    cli_json_int(json, "channels", linnet_data_channels(data));
    cli_json_int(json, "train", linnet_data_count(data, LINNET_TRAIN));
    cli_json_int(json, "val", test_is_watched ? 0 : linnet_data_count(data, LINNET_VAL));
    cli_json_int(json, "test", linnet_data_count(data, LINNET_TEST));
    cli_json_end(json, '}');
}

static void put_opts(struct cli_json *json, const struct linnet_train_opts *opts) {
    cli_json_begin(json, "train", '{');
    cli_json_int(json, "epochs", opts->epochs > 0 ? opts->epochs : 0);
    cli_json_int(json, "batch", opts->batch);
    cli_json_string(json, "opt", opts->opt);
    cli_json_double(json, "lr", opts->lr);
    cli_json_double(json, "momentum", opts->momentum > 0 ? opts->momentum : 0);
    cli_json_double(json, "weight_decay", opts->weight_decay > 0 ? opts->weight_decay : 0);
    cli_json_string(json, "lr_scheduler", opts->lr_scheduler);
    cli_json_double(json, "warmup_epochs", opts->warmup_epochs);
    cli_json_string(json, "freeze", opts->freeze);
    cli_json_double(json, "label_smoothing", opts->label_smoothing);
    cli_json_int(json, "seed", (int64_t)opts->seed);
    cli_json_int(json, "threads", opts->threads);
    cli_json_int(json, "workers", opts->workers);
    cli_json_int(json, "cache_mb", opts->cache_mb > 0 ? opts->cache_mb : 0);
    cli_json_end(json, '}');
}

static void json_start(struct cli_training *t) {
    struct cli_json json = {.out = stdout};
    cli_json_begin(&json, NULL, '{');
    cli_json_string(&json, "event", "start");
    cli_json_string(&json, "run", t->folder);
    put_data(&json, t);
    cli_json_begin(&json, "model", '{');
    cli_json_string(&json, "name", linnet_model_arch(t->model));
    cli_json_int(&json, "imgsz", linnet_model_imgsz(t->model));
    cli_json_int(&json, "channels", linnet_model_channels(t->model));
    cli_json_int(&json, "parameters", linnet_model_parameters(t->model));
    cli_json_string(&json, "weights",
                    *linnet_model_weights(t->model) ? linnet_model_weights(t->model) : NULL);
    cli_json_end(&json, '}');
    put_opts(&json, t->opts);
    cli_json_string(&json, "watched",
                    t->watched ? t->watched_name : NULL); /* what val_loss and val_acc are of */
    cli_json_end(&json, '}');
}

static void json_event(struct cli_training *t, const struct linnet_event *event) {
    if (event->kind != LINNET_EVENT_EPOCH) return;
    struct cli_json json = {.out = stdout};
    cli_json_begin(&json, NULL, '{');
    cli_json_string(&json, "event", "epoch");
    cli_json_int(&json, "epoch", event->epoch);
    cli_json_double(&json, "time_s", event->time_s);
    cli_json_double(&json, "lr", event->lr);
    cli_json_double(&json, "train_loss", event->loss);
    cli_json_double(&json, "train_acc", event->acc);
    cli_json_double(&json, "val_loss", event->val_loss);
    cli_json_double(&json, "val_acc", event->val_acc);
    cli_json_double(&json, "images_per_s", event->images_per_s);
    cli_json_bool(&json, "best", event->best);
    cli_json_end(&json, '}');
    fflush(stdout);
}

static void put_file(void *user, const char *name) {
    cli_json_string(user, NULL, name);
}

static void json_end(struct cli_training *t, const struct linnet_result *result) {
    struct cli_json json = {.out = stdout};
    cli_json_begin(&json, NULL, '{');
    cli_json_string(&json, "event", "end");
    cli_json_int(&json, "epochs", result->epochs);
    cli_json_double(&json, "time_s", result->time_s);
    cli_json_double(&json, "images_per_s", result->images_per_s);
    cli_json_double(&json, "train_loss", result->train_loss);
    cli_json_double(&json, "train_acc", result->train_acc);
    cli_json_int(&json, "best_epoch", result->best_epoch);
    cli_json_double(&json, "val_loss", result->val_loss);
    cli_json_double(&json, "val_acc", result->val_acc);
    cli_json_int(&json, "val_count", result->val_count);
    cli_json_double(&json, "val_acc_low", result->val_acc_low);
    cli_json_double(&json, "val_acc_high", result->val_acc_high);
    cli_json_double(&json, "temperature", result->temperature);
    cli_json_double(&json, "test_loss", result->test_loss);
    cli_json_double(&json, "test_acc", result->test_acc);
    cli_json_double(&json, "test_acc_low", result->test_acc_low);
    cli_json_double(&json, "test_acc_high", result->test_acc_high);
    cli_json_int(&json, "test_count", result->test_count);
    cli_json_double(&json, "test_balanced_acc", result->test_balanced_acc);
    cli_json_double(&json, "test_majority", result->test_majority);
    cli_json_double(&json, "test_auc", result->test_auc);
    cli_json_double(&json, "test_auc_low", result->test_auc_low);
    cli_json_double(&json, "test_auc_high", result->test_auc_high);
    cli_json_double(&json, "test_ece", result->test_ece);
    cli_json_double(&json, "test_ece_raw", result->test_ece_raw);
    cli_json_int(&json, "skipped", result->skipped);
    cli_json_int(&json, "damaged", result->damaged);
    cli_json_string(&json, "run", t->folder);
    cli_json_begin(&json, "files", '[');
    cli_run_folder_list(t->folder, put_file, &json);
    cli_json_end(&json, ']');
    cli_json_end(&json, '}');
}

const struct cli_train_report cli_train_json = {json_start, json_event, json_end};
