/* Bytes, values, items and the stack of the pickle machine. pickle_ops.c has the opcodes.
 *
 * Values and items are numbered and live in two growing arrays; the stack and the memo hold numbers. Nothing
 * points into an array that may move, and freeing needs no walk over the values, which may contain cycles.
 *
 *     values   0: dict {first item 0, last 1}   1: text "epoch"   2: int 3
 *     items    0: value 1, next 1               1: value 2, next -1
 */
#include "base/alloc.h"
#include "base/size.h"
#include "model/pickle_machine.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The first read. The pickle of a network has some 10 KB. */
enum { PIECE = 4096 };

int ln_pm_fail(const struct ln_pm *m, const char *code, const char *fmt, ...) {
    char what[320];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return ln_fail(LINNET_ERR_INPUT, code, "%s: %sbyte %" PRIu64 ": %s", m->file->path, m->opts->place,
                   *m->opts->place ? m->op_at : m->opts->begin + m->op_at, what);
}

/* ---- bytes -------------------------------------------------------------------------------------------- */

/* Makes sure that out->bytes holds at least `wanted` bytes. Reads twice as much each time, so that a pickle
 * of unknown length takes few reads and not much is read beyond its end. */
static int bytes_read(struct ln_pm *m, size_t wanted) {
    struct ln_pickle *p = m->out;
    size_t left = (size_t)(m->opts->end - m->opts->begin) - p->size;
    size_t more = p->size < PIECE ? PIECE : p->size;
    if (more < wanted - p->size) more = wanted - p->size;
    if (more > left) more = left;
    unsigned char *grown = ln_realloc_array(p->bytes, p->size + more, 1);
    if (!grown) return LINNET_ERR_LIMIT;
    p->bytes = grown;
    LN_TRY(ln_file_read_at(m->file, m->opts->begin + p->size, grown + p->size, more));
    p->size += more;
    return LINNET_OK;
}

int ln_pm_take(struct ln_pm *m, uint64_t n, size_t *at) {
    uint64_t left = m->opts->end - m->opts->begin - m->at;
    if (n > left)
        return ln_pm_fail(m, "pth-truncated", "%" PRIu64 " bytes are needed, but only %" PRIu64 " are left",
                          n, left);
    if (m->at + n > LN_PICKLE_BYTES_MAX)
        return ln_pm_fail(m, "pth-limit", "the pickle is longer than %d bytes", LN_PICKLE_BYTES_MAX);
    if (m->at + n > m->out->size) LN_TRY(bytes_read(m, m->at + (size_t)n));
    *at = m->at;
    m->at += (size_t)n;
    return LINNET_OK;
}

int ln_pm_number(struct ln_pm *m, int n, uint64_t *number) {
    size_t at = 0;
    LN_TRY(ln_pm_take(m, (uint64_t)n, &at));
    *number = 0;
    for (int i = n; i-- > 0;) *number = *number << 8 | m->out->bytes[at + (size_t)i];
    return LINNET_OK;
}

/* Names of globals are the only lines. Longer ones than LN_PM_LINE_MAX cannot be in the table of allowed
 * names. */
int ln_pm_line(struct ln_pm *m, size_t *at, size_t *size) {
    size_t byte = 0;
    *at = m->at;
    for (*size = 0; *size < LN_PM_LINE_MAX; ++*size) {
        LN_TRY(ln_pm_take(m, 1, &byte));
        if (m->out->bytes[byte] == '\n') return LINNET_OK;
    }
    return ln_pm_fail(m, "pth-global", "a name is longer than %d bytes", LN_PM_LINE_MAX - 1);
}

/* ---- values and the stack ----------------------------------------------------------------------------- */

int ln_pm_push(struct ln_pm *m, uint32_t number) {
    uint32_t *grown = ln_grow(m->stack, m->depth, &m->stack_capacity, sizeof *m->stack);
    if (!grown) return LINNET_ERR_LIMIT;
    m->stack = grown;
    m->stack[m->depth++] = number;
    return LINNET_OK;
}

