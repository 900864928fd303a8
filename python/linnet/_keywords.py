"""The keyword arguments of functions with options. Written by tools/write-python from the library's tables of options: do not edit.

They have the names of the program's flags, with _ in place of -, and the same defaults, which docs/linnet.1 explains.
"""
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypedDict


class DataOptions(TypedDict, total=False):
    split: str | Sequence[float] | None
    """Train,validation,test: images (400,92,10) or percent (80,10,10). Default: as the data has it, else 80,10,10."""
    stratify: bool | None
    """Divide each class in the same proportions."""
    group_near: bool | None
    """Keep near-identical images in one part; reads all images."""
    skip_bad: bool | None
    """Leave out unreadable images before the split; reads all images."""
    split_file: str | os.PathLike[str] | None
    """Take the parts from this CSV: path,class,part."""
    seed: int | None
    """Seed of the split. Default: 0."""
    hold_out: int | None
    """Share of training images held out for validation if the data has only a test part. Default: 5 if train uses a recipe,
    else none."""
    limit: int | None
    """Use at most N images of each part. Default: all."""


class ModelOptions(TypedDict, total=False):
    weights: str | os.PathLike[str] | None
    """Initial weights from a file, or torchvision's for ImageNet. Default: untrained."""
    imgsz: int | None
    """Width and height of the input in pixels. Default: the data's own, else that of weights, else the architecture's."""
    classes: int | None
    """Number of classes. Default: the data's own, else the architecture's."""
    channels: int | None
    """Grey or colour. Default: the data's own, else the architecture's."""
    dropout: float | None
    """Share of the values that dropout sets to zero. Default: the paper's."""
    zero_init_residual: bool | None
    """ResNets: each block starts as the identity."""
    seed: int | None
    """Seed of the initial weights. Default: 0."""


