/* Reads the input as CSV to its end: every field must end inside the text, line numbers must increase, and an
 * error must have a message. */
#include "data/csv.h"
#include "fuzz.h"

static void row_check(const struct ln_csv *csv, const char *text) {
    for (int i = 0; i < csv->count; i++) {
        check(csv->fields[i] >= text && csv->fields[i] <= csv->end);
        check(csv->fields[i] + strlen(csv->fields[i]) <= csv->end);
    }
    check(csv->at <= csv->end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    struct ln_csv csv = {.path = "input", .at = text, .end = text + size};
    int status;
    size_t line = 0;
    ln_error_clear();
    while ((status = ln_csv_row(&csv)) == LINNET_OK && csv.count > 0) {
        check(csv.line > line);
        line = csv.line;
        row_check(&csv, text);
    }
    if (status != LINNET_OK) check(strcmp(ln_error_get()->code, "csv-row") == 0);
    free(text);
    return 0;
}
