/* 8-bit weights and scales in model files. A parameter in 8 bits is an I8 tensor [k][...] with an F32 tensor [k] of scales
 * beside it, "conv1.weight" with "conv1.weight.scale": a weight is their product. The scales of values are in the metadata:
 *
 *     linnet.quant  {"method": "kl", "images": 512, "compared": 1000, "correct": 941, "correct_f32": 943,
 *                    "only": 2, "only_f32": 4, "values": {"input": ["s8", 0.0207], "relu1": ["u8", 0.0113], ...}}
 *
 * images: how many the scales come from; compared: images of the validation part, and how many of them both networks, and only
 * one of them, classified correctly.
 */
#ifndef LN_MODEL_QUANT_FILE_H
#define LN_MODEL_QUANT_FILE_H

#include "model/model.h"

#define LN_QUANT_SCALE ".scale" /* appended to the parameter's name */

LN_MUST_CHECK int ln_quant_print(const struct ln_quant *quant, const struct ln_net *net, char **json);
/* *quant gets the scales of values; those of weights come with ln_quant_read. Codes "model-quant", "model-metadata". `place` is
 * the start of error messages. */
LN_MUST_CHECK int ln_quant_parse(const char *place, const char *json, const struct ln_net *net,
                                 struct ln_quant **quant);

/* True if the tensor holds the scales of an 8-bit parameter. */
bool ln_quant_is_scale(const struct ln_st_file *st, const struct ln_net *net, const char *name);
/* Reads parameter i, an I8 tensor, as the fp32 products, and its scales into quant. "model-quant" if the scales are missing, of
 * the wrong shape or type, or not positive numbers. */
LN_MUST_CHECK int ln_quant_read(const struct ln_st_file *st, const char *path, const struct ln_net *net,
                                size_t i, struct ln_quant *quant, float *values);
/* After all parameters: every 8-bit layer's input must have a scale, and values of a group the same. */
LN_MUST_CHECK int ln_quant_check(const char *path, const struct ln_net *net, const struct ln_quant *quant);
/* The integers of parameter i; integers has ln_net_param_size elements. */
void ln_quant_integers(const struct ln_quant *quant, const struct ln_net *net, size_t i, const float *values,
                       int8_t *integers);

#endif
