/* Classes, preprocessing, temperature and threshold of energy as text in a model file's metadata:
 *
 *     linnet.classes      ["cat", "dog"]
 *     linnet.preprocess   {"width": 224, "height": 224, "channels": 3, "resize": 256,
 *                          "interpolation": "bilinear", "mean": [0.485, 0.456, 0.406],
 *                          "std": [0.229, 0.224, 0.225]}
 *     linnet.temperature  1.3712
 *
 * safetensors allows only strings there. The values are JSON or numbers, so that other programs can read them. They are
 * as untrusted as the remainder of the file, so each number has a range.
 */
#include "base/alloc.h"
#include "model/json.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

/* ---- classes ------------------------------------------------------------------------------------------- */

int ln_metadata_classes_print(const struct ln_model *model, char **json) {
    struct ln_text t = {0};
    for (int i = 0; i < model->classes; i++) {
        ln_text_add(&t, i ? ", " : "[");
        ln_text_add_json(&t, model->class_names[i]);
    }
    ln_text_add(&t, "]");
    return ln_text_take(&t, json);
}

/* Replaces the names "0", "1" ... that the model has from its creation, so a failure in the middle leaves
 * valid names. */
static int take_names(const char *place, const json_t *array, struct ln_model *model) {
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count != (size_t)model->classes)
        return ln_fail(LINNET_ERR_INPUT, "model-classes", "%s: linnet.classes has %zu names for %d outputs",
                       place, count, model->classes);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(array, i));
        char *copy = name ? ln_strdup(name) : NULL;
        if (!name)
            return ln_fail(LINNET_ERR_INPUT, "model-classes", "%s: linnet.classes: entry %zu is not a string",
                           place, i);
        if (!copy) return LINNET_ERR_LIMIT;
        ln_free(model->class_names[i]);
        model->class_names[i] = copy;
    }
    return LINNET_OK;
}

static int parse(const char *place, const char *text, json_t **json) {
    return ln_json_parse(json, text, strlen(text),
                         &(struct ln_json_opts){.place = place, .code = "model-metadata"});
}

int ln_metadata_classes_parse(const char *place, const char *text, struct ln_model *model) {
    json_t *json;
    LN_TRY(parse(place, text, &json));
    int status = take_names(place, json, model);
    json_decref(json);
    return status;
}

/* ---- preprocessing ------------------------------------------------------------------------------------ */

/* By name, not by number: the order of the enum may change, files stay. */
static const char *const interpolations[] = {[LN_BILINEAR] = "bilinear", [LN_BICUBIC] = "bicubic"};

/* Nine digits: a float is read back exactly. */
static void print_floats(struct ln_text *t, const char *name, const float *values, int count) {
    ln_text_addf(t, ", \"%s\": [", name);
    for (int i = 0; i < count; i++) ln_text_addf(t, "%s%.9g", i ? ", " : "", (double)values[i]);
    ln_text_add(t, "]");
}

int ln_metadata_preprocess_print(const struct ln_preprocess *pp, char **json) {
    struct ln_text t = {0};
    ln_text_addf(
        &t, "{\"width\": %d, \"height\": %d, \"channels\": %d, \"resize\": %d, \"interpolation\": \"%s\"",
        pp->width, pp->height, pp->channels, pp->resize, interpolations[pp->interpolation]);
    print_floats(&t, "mean", pp->mean, pp->channels);
    print_floats(&t, "std", pp->std, pp->channels);
    ln_text_add(&t, "}");
    return ln_text_take(&t, json);
}

static bool take_int(const json_t *object, const char *key, int min, int max, int *out) {
    const json_t *value = json_object_get(object, key);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < min || number > max) return false;
    *out = (int)number;
    return true;
}

static bool take_floats(const json_t *object, const char *key, int count, float min, float *out) {
    const json_t *array = json_object_get(object, key);
    if (json_array_size(array) != (size_t)count) return false;
    for (int i = 0; i < count; i++) {
        const json_t *value = json_array_get(array, (size_t)i);
        out[i] = (float)json_number_value(value);
        if (!json_is_number(value) || !isfinite(out[i]) || out[i] < min) return false;
    }
    return true;
}

static bool take_interpolation(const json_t *object, enum ln_interpolation *out) {
    const char *name = json_string_value(json_object_get(object, "interpolation"));
    for (size_t i = 0; name && i < sizeof interpolations / sizeof *interpolations; i++)
        if (strcmp(name, interpolations[i]) == 0) {
            *out = (enum ln_interpolation)i;
            return true;
        }
    return false;
}

int ln_metadata_imgsz(const char *text) {
    enum { MOST = 1 << 14 };
    int width = 0, height = 0;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const bool square = take_int(json, "width", 1, MOST, &width) &&
                        take_int(json, "height", 1, MOST, &height) && width == height;
    json_decref(json);
    return square ? width : 0;
}

/* The size and the channels must be those of the network, which the text of the net fixes: a file that
 * contradicts itself is refused rather than reshaped. A std below 1e-6 would turn pixels into huge numbers,
 * or divide by zero. */
int ln_metadata_preprocess_parse(const char *place, const char *text, struct ln_preprocess *pp) {
    json_t *json;
    LN_TRY(parse(place, text, &json));
    struct ln_preprocess got = {0};
    bool good = take_int(json, "width", pp->width, pp->width, &got.width) &&
                take_int(json, "height", pp->height, pp->height, &got.height) &&
                take_int(json, "channels", pp->channels, pp->channels, &got.channels) &&
                take_int(json, "resize", 0, 65536, &got.resize) &&
                take_interpolation(json, &got.interpolation) && (got.channels == 1 || got.channels == 3) &&
                take_floats(json, "mean", got.channels, -1e6F, got.mean) &&
                take_floats(json, "std", got.channels, 1e-6F, got.std);
    json_decref(json);
    if (!good)
        return ln_fail(LINNET_ERR_INPUT, "model-preprocess",
                       "%s: linnet.preprocess does not describe an input of %dx%dx%d", place, pp->channels,
                       pp->height, pp->width);
    *pp = got;
    return LINNET_OK;
}

/* ---- numbers ---------------------------------------------------------------------------------------------- */

int ln_metadata_temperature_parse(const char *place, const char *text, double *temperature) {
    char shown[64];
    if (ln_text_to_double(text, 1e-3, 1e3, temperature)) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "model-temperature",
                   "%s: linnet.temperature is '%s'; it must be a number from 0.001 to 1000", place,
                   ln_text_printable(text, strlen(text), shown, sizeof shown));
}

int ln_metadata_energy_parse(const char *place, const char *text, double *energy) {
    char shown[64];
    if (ln_text_to_double(text, -1e39, 1e39, energy)) return LINNET_OK;
    return ln_fail(LINNET_ERR_INPUT, "model-energy",
                   "%s: linnet.unknown_energy is '%s'; it must be a number from -1e39 to 1e39", place,
                   ln_text_printable(text, strlen(text), shown, sizeof shown));
}
