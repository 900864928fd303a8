/* Attributes as a table: defaults, ranges, text. */
#include "op/attr.h"

#include <string.h>

static void *field(const struct ln_attr *row, void *attrs) {
    return (char *)attrs + row->offset;
}

static int check(const struct ln_attr *row, double value, const char *layer) {
    if (value >= row->min && value <= row->max) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "op-attr", "%s: %s %g is outside %g to %g", layer, row->name, value,
                   row->min, row->max);
}

static int resolve_pair(const struct ln_attr *row, struct ln_pair *p, const char *layer) {
    if (p->h == 0 && p->w == 0) *p = (struct ln_pair){(int)row->preset, (int)row->preset};
    if (p->w == 0) p->w = p->h;
    if (p->w == LINNET_NONE) p->w = 0;
    if (p->h == LINNET_NONE) p->h = 0;
    LN_TRY(check(row, p->h, layer));
    return check(row, p->w, layer);
}

static int resolve(const struct ln_attr *row, void *at, const char *layer) {
    switch (row->kind) {
    case LN_ATTR_INT: {
        int *value = at;
        if (*value == 0) *value = (int)row->preset;
        return check(row, *value, layer);
    }
    case LN_ATTR_REAL: {
        double *value = at;
        if (*value == 0) *value = row->preset;
        if (*value == LINNET_NONE) *value = 0;
        return check(row, *value, layer);
    }
    case LN_ATTR_PAIR: return resolve_pair(row, at, layer);
    case LN_ATTR_BOOL: return LINNET_OK;
    }
    return LINNET_OK;
}

int ln_attr_resolve(const struct ln_attr *table, void *attrs, const char *layer) {
    for (const struct ln_attr *row = table; row && row->name; row++) {
        if (row->required && *(const int *)field(row, attrs) == 0)
            return ln_fail(LINNET_ERR_USAGE, "op-attr", "%s: %s is missing", layer, row->name);
        LN_TRY(resolve(row, field(row, attrs), layer));
    }
    return LINNET_OK;
}

double *ln_attr_real(const struct ln_attr *table, void *attrs, const char *name) {
    for (const struct ln_attr *row = table; row && row->name; row++)
        if (row->kind == LN_ATTR_REAL && strcmp(row->name, name) == 0) return field(row, attrs);
    return NULL;
}

static void print_pair(const struct ln_attr *row, const struct ln_pair *p, struct ln_text *out) {
    if (!row->required && p->h == (int)row->preset && p->w == (int)row->preset) return;
    if (p->h == p->w)
        ln_text_addf(out, " %s=%d", row->name, p->h);
    else
        ln_text_addf(out, " %s=%dx%d", row->name, p->h, p->w);
}

void ln_attr_print(const struct ln_attr *table, const void *attrs, struct ln_text *out) {
    for (const struct ln_attr *row = table; row && row->name; row++) {
        const void *at = (const char *)attrs + row->offset;
        switch (row->kind) {
        case LN_ATTR_INT:
            if (row->required || *(const int *)at != (int)row->preset)
                ln_text_addf(out, " %s=%d", row->name, *(const int *)at);
            break;
        case LN_ATTR_REAL:
            if (*(const double *)at != row->preset)
                ln_text_addf(out, " %s=%.17g", row->name, *(const double *)at);
            break;
        case LN_ATTR_BOOL:
            if (*(const bool *)at) ln_text_addf(out, " %s", row->name);
            break;
        case LN_ATTR_PAIR: print_pair(row, at, out); break;
        }
    }
}

/* A zero that was written means zero, not the default. */
static int explicit_zero(int64_t value) {
    return value == 0 ? LINNET_NONE : (int)value;
}

static bool parse_pair(const char *value, struct ln_pair *p) {
    char first[16];
    const char *x = strchr(value, 'x');
    size_t length = x ? (size_t)(x - value) : strlen(value);
    if (length >= sizeof first) return false;
    memcpy(first, value, length);
    first[length] = '\0';
    int64_t h, w;
    if (!ln_text_to_i64(first, 0, INT32_MAX, &h) || !ln_text_to_i64(x ? x + 1 : first, 0, INT32_MAX, &w))
        return false;
    *p = (struct ln_pair){explicit_zero(h), explicit_zero(w)};
    return true;
}

static bool parse(const struct ln_attr *row, void *at, const char *value) {
    int64_t whole;
    switch (row->kind) {
    case LN_ATTR_INT:
        if (!value || !ln_text_to_i64(value, INT32_MIN, INT32_MAX, &whole)) return false;
        *(int *)at = (int)whole;
        return true;
    case LN_ATTR_REAL:
        if (!value || !ln_text_to_double(value, -1e300, 1e300, at)) return false;
        if (*(double *)at == 0) *(double *)at = LINNET_NONE;
        return true;
    case LN_ATTR_BOOL:
        if (value) return false;
        *(bool *)at = true;
        return true;
    case LN_ATTR_PAIR: return value && parse_pair(value, at);
    }
    return false;
}

int ln_attr_parse(const struct ln_attr *table, void *attrs, const char *word, const char *layer) {
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    char shown[128];
    ln_text_printable(word, strlen(word), shown, sizeof shown);
    for (const struct ln_attr *row = table; row && row->name; row++)
        if (strlen(row->name) == length && memcmp(row->name, word, length) == 0) {
            if (parse(row, field(row, attrs), equals ? equals + 1 : NULL)) return LINNET_OK;
            return ln_fail(LINNET_ERR_INPUT, "net-attr", "%s: '%s' is not a value for %s", layer, shown,
                           row->name);
        }
    return ln_fail(LINNET_ERR_INPUT, "net-attr", "%s: unknown attribute '%s'", layer, shown);
}