int ln_pm_push_value(struct ln_pm *m, struct ln_pickle_value value) {
    struct ln_pickle *p = m->out;
    struct ln_pickle_value *grown = ln_grow(p->values, p->value_count, &p->value_capacity, sizeof *p->values);
    if (!grown) return LINNET_ERR_LIMIT;
    p->values = grown;
    p->values[p->value_count] = value;
    return ln_pm_push(m, (uint32_t)p->value_count++);
}

int ln_pm_peek(const struct ln_pm *m, uint32_t *number) {
    if (m->depth == 0 || m->stack[m->depth - 1] == LN_PM_MARK)
        return ln_pm_fail(m, "pth-stack", "the stack has no value where one is needed");
    *number = m->stack[m->depth - 1];
    return LINNET_OK;
}

int ln_pm_pop(struct ln_pm *m, uint32_t *number) {
    LN_TRY(ln_pm_peek(m, number));
    m->depth--;
    return LINNET_OK;
}

int ln_pm_find_mark(const struct ln_pm *m, size_t *depth) {
    for (size_t i = m->depth; i-- > 0;)
        if (m->stack[i] == LN_PM_MARK) {
            *depth = i;
            return LINNET_OK;
        }
    return ln_pm_fail(m, "pth-stack", "the stack has no mark where one is needed");
}

int ln_pm_item_add(struct ln_pm *m, uint32_t container, uint32_t value) {
    struct ln_pickle *p = m->out;
    if (p->item_count >= 2 * (size_t)LN_PICKLE_OPS_MAX) /* a list can be copied into a dict many times */
        return ln_pm_fail(m, "pth-limit", "more than %d items", 2 * LN_PICKLE_OPS_MAX);
    struct ln_pickle_item *grown = ln_grow(p->items, p->item_count, &p->item_capacity, sizeof *p->items);
    if (!grown) return LINNET_ERR_LIMIT;
    p->items = grown;
    struct ln_pickle_value *to = &p->values[container];
    int32_t at = (int32_t)p->item_count++;
    p->items[at] = (struct ln_pickle_item){value, LN_PICKLE_NONE_YET};
    if (to->items.count++ == 0)
        to->items.first = at;
    else
        p->items[to->items.last].next = at;
    to->items.last = at;
    return LINNET_OK;
}

int ln_pm_items_add(struct ln_pm *m, uint32_t container, size_t from) {
    for (size_t i = from; i < m->depth; i++) LN_TRY(ln_pm_item_add(m, container, m->stack[i]));
    m->depth = from;
    return LINNET_OK;
}

struct ln_pickle_value ln_pm_container(enum ln_pickle_kind kind) {
    return (struct ln_pickle_value){.kind = kind, .items = {LN_PICKLE_NONE_YET, LN_PICKLE_NONE_YET, 0}};
}

/* ---- the values of a finished pickle ------------------------------------------------------------------ */

void ln_pickle_fini(struct ln_pickle *pickle) {
    ln_free(pickle->bytes);
    ln_free(pickle->values);
    ln_free(pickle->items);
    *pickle = (struct ln_pickle){0};
}

const struct ln_pickle_value *ln_pickle_value(const struct ln_pickle *pickle, uint32_t number) {
    return &pickle->values[number];
}

const struct ln_pickle_value *ln_pickle_item(const struct ln_pickle *pickle,
                                             const struct ln_pickle_value *value, uint32_t i) {
    if (value->kind != LN_PICKLE_TUPLE && value->kind != LN_PICKLE_LIST) return NULL;
    if (i >= value->items.count) return NULL;
    int32_t at = value->items.first;
    while (i-- > 0) at = pickle->items[at].next;
    return &pickle->values[pickle->items[at].value];
}

const char *ln_pickle_text(const struct ln_pickle *pickle, const struct ln_pickle_value *text) {
    return (const char *)pickle->bytes + text->text.at;
}

bool ln_pickle_text_is(const struct ln_pickle *pickle, const struct ln_pickle_value *value, const char *s) {
    size_t size = strlen(s);
    return value->kind == LN_PICKLE_TEXT && value->text.size == size &&
           memcmp(ln_pickle_text(pickle, value), s, size) == 0;
}
