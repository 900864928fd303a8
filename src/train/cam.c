/* Class activation maps from the gradient of a logit, before any scaling. With the layer's value a[c][i], its places i, and
 * the gradient g[c][i] of the logit by it:
 *
 *   Grad-CAM   relu(sum over c of (mean over i of g[c][i]) a[c][i])   Selvaraju et al., "Grad-CAM: visual explanations from deep
 *              networks via gradient-based localization" (2017), equations 1 and 2
 *   HiResCAM   relu(sum over c of g[c][i] a[c][i])                    Draelos and Carin, "Use HiResCAM instead of Grad-CAM for
 *              faithful explanations of convolutional neural networks" (2020), section 3.2; relu as in pytorch-grad-cam
 *   LayerCAM   relu(sum over c of relu(g[c][i]) a[c][i])              Jiang et al., "LayerCAM: exploring hierarchical class
 *              activation maps for localization" (2021), equations 5 to 7
 */
#include "train/explain.h"

#include <string.h>

static double mean_of(const float *g, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)g[i];
    return sum / (double)count;
}

/* Adds channel `c` to the map. */
static void add_channel(enum ln_method method, const struct ln_cam *cam, int64_t c, float *map) {
    const float *a = cam->value + c * cam->places, *g = cam->gradient + c * cam->places;
    const float mean = method == LN_GRADCAM ? (float)mean_of(g, cam->places) : 0;
    for (int64_t i = 0; i < cam->places; i++) {
        const float weight = method == LN_GRADCAM ? mean : method == LN_LAYERCAM && g[i] < 0 ? 0 : g[i];
        map[i] += weight * a[i];
    }
}

void ln_cam(enum ln_method method, const struct ln_cam *cam, float *map) {
    memset(map, 0, (size_t)cam->places * sizeof *map);
    for (int64_t c = 0; c < cam->channels; c++) add_channel(method, cam, c, map);
    for (int64_t i = 0; i < cam->places; i++)
        if (map[i] < 0) map[i] = 0;
}
