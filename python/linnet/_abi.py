"""The C interface of liblinnet as ctypes. Written by tools/write-python from include/linnet/linnet.h: do not edit."""
from __future__ import annotations

from ctypes import (CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int64, c_size_t,
                    c_ubyte, c_uint32, c_uint64, c_void_p)
from typing import Any

VERSION = "0.1.0"
NONE = -1

OK = 0
ERR_INTERNAL = -1
ERR_USAGE = -2
ERR_INPUT = -3
ERR_IO = -4
ERR_LIMIT = -5
ERR_DIVERGED = -6
ERR_RANK = -7
ERR_INTERRUPTED = -130
LOG_DEBUG = 0
LOG_INFO = 1
LOG_WARNING = 2
OPTION_BOOL = 0
OPTION_INT = 1
OPTION_INT64 = 2
OPTION_DOUBLE = 3
OPTION_SECONDS = 4
OPTION_STRING = 5
PART_DEFAULT = 0
TRAIN = 1
VAL = 2
TEST = 3
EVENT_START = 0
EVENT_STEP = 1
EVENT_EPOCH = 2
EVENT_FILE = 3
EVENT_SKIPPED = 4
EVENT_DAMAGED = 5


class linnet_allocator(Structure):
    pass


class linnet_ranks_place(Structure):
    pass


class linnet_option(Structure):
    pass


class linnet_json(Structure):
    pass


class linnet_data_opts(Structure):
    pass


class linnet_image(Structure):
    pass


class linnet_check_opts(Structure):
    pass


class linnet_check_image(Structure):
    pass


class linnet_check_bad(Structure):
    pass


class linnet_check_duplicate(Structure):
    pass


class linnet_check_group(Structure):
    pass


class linnet_check_range(Structure):
    pass


class linnet_check_format(Structure):
    pass


class linnet_check(Structure):
    pass


class linnet_arch_info(Structure):
    pass


class linnet_model_opts(Structure):
    pass


class linnet_import_opts(Structure):
    pass


class linnet_export_opts(Structure):
    pass


class linnet_export_result(Structure):
    pass


class linnet_shape(Structure):
    pass


class linnet_summary_opts(Structure):
    pass


class linnet_weights_info(Structure):
    pass


class linnet_fetch_opts(Structure):
    pass


class linnet_train_memory(Structure):
    pass


class linnet_event(Structure):
    pass


class linnet_train_opts(Structure):
    pass


class linnet_result(Structure):
    pass


class linnet_resumed(Structure):
    pass


class linnet_eval_opts(Structure):
    pass


class linnet_metrics(Structure):
    pass


class linnet_class_metrics(Structure):
    pass


class linnet_outcome(Structure):
    pass


class linnet_pair(Structure):
    pass


class linnet_clean_opts(Structure):
    pass


class linnet_suspect(Structure):
    pass


class linnet_suspects(Structure):
    pass


class linnet_lr_find_opts(Structure):
    pass


class linnet_lr_point(Structure):
    pass


class linnet_lr_curve(Structure):
    pass


class linnet_input(Structure):
    pass


class linnet_predict_opts(Structure):
    pass


class linnet_prediction(Structure):
    pass


class linnet_explain_opts(Structure):
    pass


class linnet_explanation(Structure):
    pass


class linnet_quantize_layer(Structure):
    pass


class linnet_quantize_opts(Structure):
    pass


class linnet_quantization(Structure):
    pass


class linnet_embed_opts(Structure):
    pass


class linnet_embedded(Structure):
    pass


class linnet_embedding(Structure):
    pass


class linnet_neighbour(Structure):
    pass


class linnet_grid_cell(Structure):
    pass


class linnet_line(Structure):
    pass


class linnet_panel(Structure):
    pass


class linnet_lines_opts(Structure):
    pass


class linnet_map_opts(Structure):
    pass


class linnet_bench_layer(Structure):
    pass


class linnet_bench_opts(Structure):
    pass


class linnet_bench_result(Structure):
    pass


class linnet_bench_loader_opts(Structure):
    pass


class linnet_bench_loader_result(Structure):
    pass


linnet_log_fn = CFUNCTYPE(None, c_void_p, c_int, c_char_p)
linnet_translate_fn = CFUNCTYPE(c_char_p, c_void_p, c_char_p)
linnet_option_fn = CFUNCTYPE(POINTER(linnet_option), c_int)
linnet_prediction_fn = CFUNCTYPE(None, c_void_p, POINTER(linnet_prediction))
linnet_explanation_fn = CFUNCTYPE(None, c_void_p, POINTER(linnet_explanation))

linnet_allocator._fields_ = [
    ("alloc", CFUNCTYPE(c_void_p, c_void_p, c_size_t)),
    ("realloc", CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t)),
    ("free", CFUNCTYPE(None, c_void_p, c_void_p)),
    ("user", c_void_p),
]

linnet_ranks_place._fields_ = [
    ("mpi", c_char_p),
    ("rank", c_int),
    ("size", c_int),
    ("local_rank", c_int),
    ("local_size", c_int),
]

