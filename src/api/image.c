/* linnet_image: a picture that the caller owns. */
#include "api/handles.h"
#include "base/alloc.h"
#include "train/predictor.h"

struct picture {
    struct linnet_image shown; /* first: linnet_image_free finds the pixels through it */
    struct ln_image image;
};

int ln_api_image(struct ln_image *image, struct linnet_image **out) {
    struct picture *own = ln_calloc(1, sizeof *own);
    if (!own) {
        ln_image_fini(image);
        return LINNET_ERR_LIMIT;
    }
    own->image = *image;
    own->shown = (struct linnet_image){image->width, image->height, image->pixels};
    *out = &own->shown;
    return LINNET_OK;
}

int linnet_image_decode(struct linnet_image **image, const struct linnet_input *input) {
    struct ln_image own;
    ln_api_begin();
    LN_NEED(image);
    LN_NEED(input);
    LN_TRY(ln_input_decode(input, 0, &own));
    return ln_api_image(&own, image);
}

void linnet_image_free(struct linnet_image *image) {
    struct picture *own = (struct picture *)image;
    if (!own) return;
    ln_image_fini(&own->image);
    ln_free(own);
}