class TrainOptions(TypedDict, total=False):
    epochs: int | None
    """Passes over the data; 0: only save the untrained model. Default: 10."""
    batch_size: int | None
    """Images per step. Default: 32."""
    opt: str | None
    """Optimiser, as defined by PyTorch. Default: sgd; for pictures of up to 64 x 64 pixels adamw. One of sgd, nesterov, adam,
    adamw, rmsprop."""
    lr: float | None
    """Learning rate. Default: sgd, nesterov 0.02; adam, adamw, rmsprop 0.001."""
    momentum: float | None
    """Share of the last update that is kept. Default: sgd, nesterov 0.9; rmsprop 0."""
    weight_decay: float | None
    """Rate at which weights are pulled to zero. Default: sgd, nesterov 0.0005; adam, rmsprop 0.0001; adamw 0.01."""
    lr_scheduler: str | None
    """How the learning rate changes. Default: cosine. One of cosine, onecycle, step, plateau, constant."""
    lr_step_size: int | None
    """Step: epochs between drops of the rate; plateau: epochs to wait for a lower loss. Default: a third of all epochs."""
    warmup_epochs: float | None
    """Epochs at the start in which the learning rate rises linearly. Default: 0."""
    patience: int | None
    """Stop after N epochs without improvement. Default: never."""
    time: float | str | None
    """Fit training into this time: seconds, minutes or hours. Default: no limit."""
    model_ema: bool | None
    """Validate, save and test a moving average of the weights."""
    model_ema_decay: float | None
    """Share of the average that a step keeps. Default: 0.9998."""
    augment: str | None
    """Random changes of the training images. Default: light; small grey pictures: shift. One of none, shift, light, medium,
    strong."""
    auto_augment: str | None
    """Trivial: one operation of TrivialAugmentWide per image. Default: as augment has it. One of none, trivial."""
    scale: float | None
    """Smallest share of a photo's area that a random box covers. Default: as augment has it."""
    rotate: float | None
    """Rotate images by up to DEG degrees either way (RandomRotation). Default: 0."""
    jitter: float | None
    """Change brightness, contrast and saturation by up to this share (ColorJitter). Default: as augment has it."""
    erase: float | None
    """Probability that a rectangle is erased (RandomErasing). Default: as augment has it."""
    plain_share: float | None
    """Share of epochs at the end without mixing, erasing and TrivialAugment. Default: 0."""
    train_imgsz: int | None
    """Width and height of images in training, in pixels. Default: the network's input."""
    start_imgsz: int | None
    """Begin training with even smaller images of N x N pixels. Default: train_imgsz."""
    start_share: float | None
    """Share of the epochs that see images of start_imgsz. Default: 0.7."""
    decay_weights: bool | None
    """Weight decay for weights only, not for biases and normalisation."""
    clip_grad: float | None
    """Scale gradients down to this norm if theirs is larger. Default: 0: never."""
    freeze: str | None
    """Backbone: train only the last layer. Default: none. One of none, backbone."""
    freeze_epochs: int | None
    """Train the last layer alone for N epochs, then all layers. Default: 1 if a recipe trains photos from weights, else none."""
    freeze_views: int | None
    """While layers are frozen, show each image in N augmented views. Default: 4."""
    val_every: int | None
    """Validate after every Nth epoch, and after the first and the last. Default: 1."""
    lr_spread: float | None
    """Divide learning rates by up to X, most for the layers nearest the input. Default: 10 if a recipe trains photos from
    weights, else 1."""
    label_smoothing: float | None
    """Share of the target given to the other classes. Default: 0."""
    mixup: float | None
    """Blend pairs of images, by shares from Beta(A, A). Default: 0."""
    cutmix: float | None
    """Paste rectangles from other images, by shares from Beta(A, A). Default: 0."""
    class_weights: str | os.PathLike[str] | Sequence[float] | None
    """Weights of the classes in the loss: auto, a list, or a CSV file. Default: all equal."""
    sampler: str | None
    """Balanced: every class appears equally often in an epoch. Default: shuffle. One of shuffle, balanced."""
    tta: str | None
    """Average the probabilities of a picture and of its mirror image. Default: flip if a recipe trains photos, else none. One
    of none, flip."""
    conv: str | None
    """Auto: fastest convolution algorithm; direct: direct sums only. Default: auto. One of auto, direct."""
    dtype: str | None
    """Type of activations; bf16 takes half the memory. Default: f32. One of f32, bf16, auto."""
    seed: int | None
    """Seed of the order, dropout and augmentation. Default: 0."""
    threads: int | None
    """Compute threads. Default: all that this process may use."""
    workers: int | None
    """Threads that load images. Default: as many as threads."""
    cache_mb: int | None
    """Memory for decoded photos, in MB; 0: none. Default: a quarter of the free memory."""
    max_memory: int | None
    """Refuse to train if that needs more memory than this. Default: what is free."""
    sync_bn: bool | None
    """With mpirun: batch normalisation over the images of all ranks."""
    comm_dtype: str | None
    """With mpirun: type in which gradients are sent; bf16 takes half the time. Default: f32. One of f32, bf16."""
    strict: bool | None
    """Stop at an image that cannot be read or is damaged."""
    checkpoint_every: float | str | None
    """Save within epochs at this interval (s, m or h); 0: only between epochs. Default: 10m."""
    on_disk_full: str | None
    """Stop: end the run if a checkpoint does not fit on the disk. Default: wait. One of wait, stop."""
    tensorboard: bool | None
    """Write event files for TensorBoard into the run folder."""