linnet_option._fields_ = [
    ("name", c_char_p),
    ("type", c_int),
    ("offset", c_size_t),
    ("sized", c_bool),
    ("preset", c_double),
    ("preset_name", c_char_p),
    ("default_text", c_char_p),
    ("default_print", CFUNCTYPE(None, c_char_p, c_size_t)),
    ("min", c_double),
    ("max", c_double),
    ("zero_is_none", c_bool),
    ("choice", CFUNCTYPE(c_char_p, c_int)),
    ("goes_with", c_char_p),
    ("goes_with_choice", CFUNCTYPE(c_bool, c_char_p)),
    ("not_with", c_char_p),
    ("flag", c_char_p),
    ("letter", c_char),
    ("value", c_char_p),
    ("key", c_char_p),
    ("group", c_char_p),
    ("help", c_char_p),
    ("detail", c_char_p),
    ("resumable", c_bool),
    ("choice_help", CFUNCTYPE(c_char_p, c_int)),
    ("bare", c_char_p),
]

linnet_json._fields_ = [
    ("write", CFUNCTYPE(None, c_void_p, c_char_p, c_size_t)),
    ("user", c_void_p),
    ("lines", c_int),
    ("digits", c_int),
    ("depth", c_int),
    ("filled", c_uint32),
    ("arrays", c_uint32),
]

linnet_data_opts._fields_ = [
    ("size", c_size_t),
    ("split", c_char_p),
    ("seed", c_uint64),
    ("limit", c_int64),
    ("split_file", c_char_p),
    ("stratify", c_bool),
    ("group_near", c_bool),
    ("skip_bad", c_bool),
    ("stop", POINTER(c_int)),
    ("on_progress", CFUNCTYPE(None, c_void_p, c_int64, c_int64)),
    ("user", c_void_p),
    ("hold_out", c_int),
]

linnet_image._fields_ = [
    ("width", c_int),
    ("height", c_int),
    ("pixels", POINTER(c_ubyte)),
]

linnet_check_opts._fields_ = [
    ("size", c_size_t),
    ("threads", c_int),
    ("stop", POINTER(c_int)),
    ("on_progress", CFUNCTYPE(None, c_void_p, c_int64, c_int64)),
    ("user", c_void_p),
    ("ranks", c_void_p),
]

linnet_check_image._fields_ = [
    ("path", c_char_p),
    ("label", c_int),
    ("part", c_int),
]

linnet_check_bad._fields_ = [
    ("image", linnet_check_image),
    ("code", c_char_p),
    ("error", c_char_p),
]

linnet_check_duplicate._fields_ = [
    ("image", linnet_check_image),
    ("identical", c_bool),
    ("distance", c_int),
]

linnet_check_group._fields_ = [
    ("images", POINTER(linnet_check_duplicate)),
    ("count", c_int64),
    ("identical", c_bool),
    ("across_classes", c_bool),
    ("across_parts", c_bool),
]

linnet_check_range._fields_ = [
    ("min", c_double),
    ("median", c_double),
    ("max", c_double),
]

linnet_check_format._fields_ = [
    ("name", c_char_p),
    ("count", c_int64),
]

linnet_check._fields_ = [
    ("images", c_int64),
    ("readable", c_int64),
    ("has_parts", c_bool),
    ("classes", c_int),
    ("counts", POINTER(c_int64)),
    ("bad_count", c_int64),
    ("bad", POINTER(linnet_check_bad)),
    ("width", linnet_check_range),
    ("height", linnet_check_range),
    ("aspect", linnet_check_range),
    ("bytes", linnet_check_range),
    ("format_count", c_int),
    ("formats", POINTER(linnet_check_format)),
    ("blank_count", c_int64),
    ("blank", POINTER(linnet_check_image)),
    ("group_count", c_int64),
    ("groups", POINTER(linnet_check_group)),
    ("leaked", c_int64 * 4),
    ("redundant", c_int64),
]

linnet_arch_info._fields_ = [
    ("size", c_size_t),
    ("name", c_char_p),
    ("year", c_int),
    ("parameters", c_int64),
    ("macs", c_int64),
    ("imgsz", c_int),
    ("channels", c_int),
    ("classes", c_int),
    ("paper", c_char_p),
]

linnet_model_opts._fields_ = [
    ("size", c_size_t),
    ("classes", c_int),
    ("channels", c_int),
    ("imgsz", c_int),
    ("seed", c_uint64),
    ("dropout", c_double),
    ("zero_init", c_bool),
    ("weights", c_char_p),
    ("new_head", c_bool),
]

linnet_import_opts._fields_ = [
    ("size", c_size_t),
    ("imgsz", c_int),
]

linnet_export_opts._fields_ = [
    ("size", c_size_t),
    ("opset", c_int),
    ("fold", c_bool),
    ("softmax", c_bool),
    ("with_preprocess", c_bool),
    ("check", c_bool),
]

linnet_export_result._fields_ = [
    ("size", c_size_t),
    ("format", c_char_p),
    ("difference", c_double),
]

linnet_shape._fields_ = [
    ("rank", c_int),
    ("dim", c_int64 * 4),
]

linnet_summary_opts._fields_ = [
    ("size", c_size_t),
    ("batch", c_int),
    ("plan", c_bool),
    ("train", c_bool),
    ("dot", c_bool),
    ("dtype", c_char_p),
    ("json", c_bool),
    ("threads", c_int),
    ("conv", c_char_p),
]

