/* Images that were skipped or are damaged: messages, rows of the CSV files, and their form in a checkpoint. An image is
 * read once in every epoch, but reported once per run. */
#include "train/skipped.h"
#include "base/alloc.h"
#include "base/text.h"
#include "train/run_folder.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The part of an error message after the sample's name, which may have the data's folder before it. The list
 * has the path in a column of its own. */
static const char *reason_of(const char *text, const char *name) {
    const char *found = strstr(text, name);
    if (!*name || !found) return text;
    found += strlen(name);
    return found[0] == ':' && found[1] == ' ' ? found + 2 : text;
}

static bool is_new(const struct ln_skipped *s, struct ln_skipped_list *list, uint32_t index) {
    if (!list->seen) list->seen = ln_calloc(s->ds->count, sizeof *list->seen);
    if (!list->seen) {
        list->rows.failed = true; /* reported when the rows are written */
        return false;
    }
    bool fresh = !list->seen[index];
    list->seen[index] = 1;
    return fresh;
}

static void add_row(struct ln_skipped_list *list, const char *name, const char *reason, const char *code) {
    char cell[LN_ERROR_MAX + LN_ERROR_CODE_MAX + 4];
    if (list->count == 0) ln_text_add(&list->rows, "path,reason\n");
    snprintf(cell, sizeof cell, "%s [%s]", reason, code);
    ln_text_add_csv(&list->rows, name);
    ln_text_add(&list->rows, ",");
    ln_text_add_csv(&list->rows, cell);
    ln_text_add(&list->rows, "\n");
    list->count++;
}

/* The parts of the message about an image. */
struct line {
    enum linnet_event_kind kind;
    const char *name, *reason, *code;
};

static void report(const struct ln_skipped *s, const struct ln_skipped_list *list, const struct line *line) {
    char text[2 * LN_ERROR_MAX];
    snprintf(text, sizeof text, "%.*s: %s; %s, %zu of %zu so far [%s]",
             (int)ln_utf8_cut(line->name, strlen(line->name), 400), line->name, line->reason,
             line->kind == LINNET_EVENT_SKIPPED ? "skipped" : "used anyway", list->count, s->ds->count,
             line->code);
    s->on_event(s->user, &(struct linnet_event){.kind = line->kind, .path = line->name, .line = text});
}

/* A report as ranks send it to each other; `fresh` is a sequence of them. */
struct travelling {
    enum linnet_event_kind kind;
    uint32_t index;
    struct ln_error error;
};

static void note_fresh(struct ln_skipped *s, enum linnet_event_kind kind, uint32_t index,
                       const struct ln_error *error) {
    struct travelling t;
    memset(&t, 0, sizeof t); /* the padding is sent too */
    t.kind = kind;
    t.index = index;
    t.error = *error;
    if (s->ranks) ln_text_add_bytes(&s->fresh, (const char *)&t, sizeof t);
}

static void add(struct ln_skipped *s, struct ln_skipped_list *list, enum linnet_event_kind kind,
                uint32_t index, const struct ln_error *error) {
    char name[PATH_MAX], shown[LN_ERROR_MAX];
    if (!is_new(s, list, index)) return;
    note_fresh(s, kind, index, error);
    ln_dataset_sample_name(s->ds, index, name, sizeof name);
    ln_text_escape(name, strlen(name), shown, sizeof shown);
    const char *reason = reason_of(error->text, shown);
    add_row(list, name, reason, error->code);
    if (s->on_event) report(s, list, &(struct line){kind, shown, reason, error->code});
}

void ln_skipped_add(void *skipped, uint32_t index, const struct ln_error *error) {
    struct ln_skipped *s = skipped;
    add(s, &s->left_out, LINNET_EVENT_SKIPPED, index, error);
}

void ln_skipped_add_damaged(void *skipped, uint32_t index, const struct ln_error *error) {
    struct ln_skipped *s = skipped;
    add(s, &s->damaged, LINNET_EVENT_DAMAGED, index, error);
}

/* ---- several ranks --------------------------------------------------------------------------------------- */

