/* A model: a network, its weights, its classes, and its preprocessing.
 *
 * A model file is a safetensors file: plain fp32 tensors under PyTorch's state_dict names, and this metadata:
 *
 *   format              "pt"
 *   linnet.arch         "lenet", or "custom"
 *   linnet.net          the network as text (graph/net.h), so that the file describes itself
 *   linnet.classes      JSON array of names
 *   linnet.dtype        "f32" or "bf16": type of the activations during training; the weights are always fp32
 *   linnet.preprocess   JSON object: width, height, channels, resize, interpolation, mean, std
 *   linnet.temperature  a number, left out if it is 1: probabilities are softmax(logits / temperature)
 *   linnet.tta          "flip", left out otherwise: predictions are the mean of those of an image and of its
 *                       mirror image
 *   linnet.quant        JSON object, left out for a model in fp32: how its 8-bit layers compute (model/quant_file.h). The
 *                       weights of these layers are I8 tensors with scales beside them
 *   linnet.unknown_energy  a number, left out if none was fitted: an image with a higher energy (train/energy.h) is
 *                       unlike those that the network was trained on
 */
#ifndef LN_MODEL_MODEL_H
#define LN_MODEL_MODEL_H

#include "arch/arch.h"
#include "graph/plan.h"
#include "image/preprocess.h"
#include "model/safetensors.h"

struct ln_model {
    char *arch;
    struct ln_net *net;
    char *text; /* the network as text */
    int classes;
    char **class_names; /* [classes] */
    struct ln_preprocess preprocess;
    enum ln_dtype dtype;   /* of the activations during training */
    double temperature;    /* probabilities are softmax(logits / temperature); 1 unless one was fitted */
    double unknown_energy; /* an image with a higher energy is unknown; INFINITY unless one was fitted */
    bool tta;              /* predictions are the mean of those of an image and of its mirror image */
    float **params;        /* [net->param_count], plain layout; they and this array lie in `weights` */
    struct ln_weights *weights;
    /* NULL: all in fp32; else inference runs in 8 bits, and params are the dequantised weights. */
    struct ln_quant *quant;
    char *begun_with; /* the weights file that training started from; NULL for random weights or a model
                            file's own */
};

/* Takes ownership of net, even on failure. Classes are named "0", "1", ... until ln_model_name_classes;
 * weights are random by seed; the preprocessing is a plain resize to the network's input with mean 0.5 and
 * std 0.5 until it is set. */
LN_MUST_CHECK int ln_model_create(struct ln_model **model, const char *arch, struct ln_net *net,
                                  uint64_t seed);
/* The same without weights: the caller must fill every parameter. */
LN_MUST_CHECK int ln_model_create_blank(struct ln_model **model, const char *arch, struct ln_net *net);
void ln_model_destroy(struct ln_model *model); /* model may be NULL */
LN_MUST_CHECK int ln_model_name_classes(struct ln_model *model, char *const *names, int count);
/* See linnet_model_find_class. */
int ln_model_find_class(const struct ln_model *model, const char *word);

/* The memory of a model's weights: one arena, because the system provides one large block faster than many small ones. Plans
 * for inference read weights where they lie (ln_plan_opts.params), so the owner of such a plan holds the memory too. The last
 * holder's release frees it. */
struct ln_weights;
struct ln_weights *ln_weights_hold(const struct ln_model *model);
void ln_weights_release(struct ln_weights *weights); /* NULL is allowed */
/* Call it before the weights of a finished model change: a model whose weights others hold gets a copy of its own. */
LN_MUST_CHECK int ln_model_own_weights(struct ln_model *model);

/* Copies the weights into a plan of the model's network, and back. */
LN_MUST_CHECK int ln_model_to_plan(const struct ln_model *model, struct ln_plan *plan);
LN_MUST_CHECK int ln_model_from_plan(struct ln_model *model, const struct ln_plan *plan);

/* Saves the model with the plan's weights, or with its own if plan is NULL. Refuses weights that are not
 * finite ("model-nonfinite"). A failure leaves an existing file untouched. */
LN_MUST_CHECK int ln_model_save(const struct ln_model *model, const struct ln_plan *plan, const char *path);
/* The same with extra contents after the model: tensors with names that begin with LN_MODEL_BESIDE, whose
 * values `get` supplies as plain fp32, and one pair of metadata. Readers of models ignore them. */
#define LN_MODEL_BESIDE "optimizer."
struct ln_model_extra {
    struct ln_st_pair metadata;
    const struct ln_st_tensor *tensors; /* [count]: name, dtype, shape */
    size_t count, largest;              /* largest: elements of the largest tensor */
    int (*get)(void *user, size_t tensor, float *plain);
    void *user;
    bool summed; /* the file holds its checksum (ln_st_check_sum) */
    struct ln_file_replaced replaced;
};
LN_MUST_CHECK int ln_model_save_with(const struct ln_model *model, const struct ln_plan *plan,
                                     const struct ln_model_extra *extra, const char *path);
/* Codes "st-...", "model-...". The file must hold exactly the parameters of the network, in their shapes, and
 * all values must be finite. */
LN_MUST_CHECK int ln_model_open(struct ln_model **model, const char *path);
LN_MUST_CHECK int ln_model_read(struct ln_model **model, const struct ln_st_file *st); /* from an open file */

/* metadata.c: the values of linnet.classes and linnet.preprocess. `place` is the start of error messages. */
LN_MUST_CHECK int ln_metadata_classes_print(const struct ln_model *model, char **json);
LN_MUST_CHECK int ln_metadata_classes_parse(const char *place, const char *json, struct ln_model *model);
LN_MUST_CHECK int ln_metadata_preprocess_print(const struct ln_preprocess *pp, char **json);
LN_MUST_CHECK int ln_metadata_preprocess_parse(const char *place, const char *json, struct ln_preprocess *pp);
/* The pixels per side of the input that the value of linnet.preprocess describes; 0 if it is not square or cannot be read. */
int ln_metadata_imgsz(const char *json);
/* The value of linnet.temperature: LINNET_ERR_INPUT "model-temperature" outside 0.001 to 1000. */
LN_MUST_CHECK int ln_metadata_temperature_parse(const char *place, const char *text, double *temperature);
/* The value of linnet.unknown_energy: LINNET_ERR_INPUT "model-energy" outside -1e39 to 1e39. */
LN_MUST_CHECK int ln_metadata_energy_parse(const char *place, const char *text, double *energy);

#endif
