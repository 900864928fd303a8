/* Explanations: which parts of a picture support a class. These are the parts of linnet_explainer (explainer.c). */
#ifndef LN_TRAIN_EXPLAIN_H
#define LN_TRAIN_EXPLAIN_H

#include "graph/net.h"
#include "model/model.h"
#include "train/infer.h"

#include <linnet/linnet.h>

enum ln_method { LN_GRADCAM, LN_HIRESCAM, LN_LAYERCAM, LN_OCCLUSION };
const char *ln_method_choice(int index); /* the names; NULL past the end */
const char *ln_method_help(int index);

/* explain_layer.c: the layer that a map explains, and the method that suits it.
 *
 * Sets *node to the layer of this name: its value has a map of more than one place, and the main output depends on it. The name of
 * a block ("layer4") stands for its last such layer. NULL: the value that the last pooling, or the first layer without a map,
 * reads. LINNET_ERR_USAGE "explain-layer", with the nearest name or a list of them. */
LN_MUST_CHECK int ln_explain_layer(const struct ln_net *net, const char *name, int *node);
/* Grad-CAM where averages of the layer's channels and one linear layer follow: it equals HiResCAM there. HiResCAM elsewhere. */
enum ln_method ln_explain_method(const struct ln_net *net, int node);

/* cam.c: map[h][w] of the layer's value a[c][h][w] and the gradient g of a logit by it; method: not LN_OCCLUSION. Never negative. */
struct ln_cam {
    int64_t channels, places; /* places: h w */
    const float *value, *gradient;
};
void ln_cam(enum ln_method method, const struct ln_cam *cam, float *map);

/* occlusion.c: map[rows][columns] of an image [c][h][w], the network's input: how much the logit of `target` falls when a place is
 * hidden. ln_occlusion_size gives rows and columns. LINNET_ERR_INTERRUPTED once *stop is not zero. */
struct ln_occlusion {
    struct ln_infer *infer;
    const float *image;
    int target;
    const volatile int *stop; /* NULL: none */
};
LN_MUST_CHECK int ln_occlusion(const struct ln_occlusion *occlusion, float *map);
void ln_occlusion_size(const struct ln_net *net, int *rows, int *columns);

/* See linnet_explainer_create and linnet_explain. */
LN_MUST_CHECK int ln_explainer_create(linnet_explainer **explainer, const struct ln_model *model,
                                      const struct linnet_explain_opts *opts);
LN_MUST_CHECK int ln_explainer_run(linnet_explainer *explainer, const struct linnet_input *inputs,
                                   size_t count, linnet_explanation_fn *on_explanation, void *user);
LN_MUST_CHECK int ln_explainer_set_target(linnet_explainer *explainer, const char *target);
void ln_explainer_destroy(linnet_explainer *explainer); /* NULL is allowed */
/* For a caller that has a compiled plan with the model's weights and knows which class to explain: maps without predictions.
 * opts: method, layer and conv as of the plan. The plan is borrowed, and must not run during ln_explainer_map. */
LN_MUST_CHECK int ln_explainer_create_in(linnet_explainer **explainer, const struct ln_model *model,
                                         struct ln_plan *plan, const struct linnet_explain_opts *opts);
/* picture: RGB, borrowed by *explanation, whose probability is 0. */
LN_MUST_CHECK int ln_explainer_map(linnet_explainer *explainer, const struct ln_image *picture, int target,
                                   struct linnet_explanation *explanation);
LN_MUST_CHECK int ln_explain(const struct ln_model *model, const char *const *paths, size_t count,
                             const struct linnet_explain_opts *opts, linnet_explanation_fn *on_explanation,
                             void *user);

#endif
