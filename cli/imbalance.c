/* The hint that classes differ in size. A network may reach a high accuracy by never predicting the small
 * class, and the accuracy does not show it. */
#include "imbalance.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* counts: [classes][LINNET_TEST + 1], the images of each class in no part, train, val and test. Classes
 * without training images are left out: `linnet check` reports them, and no weight can make up for them. */
static void print_hint(const linnet_data *data, const int64_t *counts) {
    const int64_t *train = counts + LINNET_TRAIN, stride = LINNET_TEST + 1;
    char a[CLI_NUMBER], b[CLI_NUMBER], small[CLI_SHOWN], large[CLI_SHOWN];
    int low = -1, high = 0;
    for (int k = 0; k < linnet_data_classes(data); k++) {
        const int64_t count = train[k * stride];
        if (count > 0 && (low < 0 || count < train[low * stride])) low = k;
        if (count > train[high * stride]) high = k;
    }
    if (low < 0 || train[high * stride] <= 3 * train[low * stride]) return;
    printf("        classes differ in size, from %s images (%s) to %s (%s):\n"
           "        --class-weights auto or --sampler balanced make them count alike\n",
           cli_text_count(train[low * stride], a),
           cli_text_printable(linnet_data_class_name(data, low), small),
           cli_text_count(train[high * stride], b),
           cli_text_printable(linnet_data_class_name(data, high), large));
}

void cli_imbalance_hint(const linnet_data *data, const struct linnet_train_opts *opts) {
    if (opts->class_weights || strcmp(opts->sampler, "balanced") == 0) return;
    const size_t cells = (size_t)linnet_data_classes(data) * (LINNET_TEST + 1);
    int64_t *counts = malloc(cells * sizeof *counts);
    if (!counts) return; /* only a hint */
    linnet_data_class_counts(data, counts);
    print_hint(data, counts);
    free(counts);
}
