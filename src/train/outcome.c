/* Outcomes in memory: created from an evaluation, compared, destroyed. */
#include "train/outcome.h"
#include "base/alloc.h"
#include "train/mcnemar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ln_outcome_destroy(struct ln_outcome *o) {
    if (!o) return;
    ln_free((char *)o->shown.path);
    ln_free((char *)o->shown.arch);
    ln_free((char *)o->shown.data);
    ln_free(o->images);
    ln_free(o->text);
    ln_free(o);
}

/* ---- created from an evaluation -------------------------------------------------------------------------- */

/* Appends the names of all images to one text, each ended by a NUL, and stores where each begins in places [count].
 * Pointers would not do: the text moves while it grows. */
static void add_names(struct ln_text *text, size_t *places, const struct ln_dataset *ds,
                      const struct ln_scores *scores) {
    char name[4096];
    for (size_t i = 0; i < scores->count; i++) {
        places[i] = text->length;
        ln_text_add(text, ln_dataset_sample_name(ds, scores->indices[i], name, sizeof name));
        ln_text_add_bytes(text, "", 1);
    }
}

/* Labels are copied, because the data set may be closed before the outcome is used. */
static void add_labels(struct ln_text *text, size_t *places, const struct ln_model *model) {
    for (int k = 0; k < model->classes; k++) {
        places[k] = text->length;
        ln_text_add(text, model->class_names[k]);
        ln_text_add_bytes(text, "", 1);
    }
}

static int add_images(struct ln_outcome *o, const struct ln_model *model, const struct ln_dataset *ds,
                      const struct ln_scores *s) {
    struct ln_text text = {0};
    const size_t classes = (size_t)model->classes;
    size_t *places = ln_calloc(s->count + classes, sizeof *places);
    o->images = ln_calloc(s->count, sizeof *o->images);
    if (places) add_names(&text, places, ds, s);
    if (places) add_labels(&text, places + s->count, model);
    int status = places && o->images ? ln_text_take(&text, &o->text) : LINNET_ERR_LIMIT;
    for (size_t i = 0; i < s->count && status == LINNET_OK; i++) {
        const int32_t label = s->labels[i];
        o->images[i] =
            (struct ln_outcome_image){.path = o->text + places[i],
                                      .label = o->text + places[s->count + (size_t)label],
                                      .right = ln_argmax(s->logits + i * classes, s->classes) == label};
        o->count++;
    }
    ln_text_fini(&text);
    ln_free(places);
    return status;
}

static int fill(struct ln_outcome *o, const char *name, const struct ln_model *model,
                const struct ln_dataset *ds, const struct linnet_metrics *m) {
    o->shown = (struct linnet_outcome){.path = ln_strdup(name),
                                       .arch = ln_strdup(model->arch),
                                       .data = ln_strdup(ds->path),
                                       .parameters = ln_net_parameters(model->net),
                                       .imgsz = model->preprocess.width,
                                       .time_s = NAN,
                                       .images_per_s = NAN,
                                       .val_loss = NAN,
                                       .val_acc = NAN,
                                       .val_acc_low = NAN,
                                       .val_acc_high = NAN,
                                       .test_count = m->count,
                                       .test_loss = m->loss,
                                       .test_acc = m->acc,
                                       .test_acc_low = m->acc_low,
                                       .test_acc_high = m->acc_high,
                                       .test_balanced_acc = m->balanced_acc,
                                       .test_ece = m->ece};
    return o->shown.path && o->shown.arch && o->shown.data ? LINNET_OK : LINNET_ERR_LIMIT;
}

int ln_outcome_of(struct ln_outcome **out, const char *name, const struct ln_model *model,
                  const struct ln_dataset *ds, const struct ln_scores *scores,
                  const struct linnet_metrics *metrics) {
    struct ln_outcome *o = ln_calloc(1, sizeof *o);
    int status = o ? fill(o, name, model, ds, metrics) : LINNET_ERR_LIMIT;
    if (status == LINNET_OK) status = add_images(o, model, ds, scores);
    if (status != LINNET_OK) {
        ln_outcome_destroy(o);
        return status;
    }
    ln_outcome_sort(o);
    *out = o;
    return LINNET_OK;
}

/* ---- compared -------------------------------------------------------------------------------------------- */

static int compare_images(const struct ln_outcome_image *a, const struct ln_outcome_image *b) {
    const int order = strcmp(a->path, b->path);
    return order ? order : strcmp(a->label, b->label);
}

static int by_image(const void *a, const void *b) {
    return compare_images(a, b);
}

void ln_outcome_sort(struct ln_outcome *o) {
    if (o->count) qsort(o->images, o->count, sizeof *o->images, by_image); /* qsort takes no NULL */
}

/* Both lists are sorted, so equal sets of images are equal row by row. Labels are compared too: an image that
 * was relabelled between two runs makes two different tests. */
void ln_outcome_pair(const struct ln_outcome *first, const struct ln_outcome *second,
                     struct linnet_pair *pair) {
    *pair = (struct linnet_pair){.p = NAN};
    if (first->count != second->count) return;
    for (size_t i = 0; i < first->count; i++)
        if (compare_images(&first->images[i], &second->images[i]) != 0) return;
    for (size_t i = 0; i < first->count; i++) {
        pair->first_only += first->images[i].right && !second->images[i].right;
        pair->second_only += second->images[i].right && !first->images[i].right;
    }
    pair->count = (int64_t)first->count;
    if (pair->count) pair->p = ln_mcnemar(pair->first_only, pair->second_only);
}