class FitOptions(TypedDict, total=False):
    epochs: int | None
    """Passes over the data; 0: only save the untrained model. Default: 10."""
    batch_size: int | None
    """Images per step. Default: 32."""
    opt: str | None
    """Optimiser, as defined by PyTorch. Default: sgd; for pictures of up to 64 x 64 pixels adamw. One of sgd, nesterov, adam,
    adamw, rmsprop."""
    lr: float | None
    """Learning rate. Default: sgd, nesterov 0.02; adam, adamw, rmsprop 0.001."""
    momentum: float | None
    """Share of the last update that is kept. Default: sgd, nesterov 0.9; rmsprop 0."""
    weight_decay: float | None
    """Rate at which weights are pulled to zero. Default: sgd, nesterov 0.0005; adam, rmsprop 0.0001; adamw 0.01."""
    lr_scheduler: str | None
    """How the learning rate changes. Default: cosine. One of cosine, onecycle, step, plateau, constant."""
    lr_step_size: int | None
    """Step: epochs between drops of the rate; plateau: epochs to wait for a lower loss. Default: a third of all epochs."""
    warmup_epochs: float | None
    """Epochs at the start in which the learning rate rises linearly. Default: 0."""
    patience: int | None
    """Stop after N epochs without improvement. Default: never."""
    time: float | str | None
    """Fit training into this time: seconds, minutes or hours. Default: no limit."""
    model_ema: bool | None
    """Validate, save and test a moving average of the weights."""
    model_ema_decay: float | None
    """Share of the average that a step keeps. Default: 0.9998."""
    augment: str | None
    """Random changes of the training images. Default: light; small grey pictures: shift. One of none, shift, light, medium,
    strong."""
    auto_augment: str | None
    """Trivial: one operation of TrivialAugmentWide per image. Default: as augment has it. One of none, trivial."""
    scale: float | None
    """Smallest share of a photo's area that a random box covers. Default: as augment has it."""
    rotate: float | None
    """Rotate images by up to DEG degrees either way (RandomRotation). Default: 0."""
    jitter: float | None
    """Change brightness, contrast and saturation by up to this share (ColorJitter). Default: as augment has it."""
    erase: float | None
    """Probability that a rectangle is erased (RandomErasing). Default: as augment has it."""
    plain_share: float | None
    """Share of epochs at the end without mixing, erasing and TrivialAugment. Default: 0."""
    train_imgsz: int | None
    """Width and height of images in training, in pixels. Default: the network's input."""
    start_imgsz: int | None
    """Begin training with even smaller images of N x N pixels. Default: train_imgsz."""
    start_share: float | None
    """Share of the epochs that see images of start_imgsz. Default: 0.7."""
    decay_weights: bool | None
    """Weight decay for weights only, not for biases and normalisation."""
    clip_grad: float | None
    """Scale gradients down to this norm if theirs is larger. Default: 0: never."""
    freeze: str | None
    """Backbone: train only the last layer. Default: none. One of none, backbone."""
    freeze_epochs: int | None
    """Train the last layer alone for N epochs, then all layers. Default: 1 if a recipe trains photos from weights, else none."""
    freeze_views: int | None
    """While layers are frozen, show each image in N augmented views. Default: 4."""
    val_every: int | None
    """Validate after every Nth epoch, and after the first and the last. Default: 1."""
    lr_spread: float | None
    """Divide learning rates by up to X, most for the layers nearest the input. Default: 10 if a recipe trains photos from
    weights, else 1."""
    label_smoothing: float | None
    """Share of the target given to the other classes. Default: 0."""
    mixup: float | None
    """Blend pairs of images, by shares from Beta(A, A). Default: 0."""
    cutmix: float | None
    """Paste rectangles from other images, by shares from Beta(A, A). Default: 0."""
    class_weights: str | os.PathLike[str] | Sequence[float] | None
    """Weights of the classes in the loss: auto, a list, or a CSV file. Default: all equal."""
    sampler: str | None
    """Balanced: every class appears equally often in an epoch. Default: shuffle. One of shuffle, balanced."""
    tta: str | None
    """Average the probabilities of a picture and of its mirror image. Default: flip if a recipe trains photos, else none. One
    of none, flip."""
    conv: str | None
    """Auto: fastest convolution algorithm; direct: direct sums only. Default: auto. One of auto, direct."""
    dtype: str | None
    """Type of activations; bf16 takes half the memory. Default: f32. One of f32, bf16, auto."""
    seed: int | None
    """Seed of the order, dropout and augmentation. Default: 0."""
    threads: int | None
    """Compute threads. Default: all that this process may use."""
    workers: int | None
    """Threads that load images. Default: as many as threads."""
    cache_mb: int | None
    """Memory for decoded photos, in MB; 0: none. Default: a quarter of the free memory."""
    max_memory: int | None
    """Refuse to train if that needs more memory than this. Default: what is free."""
    sync_bn: bool | None
    """With mpirun: batch normalisation over the images of all ranks."""
    comm_dtype: str | None
    """With mpirun: type in which gradients are sent; bf16 takes half the time. Default: f32. One of f32, bf16."""
    strict: bool | None
    """Stop at an image that cannot be read or is damaged."""
    checkpoint_every: float | str | None
    """Save within epochs at this interval (s, m or h); 0: only between epochs. Default: 10m."""
    on_disk_full: str | None
    """Stop: end the run if a checkpoint does not fit on the disk. Default: wait. One of wait, stop."""
    tensorboard: bool | None
    """Write event files for TensorBoard into the run folder."""
    weights: str | os.PathLike[str] | None
    """Initial weights from a file, or torchvision's for ImageNet. Default: untrained."""
    imgsz: int | None
    """Width and height of the input in pixels. Default: the data's own, else that of weights, else the architecture's."""
    classes: int | None
    """Number of classes. Default: the data's own, else the architecture's."""
    channels: int | None
    """Grey or colour. Default: the data's own, else the architecture's."""
    dropout: float | None
    """Share of the values that dropout sets to zero. Default: the paper's."""
    zero_init_residual: bool | None
    """ResNets: each block starts as the identity."""
    split: str | Sequence[float] | None
    """Train,validation,test: images (400,92,10) or percent (80,10,10). Default: as the data has it, else 80,10,10."""
    stratify: bool | None
    """Divide each class in the same proportions."""
    group_near: bool | None
    """Keep near-identical images in one part; reads all images."""
    skip_bad: bool | None
    """Leave out unreadable images before the split; reads all images."""
    split_file: str | os.PathLike[str] | None
    """Take the parts from this CSV: path,class,part."""
    hold_out: int | None
    """Share of training images held out for validation if the data has only a test part. Default: 5 if train uses a recipe,
    else none."""
    limit: int | None
    """Use at most N images of each part. Default: all."""


