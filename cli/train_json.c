/* linnet train --json: one object per line.
 *
 *     {"event": "start", "run": "runs/train", "data": {...}, "model": {...}, "train": {every option}, ...}
 *     {"event": "memory", "program": 19992576, "weights": 3223552, ..., "total": 51203008, "allowed": 21045411840}
 *     {"event": "epoch", "epoch": 1, "time_s": 6.8, "train_loss": 0.889, "val_acc": 0.556, ...}
 *     {"event": "end", "epochs": 2, "best_epoch": 2, "test_acc": 0.5, "files": ["args.json", ...], ...}
 *
 * Each line is complete and flushed, so that a program can follow the run. Steps have no line: they would be
 * thousands. The keys do not depend on the data; a value that does not exist (no test part) is null.
 */
#include "json.h"
#include "run_folder.h"
#include "train_report.h"

static void put_data(struct linnet_json *json, const struct cli_training *t) {
    const linnet_data *data = t->data;
    bool test_is_watched = linnet_data_watches_test(data);
    linnet_json_begin(json, "data", '{');
    linnet_json_string(json, "path", linnet_data_path(data));
    linnet_json_int(json, "classes", linnet_data_classes(data));
    linnet_json_int(json, "channels", linnet_data_channels(data));
    linnet_json_int(json, "train", linnet_data_count(data, LINNET_TRAIN));
    /* If the test part is watched, it stands in for validation in every call; here both would look like
     * different images. */
    linnet_json_int(json, "val", test_is_watched ? 0 : linnet_data_count(data, LINNET_VAL));
    linnet_json_int(json, "test", linnet_data_count(data, LINNET_TEST));
    linnet_json_end(json);
}

static void json_start(struct cli_training *t) {
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "event", "start");
    linnet_json_string(&json, "run", t->folder);
    put_data(&json, t);
    linnet_json_begin(&json, "model", '{');
    linnet_json_string(&json, "name", linnet_model_arch(t->model));
    linnet_json_int(&json, "imgsz", linnet_model_imgsz(t->model));
    linnet_json_int(&json, "channels", linnet_model_channels(t->model));
    linnet_json_int(&json, "parameters", linnet_model_parameters(t->model));
    linnet_json_string(&json, "weights",
                       *linnet_model_weights(t->model) ? linnet_model_weights(t->model) : NULL);
    linnet_json_end(&json);
    linnet_json_begin(&json, "train", '{');
    linnet_json_options(&json, linnet_train_options, t->opts);
    linnet_json_end(&json);
    linnet_json_string(&json, "watched",
                       t->watched ? t->watched_name : NULL); /* what val_loss and val_acc are of */
    linnet_json_double(&json, "estimate_s", t->seconds);     /* null: unknown */
    linnet_json_end(&json);
}

static void json_memory(const struct linnet_train_memory *m) {
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "event", "memory");
    linnet_json_int(&json, "program", m->program);
    linnet_json_int(&json, "report", m->report);
    linnet_json_int(&json, "weights", m->weights);
    linnet_json_int(&json, "gradients", m->gradients);
    linnet_json_int(&json, "optimiser", m->optimiser);
    linnet_json_int(&json, "average", m->average);
    linnet_json_int(&json, "activations", m->activations);
    linnet_json_int(&json, "loader", m->loader);
    linnet_json_int(&json, "cache", m->cache);
    linnet_json_int(&json, "total", m->total);
    linnet_json_int(&json, "allowed", m->allowed);
    linnet_json_end(&json);
    fflush(stdout);
}

static void json_event(struct cli_training *t, const struct linnet_event *event) {
    if (event->kind != LINNET_EVENT_EPOCH) return;
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "event", "epoch");
    linnet_json_int(&json, "epoch", event->epoch);
    linnet_json_double(&json, "time_s", event->time_s);
    linnet_json_double(&json, "eta_s", event->eta_s);
    linnet_json_double(&json, "lr", event->lr);
    linnet_json_double(&json, "train_loss", event->loss);
    linnet_json_double(&json, "train_acc", event->acc);
    linnet_json_double(&json, "val_loss", event->val_loss);
    linnet_json_double(&json, "val_acc", event->val_acc);
    linnet_json_double(&json, "images_per_s", event->images_per_s);
    linnet_json_bool(&json, "best", event->best);
    linnet_json_end(&json);
    fflush(stdout);
}

static void put_file(void *user, const char *name) {
    linnet_json_string(user, NULL, name);
}

static void json_end(struct cli_training *t, const struct linnet_result *result) {
    struct linnet_json json = cli_json_to(stdout, 0);
    linnet_json_begin(&json, NULL, '{');
    linnet_json_string(&json, "event", "end");
    linnet_json_int(&json, "epochs", result->epochs);
    linnet_json_double(&json, "time_s", result->time_s);
    linnet_json_double(&json, "images_per_s", result->images_per_s);
    linnet_json_double(&json, "train_loss", result->train_loss);
    linnet_json_double(&json, "train_acc", result->train_acc);
    linnet_json_int(&json, "best_epoch", result->best_epoch);
    linnet_json_double(&json, "val_loss", result->val_loss);
    linnet_json_double(&json, "val_acc", result->val_acc);
    linnet_json_int(&json, "val_count", result->val_count);
    linnet_json_double(&json, "val_acc_low", result->val_acc_low);
    linnet_json_double(&json, "val_acc_high", result->val_acc_high);
    linnet_json_double(&json, "temperature", result->temperature);
    linnet_json_double(&json, "test_loss", result->test_loss);
    linnet_json_double(&json, "test_acc", result->test_acc);
    linnet_json_double(&json, "test_acc_low", result->test_acc_low);
    linnet_json_double(&json, "test_acc_high", result->test_acc_high);
    linnet_json_int(&json, "test_count", result->test_count);
    linnet_json_double(&json, "test_balanced_acc", result->test_balanced_acc);
    linnet_json_double(&json, "test_majority", result->test_majority);
    linnet_json_double(&json, "test_auc", result->test_auc);
    linnet_json_double(&json, "test_auc_low", result->test_auc_low);
    linnet_json_double(&json, "test_auc_high", result->test_auc_high);
    linnet_json_double(&json, "test_ece", result->test_ece);
    linnet_json_double(&json, "test_ece_raw", result->test_ece_raw);
    linnet_json_int(&json, "skipped", result->skipped);
    linnet_json_int(&json, "damaged", result->damaged);
    linnet_json_string(&json, "run", t->folder);
    linnet_json_begin(&json, "files", '[');
    cli_run_folder_list(t->folder, put_file, &json);
    linnet_json_end(&json);
    linnet_json_end(&json);
}

const struct cli_train_report cli_train_json = {json_start, json_memory, json_event, json_end};