linnet_weights_info._fields_ = [
    ("size", c_size_t),
    ("arch", c_char_p),
    ("file", c_char_p),
]

linnet_fetch_opts._fields_ = [
    ("size", c_size_t),
    ("dir", c_char_p),
    ("url", c_char_p),
    ("verify", c_bool),
    ("stop", POINTER(c_int)),
    ("on_progress", CFUNCTYPE(None, c_void_p, c_int64, c_int64)),
    ("user", c_void_p),
]

linnet_train_memory._fields_ = [
    ("size", c_size_t),
    ("program", c_int64),
    ("report", c_int64),
    ("weights", c_int64),
    ("gradients", c_int64),
    ("optimiser", c_int64),
    ("average", c_int64),
    ("activations", c_int64),
    ("loader", c_int64),
    ("cache", c_int64),
    ("total", c_int64),
    ("allowed", c_int64),
]

linnet_event._fields_ = [
    ("kind", c_int),
    ("part", c_int),
    ("epoch", c_int),
    ("epochs", c_int),
    ("step", c_int),
    ("steps", c_int),
    ("time_s", c_double),
    ("eta_s", c_double),
    ("images_per_s", c_double),
    ("lr", c_double),
    ("loss", c_double),
    ("acc", c_double),
    ("val_loss", c_double),
    ("val_acc", c_double),
    ("best", c_bool),
    ("path", c_char_p),
    ("line", c_char_p),
    ("memory", POINTER(linnet_train_memory)),
    ("images_done", c_int64),
    ("images", c_int64),
]

linnet_train_opts._fields_ = [
    ("size", c_size_t),
    ("epochs", c_int),
    ("batch", c_int),
    ("opt", c_char_p),
    ("lr", c_double),
    ("momentum", c_double),
    ("weight_decay", c_double),
    ("lr_scheduler", c_char_p),
    ("warmup_epochs", c_double),
    ("step_epochs", c_int),
    ("patience", c_int),
    ("time_s", c_double),
    ("model_ema", c_bool),
    ("model_ema_decay", c_double),
    ("augment", c_char_p),
    ("auto_augment", c_char_p),
    ("scale", c_double),
    ("rotate", c_double),
    ("jitter", c_double),
    ("erase", c_double),
    ("plain_share", c_double),
    ("train_imgsz", c_int),
    ("start_imgsz", c_int),
    ("start_share", c_double),
    ("decay_weights", c_bool),
    ("clip", c_double),
    ("freeze", c_char_p),
    ("label_smoothing", c_double),
    ("mixup", c_double),
    ("cutmix", c_double),
    ("class_weights", c_char_p),
    ("sampler", c_char_p),
    ("dtype", c_char_p),
    ("conv", c_char_p),
    ("seed", c_uint64),
    ("threads", c_int),
    ("workers", c_int),
    ("cache_mb", c_int64),
    ("strict", c_bool),
    ("checkpoint_s", c_double),
    ("dir", c_char_p),
    ("resume", c_bool),
    ("tensorboard", c_bool),
    ("recipe", c_char_p),
    ("stop", POINTER(c_int)),
    ("on_event", CFUNCTYPE(None, c_void_p, POINTER(linnet_event))),
    ("user", c_void_p),
    ("tta", c_char_p),
    ("freeze_epochs", c_int),
    ("freeze_views", c_int),
    ("lr_spread", c_double),
    ("on_disk_full", c_char_p),
    ("val_every", c_int),
    ("max_memory_mb", c_int64),
    ("ranks", c_void_p),
    ("sync_bn", c_bool),
    ("comm_dtype", c_char_p),
]

linnet_result._fields_ = [
    ("size", c_size_t),
    ("epochs", c_int),
    ("time_s", c_double),
    ("images_per_s", c_double),
    ("train_loss", c_double),
    ("train_acc", c_double),
    ("val_loss", c_double),
    ("val_acc", c_double),
    ("best_epoch", c_int),
    ("test_loss", c_double),
    ("test_acc", c_double),
    ("test_acc_low", c_double),
    ("test_acc_high", c_double),
    ("test_count", c_int64),
    ("skipped", c_int64),
    ("val_count", c_int64),
    ("val_acc_low", c_double),
    ("val_acc_high", c_double),
    ("temperature", c_double),
    ("test_balanced_acc", c_double),
    ("test_majority", c_double),
    ("test_auc", c_double),
    ("test_auc_low", c_double),
    ("test_auc_high", c_double),
    ("test_ece", c_double),
    ("test_ece_raw", c_double),
    ("damaged", c_int64),
]

linnet_resumed._fields_ = [
    ("size", c_size_t),
    ("model", c_void_p),
    ("data", c_void_p),
    ("opts", POINTER(linnet_train_opts)),
]

linnet_eval_opts._fields_ = [
    ("size", c_size_t),
    ("conv", c_char_p),
    ("part", c_int),
    ("batch", c_int),
    ("threads", c_int),
    ("workers", c_int),
    ("dtype", c_char_p),
    ("strict", c_bool),
    ("dir", c_char_p),
    ("logits", c_bool),
    ("stop", POINTER(c_int)),
    ("on_event", CFUNCTYPE(None, c_void_p, POINTER(linnet_event))),
    ("user", c_void_p),
    ("tta", c_char_p),
    ("max_memory_mb", c_int64),
    ("reference", c_void_p),
    ("ranks", c_void_p),
]

