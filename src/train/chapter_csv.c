/* --chapter-csv: predictions in the form of Kaggle's dogs-vs-cats, which the chapter's program writes:
 * columns id and label, where the label is the probability of the second class (dog), and the id the number
 * in the file's name (145 of cat.145.jpg, 17 of 17.jpg), or the name itself where there is none. Rows in the
 * test part's order.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "train/run_folder.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The last run of digits between dots, else the name without what follows its last dot. */
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
