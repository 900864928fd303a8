/* What is said of an image that can't be read. */
#include "train/skipped.h"
#include "base/alloc.h"
#include "base/text.h"
#include "train/run_folder.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The reason alone: what follows the sample's name, with or without the data's folder before it. */
static const char *reason_of(const char *text, const char *name) {
    const char *found = strstr(text, name);
    if (!*name || !found) return text;
    found += strlen(name);
    return found[0] == ':' && found[1] == ' ' ? found + 2 : text;
}

static bool is_new(struct ln_skipped *s, uint32_t index) {
    if (!s->seen) s->seen = ln_calloc(s->ds->count, sizeof *s->seen);
    if (!s->seen) {
        s->rows.failed = true; /* told when the rows are written */
        return false;
    }
    bool fresh = !s->seen[index];
    s->seen[index] = 1;
    return fresh;
}

static void add_row(struct ln_skipped *s, const char *name, const char *reason, const char *code) {
    char cell[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];
    if (s->count == 0) ln_text_add(&s->rows, "path,reason\n");
    snprintf(cell, sizeof cell, "%s [%s]", reason, code);
    ln_text_add_csv(&s->rows, name);
    ln_text_add(&s->rows, ",");
    ln_text_add_csv(&s->rows, cell);
    ln_text_add(&s->rows, "\n");
    s->count++;
}

static void tell(const struct ln_skipped *s, const char *name, const char *reason, const char *code) {
    char line[2 * LN_ERROR_MAX];
    snprintf(line, sizeof line, "%.*s: %s; skipped, %zu of %zu so far [%s]",
             (int)ln_utf8_cut(name, strlen(name), 400), name, reason, s->count, s->ds->count, code);
    s->on_event(s->user, &(struct linnet_event){.kind = LINNET_EVENT_SKIPPED, .path = name, .line = line});
}

void ln_skipped_add(void *skipped, uint32_t index, const struct ln_error *error) {
    struct ln_skipped *s = skipped;
    char name[PATH_MAX], shown[LN_ERROR_MAX];
    if (!is_new(s, index)) return;
    ln_dataset_sample_name(s->ds, index, name, sizeof name);
    ln_text_escape(name, strlen(name), shown, sizeof shown);
    const char *reason = reason_of(error->text, shown);
    add_row(s, name, reason, error->code);
    if (s->on_event) tell(s, shown, reason, error->code);
}

/* {"rows": "path,reason\n...", "images": [17, ...]} */
void ln_skipped_print(const struct ln_skipped *s, struct ln_text *json) {
    ln_text_add(json, "{\"rows\": ");
    ln_text_add_json(json, s->rows.data ? s->rows.data : "");
    ln_text_add(json, ", \"images\": [");
    const char *comma = "";
    for (size_t i = 0; s->seen && i < s->ds->count; i++) {
        if (!s->seen[i]) continue;
        ln_text_addf(json, "%s%zu", comma, i);
        comma = ", ";
    }
    ln_text_add(json, "]}");
}

bool ln_skipped_parse(struct ln_skipped *s, const json_t *json) {
    const char *rows = json_string_value(json_object_get(json, "rows"));
    const json_t *images = json_object_get(json, "images");
    if (!rows || !json_is_array(images)) return false;
    if (json_array_size(images) == 0) return true;
    ln_text_add(&s->rows, rows);
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        const json_int_t index = json_integer_value(image);
        if (!json_is_integer(image) || index < 0 || (size_t)index >= s->ds->count) return false;
        s->count += is_new(s, (uint32_t)index);
    }
    return !s->rows.failed;
}

int ln_skipped_write(struct ln_skipped *s, const char *dir) {
    if (s->rows.failed) return ln_fail_memory(s->rows.length);
    if (!dir || s->written == s->count) return LINNET_OK;
    struct ln_text copy = {0};
    ln_text_add_bytes(&copy, s->rows.data, s->rows.length);
    LN_TRY(ln_text_write(&copy, dir, "skipped.csv"));
    s->written = s->count;
    return LINNET_OK;
}

void ln_skipped_fini(struct ln_skipped *s) {
    ln_free(s->seen);
    ln_text_fini(&s->rows);
}