linnet_metrics._fields_ = [
    ("size", c_size_t),
    ("count", c_int64),
    ("skipped", c_int64),
    ("loss", c_double),
    ("acc", c_double),
    ("acc_low", c_double),
    ("acc_high", c_double),
    ("top5", c_double),
    ("classes", c_int),
    ("confusion", POINTER(c_int64)),
    ("balanced_acc", c_double),
    ("majority", c_double),
    ("majority_class", c_int),
    ("auc", c_double),
    ("auc_low", c_double),
    ("auc_high", c_double),
    ("temperature", c_double),
    ("ece", c_double),
    ("ece_raw", c_double),
    ("damaged", c_int64),
    ("reference_acc", c_double),
    ("gain", c_double),
    ("gain_low", c_double),
    ("gain_high", c_double),
]

linnet_class_metrics._fields_ = [
    ("count", c_int64),
    ("predicted", c_int64),
    ("precision", c_double),
    ("recall", c_double),
    ("f1", c_double),
]

linnet_outcome._fields_ = [
    ("path", c_char_p),
    ("arch", c_char_p),
    ("data", c_char_p),
    ("imgsz", c_int),
    ("parameters", c_int64),
    ("epochs", c_int),
    ("best_epoch", c_int),
    ("time_s", c_double),
    ("images_per_s", c_double),
    ("val_count", c_int64),
    ("val_loss", c_double),
    ("val_acc", c_double),
    ("val_acc_low", c_double),
    ("val_acc_high", c_double),
    ("test_count", c_int64),
    ("test_loss", c_double),
    ("test_acc", c_double),
    ("test_acc_low", c_double),
    ("test_acc_high", c_double),
    ("test_balanced_acc", c_double),
    ("test_ece", c_double),
]

linnet_pair._fields_ = [
    ("size", c_size_t),
    ("count", c_int64),
    ("first_only", c_int64),
    ("second_only", c_int64),
    ("p", c_double),
]

linnet_clean_opts._fields_ = [
    ("size", c_size_t),
    ("run", c_char_p),
    ("arch", c_char_p),
    ("model", POINTER(linnet_model_opts)),
    ("train", POINTER(linnet_train_opts)),
    ("folds", c_int),
    ("seed", c_uint64),
    ("dir", c_char_p),
    ("stop", POINTER(c_int)),
    ("on_event", CFUNCTYPE(None, c_void_p, c_int, c_int, POINTER(linnet_event))),
    ("user", c_void_p),
]

linnet_suspect._fields_ = [
    ("path", c_char_p),
    ("given", c_int),
    ("suggested", c_int),
    ("given_probability", c_double),
    ("suggested_probability", c_double),
    ("confidence", c_double),
    ("named", c_bool),
]

linnet_suspects._fields_ = [
    ("count", c_int64),
    ("named", c_int64),
    ("images", POINTER(linnet_suspect)),
    ("acc", c_double),
]

linnet_lr_find_opts._fields_ = [
    ("size", c_size_t),
    ("from", c_double),
    ("to", c_double),
    ("steps", c_int),
    ("train", POINTER(linnet_train_opts)),
    ("plot", c_char_p),
    ("stop", POINTER(c_int)),
    ("on_event", CFUNCTYPE(None, c_void_p, POINTER(linnet_event))),
    ("user", c_void_p),
]

linnet_lr_point._fields_ = [
    ("lr", c_double),
    ("loss", c_double),
    ("smooth", c_double),
]

linnet_lr_curve._fields_ = [
    ("count", c_int),
    ("points", POINTER(linnet_lr_point)),
    ("suggestion", c_double),
    ("lowest_lr", c_double),
    ("lowest_loss", c_double),
    ("diverged", c_bool),
    ("opt", c_char_p),
]

linnet_input._fields_ = [
    ("path", c_char_p),
    ("bytes", c_void_p),
    ("byte_count", c_size_t),
    ("pixels", POINTER(c_ubyte)),
    ("width", c_int),
    ("height", c_int),
    ("stride", c_size_t),
]

linnet_predict_opts._fields_ = [
    ("size", c_size_t),
    ("batch", c_int),
    ("threads", c_int),
    ("workers", c_int),
    ("dtype", c_char_p),
    ("conv", c_char_p),
    ("features", c_bool),
    ("picture", c_int),
    ("strict", c_bool),
    ("stop", POINTER(c_int)),
    ("tta", c_char_p),
    ("max_memory_mb", c_int64),
    ("ranks", c_void_p),
]

linnet_prediction._fields_ = [
    ("index", c_size_t),
    ("path", c_char_p),
    ("status", c_int),
    ("code", c_char_p),
    ("error", c_char_p),
    ("classes", c_int),
    ("logits", POINTER(c_float)),
    ("probabilities", POINTER(c_float)),
    ("order", POINTER(c_int)),
    ("feature_count", c_int),
    ("features", POINTER(c_float)),
    ("width", c_int),
    ("height", c_int),
    ("picture", POINTER(c_ubyte)),
    ("picture_width", c_int),
    ("picture_height", c_int),
    ("energy", c_double),
    ("unknown", c_bool),
    ("count", c_size_t),
]

