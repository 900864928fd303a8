/* A model: a network, its weights, its classes, and the one preprocessing definition.
 *
 * In a file it is a safetensors file: plain fp32 tensors under PyTorch's state_dict names, and in the
 * metadata format              "pt" linnet.arch         "lenet", or "custom" linnet.net          the network
 * as text (graph/net.h), so that the file describes itself linnet.classes      JSON array of names
 *   linnet.dtype        "f32" or "bf16": of the activations when it was trained; the weights are fp32
 *   linnet.preprocess   JSON object: width, height, channels, resize, interpolation, mean, std
 *   linnet.temperature  a number, left out if it is 1: probabilities are softmax(logits / temperature)
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
    enum ln_dtype dtype; /* of activations, when it was trained */
    double temperature;  /* probabilities are softmax(logits / temperature); 1 unless one was fitted */
    float **params;      /* [net->param_count], plain */
    char *begun_with;    /* the file of weights; NULL: fresh ones, or a model file's own */
};

/* Takes the net, in any case. Classes are named "0", "1", ... until ln_model_name_classes; weights are fresh
 * by seed; the preprocessing is a plain resize to the net's input with mean 0.5 and std 0.5 until it is set.
 */
LN_MUST_CHECK int ln_model_create(struct ln_model **model, const char *arch, struct ln_net *net,
                                  uint64_t seed);
/* The same without weights: each parameter is to be filled. */
LN_MUST_CHECK int ln_model_create_blank(struct ln_model **model, const char *arch, struct ln_net *net);
void ln_model_destroy(struct ln_model *model); /* NULL is fine */
LN_MUST_CHECK int ln_model_name_classes(struct ln_model *model, char *const *names, int count);

/* Weights into a plan of the model's net, and back. */
LN_MUST_CHECK int ln_model_to_plan(const struct ln_model *model, struct ln_plan *plan);
LN_MUST_CHECK int ln_model_from_plan(struct ln_model *model, const struct ln_plan *plan);

/* The model with its own weights, or, where plan is not NULL, with the plan's. Refuses weights that are not
 * finite
 * ("model-nonfinite"); the target is replaced whole or left alone. */
LN_MUST_CHECK int ln_model_save(const struct ln_model *model, const struct ln_plan *plan, const char *path);
/* The same with what does not belong to the model behind it: tensors whose names begin with LN_MODEL_BESIDE,
 * whose numbers `get` gives as plain fp32, and a pair of metadata. Whoever reads a model passes over them. */
#define LN_MODEL_BESIDE "optimizer."
struct ln_model_extra {
    struct ln_st_pair metadata;
    const struct ln_st_tensor *tensors; /* [count]: name, dtype, shape */
    size_t count, largest;              /* largest: elements */
    int (*get)(void *user, size_t tensor, float *plain);
    void *user;
};
LN_MUST_CHECK int ln_model_save_with(const struct ln_model *model, const struct ln_plan *plan,
                                     const struct ln_model_extra *extra, const char *path);
/* Codes "st-...", "model-...": every parameter of the network must be there, in its shape, finite, and
 * nothing else. */
LN_MUST_CHECK int ln_model_open(struct ln_model **model, const char *path);
LN_MUST_CHECK int ln_model_read(struct ln_model **model, const struct ln_st_file *st); /* an open file's */

/* metadata.c: the values of linnet.classes and linnet.preprocess. `place` begins the message. */
LN_MUST_CHECK int ln_metadata_classes_print(const struct ln_model *model, char **json);
LN_MUST_CHECK int ln_metadata_classes_parse(const char *place, const char *json, struct ln_model *model);
LN_MUST_CHECK int ln_metadata_preprocess_print(const struct ln_preprocess *pp, char **json);
LN_MUST_CHECK int ln_metadata_preprocess_parse(const char *place, const char *json, struct ln_preprocess *pp);
/* The value of linnet.temperature: LINNET_ERR_INPUT "model-temperature" outside 0.001 to 1000. */
LN_MUST_CHECK int ln_metadata_temperature_parse(const char *place, const char *text, double *temperature);

#endif