/* Adds the reports of one rank. Those of this rank are not new, so they have no effect. */
static int take_reports(void *skipped, int rank, const void *records, size_t bytes) {
    struct ln_skipped *s = skipped;
    for (size_t at = 0; at < bytes; at += sizeof(struct travelling)) {
        struct travelling t;
        memcpy(&t, (const char *)records + at, sizeof t);
        if (t.index < s->ds->count)
            add(s, t.kind == LINNET_EVENT_SKIPPED ? &s->left_out : &s->damaged, t.kind, t.index, &t.error);
    }
    return LINNET_OK;
}

int ln_skipped_share(struct ln_skipped *s) {
    if (!s->ranks) return LINNET_OK;
    struct ln_text own = s->fresh; /* reports of other ranks go to a new one, which is discarded */
    s->fresh = (struct ln_text){0};
    const int status = ln_comm_gather(s->ranks, own.data, own.length, take_reports, s);
    ln_text_fini(&own);
    ln_text_fini(&s->fresh);
    return status;
}

/* ---- in a checkpoint ------------------------------------------------------------------------------------ */

/* "rows": "path,reason\n...", "images": [17, ...] */
static void print_list(const struct ln_skipped *s, const struct ln_skipped_list *list, struct ln_text *json) {
    ln_text_add(json, "{\"rows\": ");
    ln_text_add_json(json, list->rows.data ? list->rows.data : "");
    ln_text_add(json, ", \"images\": [");
    const char *comma = "";
    for (size_t i = 0; list->seen && i < s->ds->count; i++) {
        if (!list->seen[i]) continue;
        ln_text_addf(json, "%s%zu", comma, i);
        comma = ", ";
    }
    ln_text_add(json, "]");
}

/* {"rows": ..., "images": [...], "damaged": {"rows": ..., "images": [...]}}, the last only if there is one. */
void ln_skipped_print(const struct ln_skipped *s, struct ln_text *json) {
    print_list(s, &s->left_out, json);
    if (s->damaged.count) {
        ln_text_add(json, ", \"damaged\": ");
        print_list(s, &s->damaged, json);
        ln_text_add(json, "}");
    }
    ln_text_add(json, "}");
}

static bool parse_list(const struct ln_skipped *s, struct ln_skipped_list *list, const json_t *json) {
    const char *rows = json_string_value(json_object_get(json, "rows"));
    const json_t *images = json_object_get(json, "images");
    if (!rows || !json_is_array(images)) return false;
    if (json_array_size(images) == 0) return true;
    ln_text_add(&list->rows, rows);
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        const json_int_t index = json_integer_value(image);
        if (!json_is_integer(image) || index < 0 || (size_t)index >= s->ds->count) return false;
        list->count += is_new(s, list, (uint32_t)index);
    }
    return !list->rows.failed;
}

bool ln_skipped_parse(struct ln_skipped *s, const json_t *json) {
    const json_t *damaged = json_object_get(json, "damaged");
    return parse_list(s, &s->left_out, json) && (!damaged || parse_list(s, &s->damaged, damaged));
}

/* ---- in the run folder ---------------------------------------------------------------------------------- */

static int write_list(struct ln_skipped_list *list, const char *dir, const char *name) {
    if (list->rows.failed) return ln_fail_memory(list->rows.length);
    if (!dir || list->written == list->count) return LINNET_OK;
    struct ln_text copy = {0};
    ln_text_add_bytes(&copy, list->rows.data, list->rows.length);
    LN_TRY(ln_text_write(&copy, dir, name));
    list->written = list->count;
    return LINNET_OK;
}

int ln_skipped_write(struct ln_skipped *s, const char *dir) {
    LN_TRY(write_list(&s->left_out, dir, "skipped.csv"));
    return write_list(&s->damaged, dir, "damaged.csv");
}

void ln_skipped_fini(struct ln_skipped *s) {
    ln_free(s->left_out.seen);
    ln_free(s->damaged.seen);
    ln_text_fini(&s->left_out.rows);
    ln_text_fini(&s->damaged.rows);
    ln_text_fini(&s->fresh);
}