linnet_explain_opts._fields_ = [
    ("size", c_size_t),
    ("method", c_char_p),
    ("layer", c_char_p),
    ("target", c_char_p),
    ("threads", c_int),
    ("conv", c_char_p),
    ("tta", c_char_p),
    ("strict", c_bool),
    ("stop", POINTER(c_int)),
    ("max_memory_mb", c_int64),
    ("workers", c_int),
]

linnet_explanation._fields_ = [
    ("index", c_size_t),
    ("path", c_char_p),
    ("status", c_int),
    ("code", c_char_p),
    ("error", c_char_p),
    ("target", c_int),
    ("predicted", c_int),
    ("logit", c_float),
    ("probability", c_float),
    ("method", c_char_p),
    ("layer", c_char_p),
    ("map", POINTER(c_float)),
    ("map_width", c_int),
    ("map_height", c_int),
    ("most", c_float),
    ("picture", POINTER(c_ubyte)),
    ("width", c_int),
    ("height", c_int),
    ("left", c_double),
    ("top", c_double),
    ("right", c_double),
    ("bottom", c_double),
    ("count", c_size_t),
]

linnet_quantize_layer._fields_ = [
    ("layer", c_char_p),
    ("weights", c_int64),
    ("sqnr", c_double),
    ("int8", c_bool),
]

linnet_quantize_opts._fields_ = [
    ("size", c_size_t),
    ("method", c_char_p),
    ("images", c_int),
    ("keep", c_char_p),
    ("max_drop", c_double),
    ("per_layer", c_bool),
    ("batch", c_int),
    ("threads", c_int),
    ("workers", c_int),
    ("strict", c_bool),
    ("stop", POINTER(c_int)),
    ("on_event", CFUNCTYPE(None, c_void_p, POINTER(linnet_event))),
    ("on_layer", CFUNCTYPE(None, c_void_p, POINTER(linnet_quantize_layer))),
    ("user", c_void_p),
]

linnet_quantization._fields_ = [
    ("size", c_size_t),
    ("method", c_char_p),
    ("images", c_int),
    ("layers", c_int),
    ("layers_int8", c_int),
    ("compared", c_int64),
    ("acc", c_double),
    ("acc_f32", c_double),
    ("gain", c_double),
    ("gain_low", c_double),
    ("gain_high", c_double),
]

linnet_embed_opts._fields_ = [
    ("size", c_size_t),
    ("part", c_int),
    ("batch", c_int),
    ("threads", c_int),
    ("workers", c_int),
    ("dtype", c_char_p),
    ("conv", c_char_p),
    ("strict", c_bool),
    ("dir", c_char_p),
    ("stop", POINTER(c_int)),
    ("on_event", CFUNCTYPE(None, c_void_p, POINTER(linnet_event))),
    ("user", c_void_p),
]

linnet_embedded._fields_ = [
    ("path", c_char_p),
    ("sample", c_int64),
    ("label", c_int),
    ("part", c_int),
]

linnet_embedding._fields_ = [
    ("count", c_int64),
    ("skipped", c_int64),
    ("feature_count", c_int),
    ("images", POINTER(linnet_embedded)),
    ("features", POINTER(c_float)),
]

linnet_neighbour._fields_ = [
    ("image", c_int64),
    ("similarity", c_double),
]

linnet_grid_cell._fields_ = [
    ("pixels", POINTER(c_ubyte)),
    ("width", c_int),
    ("height", c_int),
    ("title", c_char_p),
    ("colour", c_int),
]

linnet_line._fields_ = [
    ("name", c_char_p),
    ("values", POINTER(c_double)),
    ("colour", c_int),
    ("thin", c_bool),
]

linnet_panel._fields_ = [
    ("name", c_char_p),
    ("epochs", c_int),
    ("lines", POINTER(linnet_line)),
    ("count", c_size_t),
]

linnet_lines_opts._fields_ = [
    ("size", c_size_t),
    ("title", c_char_p),
    ("percent", c_bool),
    ("high", c_double),
]

linnet_map_opts._fields_ = [
    ("size", c_size_t),
    ("count", c_int64),
    ("places", POINTER(c_double)),
    ("labels", POINTER(c_int)),
    ("classes", c_int),
    ("class_names", POINTER(c_char_p)),
    ("title", c_char_p),
    ("x_name", c_char_p),
    ("y_name", c_char_p),
]

linnet_bench_layer._fields_ = [
    ("layer", c_char_p),
    ("pass", c_char_p),
    ("op", c_char_p),
    ("implementation", c_char_p),
    ("layout", c_char_p),
    ("floor_ms", c_double),
    ("ms", c_double),
    ("gflops", c_double),
    ("bytes", c_double),
]

linnet_bench_opts._fields_ = [
    ("size", c_size_t),
    ("conv", c_char_p),
    ("train", c_bool),
    ("batch", c_int),
    ("threads", c_int),
    ("seconds", c_double),
    ("steps", c_int),
    ("opt", c_char_p),
    ("dtype", c_char_p),
    ("on_layer", CFUNCTYPE(None, c_void_p, POINTER(linnet_bench_layer))),
    ("context", c_void_p),
    ("floor", c_bool),
    ("ranks", c_void_p),
    ("comm_dtype", c_char_p),
    ("link", c_char_p),
]

