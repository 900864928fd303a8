/* What the public handles point to. The library's own objects (struct ln_model, struct ln_dataset) know
 * nothing of the public interface; the structs here add what only that interface needs. */
#ifndef LN_API_HANDLES_H
#define LN_API_HANDLES_H

#include "api/guard.h"
#include "image/image.h"
#include "model/model.h"
#include "train/open_data.h"

struct linnet_model {
    struct ln_model *model;
    /* struct linnet_metrics points into it, so it must live as long as the model, and is replaced by the next
     * evaluation. */
    int64_t *confusion; /* of the last evaluation */
    char *weights;      /* what was taken from a file of weights; NULL: fresh weights */
};

/* Creates a handle that owns the model and `weights`; both are freed on failure. */
int ln_api_model(struct ln_model *model, char *weights, linnet_model **out);
/* Makes the image, which must have three channels, a linnet_image; takes its pixels, also on failure. */
LN_MUST_CHECK int ln_api_image(struct ln_image *image, struct linnet_image **out);

#endif
