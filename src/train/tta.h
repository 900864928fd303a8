/* Test-time augmentation: an image is predicted by its own probabilities and those of its mirror image.
 * Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks" (2012),
 * section 4.1. */
#ifndef LN_TRAIN_TTA_H
#define LN_TRAIN_TTA_H

#include <stddef.h>

/* Mirrors rows of pixels left to right: in and out [rows][width], not the same memory. */
void ln_tta_mirror(const float *in, size_t rows, size_t width, float *out);

/* Replaces the logits of an image, [rows][classes], by logits whose softmax at this temperature is the mean
 * of its softmax and that of its mirror image, and whose energy is the mean of both energies. */
void ln_tta_mean(float *logits, const float *mirrored, size_t rows, size_t classes, double temperature);

#endif