linnet_bench_result._fields_ = [
    ("size", c_size_t),
    ("images_per_s", c_double),
    ("ms_per_step", c_double),
    ("ms_p10", c_double),
    ("ms_p90", c_double),
    ("plan_ms", c_double),
    ("rss_mb", c_double),
    ("gflops", c_double),
    ("minor_faults_per_step", c_double),
    ("allocs_per_step", c_int64),
    ("steps", c_int),
    ("threads", c_int),
    ("batch", c_int),
    ("imgsz", c_int),
    ("onednn", c_char * 16),
    ("dtype", c_char_p),
    ("peak_gflops", c_double),
    ("peak_gb_per_s", c_double),
    ("floor_images_per_s", c_double),
    ("roof_images_per_s", c_double),
    ("ranks", c_int),
    ("comm_ms", c_double),
    ("exposed_ms", c_double),
    ("alone_images_per_s", c_double),
    ("gradient_bytes", c_int64),
    ("link_ranks", c_int),
    ("link_ms_per_step", c_double),
    ("link_exposed_ms", c_double),
    ("link_images_per_s", c_double),
]

linnet_bench_loader_opts._fields_ = [
    ("size", c_size_t),
    ("batch", c_int),
    ("imgsz", c_int),
    ("workers", c_int),
    ("augment", c_char_p),
    ("cache_mb", c_int64),
    ("epochs", c_int),
]

linnet_bench_loader_result._fields_ = [
    ("size", c_size_t),
    ("images", c_int64),
    ("skipped", c_int64),
    ("first_images_per_s", c_double),
    ("images_per_s", c_double),
    ("cache_mb", c_double),
    ("rss_mb", c_double),
    ("batch", c_int),
    ("imgsz", c_int),
    ("workers", c_int),
    ("epochs", c_int),
]

