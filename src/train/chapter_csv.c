/* --chapter-csv: predictions in the format of Kaggle's dogs-vs-cats contest, which the chapter's program writes. The
 * columns are id and label: label is the probability of the second class (dog), id the number in the file's name (145
 * for cat.145.jpg, 17 for 17.jpg), or the whole name if it has no number. Rows are in the order of the test part.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "train/run_folder.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Appends the digits after the last dot but one, or the name without its extension. */
static void add_id(struct ln_text *t, const char *path) {
    char name[512];
    snprintf(name, sizeof name, "%s", ln_file_name(path));
    char *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    const char *last = strrchr(name, '.');
    const char *number = last ? last + 1 : name;
    ln_text_add_csv(t, *number && strspn(number, "0123456789") == strlen(number) ? number : name);
}

int ln_run_chapter_csv(const char *path, const struct ln_model *model, const struct ln_dataset *ds,
                       const struct ln_scores *s) {
    struct ln_text t = {0};
    char *data = NULL, name[512];
    ln_text_add(&t, "id,label\n");
    for (size_t i = 0; i < s->count; i++) {
        float probabilities[2];
        ln_softmax(s->logits + 2 * i, 2, model->temperature, probabilities);
        add_id(&t, ln_dataset_sample_name(ds, s->indices[i], name, sizeof name));
        ln_text_addf(&t, ",%.6g\n", (double)probabilities[1]);
    }
    int status = ln_text_take(&t, &data);
    if (status == LINNET_OK) status = ln_file_write(path, data, strlen(data));
    ln_text_fini(&t);
    ln_free(data);
    return status;
}