class EvalOptions(TypedDict, total=False):
    batch_size: int | None
    """Images per step. Default: 32."""
    tta: str | None
    """Average the probabilities of a picture and of its mirror image. Default: as the model was trained. One of none, flip."""
    dtype: str | None
    """Type of activations: f32, bf16, int8. Default: int8 for a model in 8 bits, else f32. One of f32, bf16, int8, auto."""
    threads: int | None
    """Compute threads. Default: all that this process may use."""
    conv: str | None
    """Auto: fastest convolution algorithm; direct: direct sums only. Default: auto. One of auto, direct."""
    workers: int | None
    """Threads that load images. Default: as many as threads."""
    max_memory: int | None
    """Refuse to begin if more memory than this is needed. Default: what is free."""
    strict: bool | None
    """Stop at an image that cannot be read or is damaged."""
    output: str | os.PathLike[str] | None
    """Write metrics.json, predictions.csv and pictures into DIR."""
    logits: bool | None
    """With -o: write logits instead of probabilities into predictions.csv."""


class PredictOptions(TypedDict, total=False):
    batch_size: int | None
    """Images computed at a time. Default: 16."""
    tta: str | None
    """Average the probabilities of a picture and of its mirror image. Default: as the model was trained. One of none, flip."""
    dtype: str | None
    """Type of activations: f32, bf16, int8. Default: int8 for a model in 8 bits, else f32. One of f32, bf16, int8, auto."""
    threads: int | None
    """Compute threads. Default: all that this process may use."""
    workers: int | None
    """Threads that read and decode pictures. Default: as many as threads."""
    conv: str | None
    """Auto: fastest convolution algorithm; direct: direct sums only. Default: auto. One of auto, direct."""
    max_memory: int | None
    """Refuse to begin if more memory than this is needed. Default: what is free."""


class ExplainOptions(TypedDict, total=False):
    method: str | None
    """How the map is computed. Default: gradcam or hirescam, depending on the last layers. One of gradcam, hirescam, layercam,
    occlusion."""
    layer: str | None
    """The layer whose map is drawn. Default: the last one before the map is pooled or flattened."""
    target: str | int | None
    """The class to explain, by name or by number from 0. Default: the predicted class."""
    tta: str | None
    """Average the probabilities of a picture and of its mirror image. Default: as the model was trained. One of none, flip."""
    threads: int | None
    """Compute threads. Default: all that this process may use."""
    workers: int | None
    """Threads that read and decode pictures. Default: as many as threads."""
    conv: str | None
    """Auto: fastest convolution algorithm; direct: direct sums only. Default: auto. One of auto, direct."""
    max_memory: int | None
    """Refuse to begin if more memory than this is needed. Default: what is free."""


class EmbedOptions(TypedDict, total=False):
    batch_size: int | None
    """Images per step. Default: 32."""
    dtype: str | None
    """Type of activations: f32, bf16, int8. Default: int8 for a model in 8 bits, else f32. One of f32, bf16, int8, auto."""
    threads: int | None
    """Compute threads. Default: all that this process may use."""
    conv: str | None
    """Auto: fastest convolution algorithm; direct: direct sums only. Default: auto. One of auto, direct."""
    workers: int | None
    """Threads that load images. Default: as many as threads."""
    strict: bool | None
    """Stop at an image that cannot be read or is damaged."""
    dir: str | os.PathLike[str] | None
    """Write skipped.csv and damaged.csv into this folder."""


class ExportOptions(TypedDict, total=False):
    opset: int | None
    """Version of ONNX's operators. Default: 17."""
    fold: bool | None
    """Merge batch norm into the convolutions."""
    softmax: bool | None
    """Give probabilities instead of logits."""
    with_preprocess: bool | None
    """Take uint8 pixels and normalise them."""
    check: bool | None
    """Open the file again and compare its logits."""