# Every function: its result, its arguments.
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "linnet_error": (c_char_p, []),
    "linnet_error_code": (c_char_p, []),
    "linnet_status_name": (c_char_p, [c_int]),
    "linnet_version": (c_char_p, []),
    "linnet_onednn_version": (None, [c_char_p, c_size_t]),
    "linnet_text_escape": (c_size_t, [c_char_p, c_size_t, c_char_p, c_size_t]),
    "linnet_set_log": (None, [linnet_log_fn, c_void_p]),
    "linnet_set_translation": (None, [linnet_translate_fn, c_void_p]),
    "linnet_error_translated": (c_char_p, []),
    "linnet_set_allocator": (None, [POINTER(linnet_allocator)]),
    "linnet_release_threads": (None, []),
    "linnet_ranks_place": (linnet_ranks_place, []),
    "linnet_ranks_open": (c_int, [POINTER(c_void_p)]),
    "linnet_ranks_rank": (c_int, [c_void_p]),
    "linnet_ranks_size": (c_int, [c_void_p]),
    "linnet_ranks_agree": (c_int, [c_void_p, c_int]),
    "linnet_ranks_agreed": (c_bool, [c_void_p, c_int]),
    "linnet_ranks_close": (None, [c_void_p, c_int]),
    "linnet_data_options": (POINTER(linnet_option), [c_int]),
    "linnet_check_options": (POINTER(linnet_option), [c_int]),
    "linnet_model_options": (POINTER(linnet_option), [c_int]),
    "linnet_fetch_options": (POINTER(linnet_option), [c_int]),
    "linnet_summary_options": (POINTER(linnet_option), [c_int]),
    "linnet_export_options": (POINTER(linnet_option), [c_int]),
    "linnet_import_options": (POINTER(linnet_option), [c_int]),
    "linnet_train_options": (POINTER(linnet_option), [c_int]),
    "linnet_eval_options": (POINTER(linnet_option), [c_int]),
    "linnet_clean_options": (POINTER(linnet_option), [c_int]),
    "linnet_lr_find_options": (POINTER(linnet_option), [c_int]),
    "linnet_predict_options": (POINTER(linnet_option), [c_int]),
    "linnet_explain_options": (POINTER(linnet_option), [c_int]),
    "linnet_embed_options": (POINTER(linnet_option), [c_int]),
    "linnet_quantize_options": (POINTER(linnet_option), [c_int]),
    "linnet_bench_options": (POINTER(linnet_option), [c_int]),
    "linnet_bench_loader_options": (POINTER(linnet_option), [c_int]),
    "linnet_option_parse": (c_int, [POINTER(linnet_option), c_void_p, c_char_p]),
    "linnet_option_default": (c_char_p, [POINTER(linnet_option), c_char_p, c_size_t]),
    "linnet_option_copy": (None, [POINTER(linnet_option), c_void_p, c_void_p]),
    "linnet_options_check": (c_int, [linnet_option_fn, c_void_p]),
    "linnet_nearest": (c_char_p, [c_char_p, POINTER(c_char_p), c_size_t]),
    "linnet_json_begin": (None, [POINTER(linnet_json), c_char_p, c_char]),
    "linnet_json_end": (None, [POINTER(linnet_json)]),
    "linnet_json_string": (None, [POINTER(linnet_json), c_char_p, c_char_p]),
    "linnet_json_int": (None, [POINTER(linnet_json), c_char_p, c_int64]),
    "linnet_json_double": (None, [POINTER(linnet_json), c_char_p, c_double]),
    "linnet_json_bool": (None, [POINTER(linnet_json), c_char_p, c_bool]),
    "linnet_json_options": (None, [POINTER(linnet_json), linnet_option_fn, c_void_p]),
    "linnet_file_create": (c_int, [POINTER(c_void_p), c_char_p]),
    "linnet_file_write": (c_int, [c_void_p, c_void_p, c_size_t]),
    "linnet_file_commit": (c_int, [c_void_p]),
    "linnet_file_abort": (None, [c_void_p]),
    "linnet_data_open": (c_int, [POINTER(c_void_p), c_char_p, POINTER(linnet_data_opts)]),
    "linnet_data_open_run": (c_int, [POINTER(c_void_p), c_char_p, c_char_p, POINTER(linnet_data_opts)]),
    "linnet_data_close": (None, [c_void_p]),
    "linnet_data_path": (c_char_p, [c_void_p]),
    "linnet_data_classes": (c_int, [c_void_p]),
    "linnet_data_class_name": (c_char_p, [c_void_p, c_int]),
    "linnet_data_count": (c_int64, [c_void_p, c_int]),
    "linnet_data_class_counts": (None, [c_void_p, POINTER(c_int64)]),
    "linnet_data_has_parts": (c_bool, [c_void_p]),
    "linnet_data_save_split": (c_int, [c_void_p, c_char_p]),
    "linnet_data_channels": (c_int, [c_void_p]),
    "linnet_data_watches_test": (c_bool, [c_void_p]),
    "linnet_data_held_out": (c_bool, [c_void_p]),
    "linnet_data_image": (c_int, [POINTER(POINTER(linnet_image)), c_void_p, c_int64, c_int]),
    "linnet_image_free": (None, [POINTER(linnet_image)]),
    "linnet_data_label": (c_int, [c_void_p, c_int64]),
    "linnet_data_name": (c_int, [c_void_p, c_int64, c_char_p, c_size_t]),
    "linnet_data_samples": (c_int, [c_void_p, c_int, POINTER(c_int64)]),
    "linnet_data_check": (c_int, [POINTER(POINTER(linnet_check)), c_void_p, POINTER(linnet_check_opts)]),
    "linnet_check_free": (None, [POINTER(linnet_check)]),
    "linnet_arch_count": (c_int, []),
    "linnet_arch_name": (c_char_p, [c_int]),
    "linnet_arch_get": (c_bool, [c_int, POINTER(linnet_arch_info)]),
    "linnet_model_create": (c_int, [POINTER(c_void_p), c_char_p, c_void_p, POINTER(linnet_model_opts)]),
    "linnet_model_create_from_text": (c_int, [POINTER(c_void_p), c_char_p, POINTER(linnet_model_opts)]),
    "linnet_model_open": (c_int, [POINTER(c_void_p), c_char_p]),
    "linnet_model_save": (c_int, [c_void_p, c_char_p]),
    "linnet_model_import": (c_int, [POINTER(c_void_p), c_char_p, POINTER(linnet_import_opts)]),
    "linnet_model_export": (c_int, [c_void_p, c_char_p, POINTER(linnet_export_opts), POINTER(linnet_export_result)]),
    "linnet_model_destroy": (None, [c_void_p]),
    "linnet_model_arch": (c_char_p, [c_void_p]),
    "linnet_model_weights": (c_char_p, [c_void_p]),
    "linnet_model_text": (c_char_p, [c_void_p]),
    "linnet_model_classes": (c_int, [c_void_p]),
    "linnet_model_class_name": (c_char_p, [c_void_p, c_int]),
    "linnet_model_find_class": (c_int, [c_void_p, c_char_p]),
    "linnet_model_imgsz": (c_int, [c_void_p]),
    "linnet_model_channels": (c_int, [c_void_p]),
    "linnet_model_parameters": (c_int64, [c_void_p]),
    "linnet_model_unknown_energy": (c_double, [c_void_p]),
    "linnet_model_param_count": (c_int, [c_void_p]),
    "linnet_model_param_name": (c_char_p, [c_void_p, c_int]),
    "linnet_model_param_shape": (c_int, [c_void_p, c_char_p, POINTER(linnet_shape)]),
    "linnet_model_param_get": (c_int, [c_void_p, c_char_p, POINTER(linnet_shape), POINTER(c_float)]),
    "linnet_model_param_set": (c_int, [c_void_p, c_char_p, POINTER(linnet_shape), POINTER(c_float)]),
    "linnet_model_summary": (c_int, [c_void_p, POINTER(linnet_summary_opts), POINTER(c_void_p)]),
    "linnet_free": (None, [c_void_p]),
    "linnet_weights_get": (c_bool, [c_int, POINTER(linnet_weights_info)]),
    "linnet_weights_path": (c_int, [c_char_p, POINTER(linnet_fetch_opts), POINTER(c_void_p)]),
    "linnet_weights_fetch": (c_int, [c_char_p, POINTER(linnet_fetch_opts), POINTER(c_void_p)]),
    "linnet_recipe_apply": (c_int, [c_char_p, POINTER(linnet_data_opts), POINTER(linnet_model_opts),
        POINTER(linnet_train_opts)]),
    "linnet_recipe_fit": (c_int, [POINTER(c_char_p), c_void_p, POINTER(linnet_model_opts), POINTER(linnet_train_opts),
        POINTER(c_double)]),
    "linnet_train_opts_resolve": (c_int, [POINTER(linnet_train_opts), c_void_p]),
    "linnet_train_memory": (c_int, [c_void_p, c_void_p, POINTER(linnet_train_opts), POINTER(linnet_train_memory)]),
    "linnet_train": (c_int, [c_void_p, c_void_p, POINTER(linnet_train_opts), POINTER(linnet_result)]),
    "linnet_resume_open": (c_int, [POINTER(linnet_resumed), c_char_p]),
    "linnet_resume_close": (None, [POINTER(linnet_resumed)]),
    "linnet_evaluate": (c_int, [c_void_p, c_void_p, POINTER(linnet_eval_opts), POINTER(linnet_metrics)]),
    "linnet_metrics_class": (linnet_class_metrics, [POINTER(linnet_metrics), c_int]),
    "linnet_outcome_open": (c_int, [POINTER(POINTER(linnet_outcome)), c_char_p]),
    "linnet_outcome_free": (None, [POINTER(linnet_outcome)]),
    "linnet_outcome_compare": (c_int, [POINTER(linnet_outcome), POINTER(linnet_outcome), POINTER(linnet_pair)]),
    "linnet_clean": (c_int, [POINTER(POINTER(linnet_suspects)), c_void_p, POINTER(linnet_clean_opts)]),
    "linnet_suspects_free": (None, [POINTER(linnet_suspects)]),
    "linnet_lr_find": (c_int, [POINTER(POINTER(linnet_lr_curve)), c_void_p, c_void_p, POINTER(linnet_lr_find_opts)]),
    "linnet_lr_curve_free": (None, [POINTER(linnet_lr_curve)]),
    "linnet_predictor_create": (c_int, [POINTER(c_void_p), c_void_p, POINTER(linnet_predict_opts)]),
    "linnet_predictor_run": (c_int, [c_void_p, POINTER(linnet_input), c_size_t, linnet_prediction_fn, c_void_p]),
    "linnet_predictor_destroy": (None, [c_void_p]),
    "linnet_predict": (c_int, [c_void_p, POINTER(c_char_p), c_size_t, POINTER(linnet_predict_opts), linnet_prediction_fn,
        c_void_p]),
    "linnet_image_decode": (c_int, [POINTER(POINTER(linnet_image)), POINTER(linnet_input)]),
    "linnet_explainer_create": (c_int, [POINTER(c_void_p), c_void_p, POINTER(linnet_explain_opts)]),
    "linnet_explainer_run": (c_int, [c_void_p, POINTER(linnet_input), c_size_t, linnet_explanation_fn, c_void_p]),
    "linnet_explainer_set_target": (c_int, [c_void_p, c_char_p]),
    "linnet_explainer_destroy": (None, [c_void_p]),
    "linnet_explain": (c_int, [c_void_p, POINTER(c_char_p), c_size_t, POINTER(linnet_explain_opts), linnet_explanation_fn,
        c_void_p]),
    "linnet_explanation_overlay": (c_int, [POINTER(linnet_explanation), c_int, c_int, POINTER(c_ubyte)]),
    "linnet_explanation_draw": (c_int, [POINTER(linnet_explanation), c_char_p, c_char_p]),
    "linnet_encode_png": (c_int, [POINTER(c_ubyte), c_int, c_int, POINTER(POINTER(c_ubyte)), POINTER(c_size_t)]),
    "linnet_quantize": (c_int, [c_void_p, c_void_p, POINTER(linnet_quantize_opts), POINTER(linnet_quantization)]),
    "linnet_model_quantization": (c_bool, [c_void_p, POINTER(linnet_quantization)]),
    "linnet_embed": (c_int, [POINTER(POINTER(linnet_embedding)), c_void_p, c_void_p, POINTER(linnet_embed_opts)]),
    "linnet_embedding_free": (None, [POINTER(linnet_embedding)]),
    "linnet_embedding_nearest": (c_int, [POINTER(linnet_embedding), POINTER(c_float), POINTER(linnet_neighbour), c_int64]),
    "linnet_embedding_map": (c_int, [POINTER(linnet_embedding), POINTER(c_double), POINTER(c_double)]),
    "linnet_draw_grid": (c_int, [c_char_p, POINTER(linnet_grid_cell), c_size_t, c_int, c_char_p]),
    "linnet_draw_lines": (c_int, [c_char_p, POINTER(linnet_panel), c_size_t, POINTER(linnet_lines_opts)]),
    "linnet_draw_map": (c_int, [c_char_p, POINTER(linnet_map_opts)]),
    "linnet_bench": (c_int, [c_void_p, POINTER(linnet_bench_opts), POINTER(linnet_bench_result)]),
    "linnet_bench_loader": (c_int, [c_void_p, POINTER(linnet_bench_loader_opts), POINTER(linnet_bench_loader_result)]),
}
