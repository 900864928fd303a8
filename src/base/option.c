/* The walk over an option table: checks, defaults, text, JSON. */
#include "base/option.h"
#include "base/json.h"
#include "base/text.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields --------------------------------------------------------------------------------------------- */

static void *field(const struct linnet_option *o, void *opts) {
    return (char *)opts + o->offset;
}

static const void *const_field(const struct linnet_option *o, const void *opts) {
    return (const char *)opts + o->offset;
}

static const char *string(const struct linnet_option *o, const void *opts) {
    return *(const char *const *)const_field(o, opts);
}

/* The value of a bool or a number. */
static double number(const struct linnet_option *o, const void *opts) {
    const void *at = const_field(o, opts);
    switch (o->type) {
    case LINNET_OPTION_BOOL: return *(const bool *)at;
    case LINNET_OPTION_INT: return *(const int *)at;
    case LINNET_OPTION_INT64: return (double)*(const int64_t *)at;
    case LINNET_OPTION_DOUBLE:
    case LINNET_OPTION_SECONDS: return *(const double *)at;
    case LINNET_OPTION_STRING: break;
    }
    return 0;
}

static void set_number(const struct linnet_option *o, void *opts, double value) {
    void *at = field(o, opts);
    switch (o->type) {
    case LINNET_OPTION_BOOL: *(bool *)at = value != 0; break;
    case LINNET_OPTION_INT: *(int *)at = (int)value; break;
    case LINNET_OPTION_INT64: *(int64_t *)at = (int64_t)value; break;
    case LINNET_OPTION_DOUBLE:
    case LINNET_OPTION_SECONDS: *(double *)at = value; break;
    case LINNET_OPTION_STRING: break;
    }
}

bool ln_option_is_set(const struct linnet_option *o, const void *opts) {
    return o->type == LINNET_OPTION_STRING ? string(o, opts) != NULL : number(o, opts) != 0;
}

size_t ln_option_size(const struct linnet_option *o) {
    static const size_t sizes[] = {
        [LINNET_OPTION_BOOL] = sizeof(bool),      [LINNET_OPTION_INT] = sizeof(int),
        [LINNET_OPTION_INT64] = sizeof(int64_t),  [LINNET_OPTION_DOUBLE] = sizeof(double),
        [LINNET_OPTION_SECONDS] = sizeof(double), [LINNET_OPTION_STRING] = sizeof(char *),
    };
    return sizes[o->type];
}

void ln_option_copy(const struct linnet_option *o, void *to, const void *from) {
    if (ln_option_is_set(o, from)) memcpy(field(o, to), const_field(o, from), ln_option_size(o));
}

static void clear(const struct linnet_option *o, void *opts) {
    if (o->type == LINNET_OPTION_STRING)
        *(const char **)field(o, opts) = NULL;
    else
        set_number(o, opts, 0);
}

/* ---- defaults ------------------------------------------------------------------------------------------- */

static const struct linnet_option *find(linnet_option_fn *options, const char *name) {
    int i = 0;
    while (strcmp(options(i)->name, name) != 0) i++;
    return options(i);
}

bool ln_option_counts(linnet_option_fn *options, const struct linnet_option *o, const void *opts) {
    if (o->not_with && ln_option_is_set(find(options, o->not_with), opts)) return false;
    if (!o->goes_with) return true;
    const struct linnet_option *other = find(options, o->goes_with);
    if (!o->goes_with_choice) return ln_option_is_set(other, opts) && number(other, opts) != LINNET_NONE;
    const char *name = string(other, opts) ? string(other, opts) : other->preset_name;
    return o->goes_with_choice(name);
}

/* True if the default is not a constant but is filled in by code. */
static bool is_computed(const struct linnet_option *o) {
    return o->default_text || o->default_print;
}

static void fill_default(const struct linnet_option *o, void *opts) {
    if (o->type == LINNET_OPTION_STRING) {
        if (!string(o, opts)) *(const char **)field(o, opts) = o->preset_name;
    } else if (number(o, opts) == 0) {
        set_number(o, opts, o->preset);
    } else if (o->zero_is_none && number(o, opts) == LINNET_NONE && o->preset == 0 && !is_computed(o)) {
        set_number(o, opts, 0);
    }
}

void ln_options_default(linnet_option_fn *options, void *opts) {
    const struct linnet_option *o;
    for (int i = 0; (o = options(i)); i++)
        if (ln_option_counts(options, o, opts)) fill_default(o, opts);
}

void ln_options_fill(linnet_option_fn *options, void *to, const void *from) {
    const struct linnet_option *o;
    for (int i = 0; (o = options(i)); i++) {
        if (ln_option_is_set(o, to)) continue;
        ln_option_copy(o, to, from);
        if (!ln_option_counts(options, o, to)) clear(o, to);
    }
}

void ln_options_drop_unused(linnet_option_fn *options, void *opts) {
    const struct linnet_option *o;
    for (int i = 0; (o = options(i)); i++)
        if (o->type != LINNET_OPTION_STRING && !ln_option_counts(options, o, opts)) set_number(o, opts, 0);
}

const char *ln_option_default(const struct linnet_option *o, char *out, size_t size) {
    const bool has_number = o->type != LINNET_OPTION_STRING && o->type != LINNET_OPTION_BOOL;
    snprintf(out, size, "%s", o->default_text ? o->default_text : o->preset_name ? o->preset_name : "");
    if (o->default_text) return out;
    if (o->default_print)
        o->default_print(out, size);
    else if (has_number)
        snprintf(out, size, "%.12g", o->preset);
    return out;
}

/* ---- checks --------------------------------------------------------------------------------------------- */

/* What a value must be: "an integer from 1 to 65536". */
static const char *describe(const struct linnet_option *o, char *out, size_t size) {
    const bool whole = o->type == LINNET_OPTION_INT || o->type == LINNET_OPTION_INT64;
    snprintf(out, size, "%s from %.12g to %.12g", whole ? "an integer" : "a number", o->min, o->max);
    if (o->type == LINNET_OPTION_SECONDS)
        snprintf(out, size, "a time such as 90s, 30m or 1.5h, from %gs to %gh", o->min, floor(o->max / 3600));
    return out;
}

static int check_number(const struct linnet_option *o, const void *opts) {
    char must[96];
    const double x = number(o, opts);
    if (x == 0 || (x >= o->min && x <= o->max) || (x == LINNET_NONE && o->zero_is_none)) return LINNET_OK;
    return ln_fail(LINNET_ERR_USAGE, "option-value", "%s is %.12g: must be %s", o->name, x,
                   describe(o, must, sizeof must));
}

static bool is_choice(const struct linnet_option *o, const char *name) {
    const char *choice;
    for (int i = 0; (choice = o->choice(i)); i++)
        if (strcmp(choice, name) == 0) return true;
    return false;
}

/* "--momentum requires --opt sgd, nesterov or rmsprop", or only the name of the other flag. */
static int fail_unused(linnet_option_fn *options, const struct linnet_option *o, const void *opts) {
    const bool excluded = o->not_with && ln_option_is_set(find(options, o->not_with), opts);
    const struct linnet_option *other = find(options, excluded ? o->not_with : o->goes_with);
    const char *names[64] = {0}, *name;
    char all[256] = "";
    size_t n = 0;
    if (excluded)
        return ln_fail(LINNET_ERR_USAGE, "option-unused", "--%s has no effect with --%s: leave one out",
                       o->flag, other->flag);
    for (int i = 0; o->goes_with_choice && n < 64 && (name = other->choice(i)); i++)
        if (o->goes_with_choice(name)) names[n++] = name;
    return ln_fail(LINNET_ERR_USAGE, "option-unused", "--%s requires --%s%s%s", o->flag, other->flag,
                   n ? " " : "", ln_text_list(names, n, all, sizeof all));
}

static int check(linnet_option_fn *options, const struct linnet_option *o, const void *opts) {
    if (!ln_option_is_set(o, opts)) return LINNET_OK;
    if (o->type != LINNET_OPTION_STRING && o->type != LINNET_OPTION_BOOL) LN_TRY(check_number(o, opts));
    if (o->choice && !is_choice(o, string(o, opts)))
        return ln_fail_unknown("option-name", o->name, string(o, opts), o->choice);
    const bool nothing = o->type != LINNET_OPTION_STRING && number(o, opts) == LINNET_NONE;
    if (!nothing && !ln_option_counts(options, o, opts)) return fail_unused(options, o, opts);
    return LINNET_OK;
}

int ln_options_check(linnet_option_fn *options, const void *opts) {
    const struct linnet_option *o;
    for (int i = 0; (o = options(i)); i++) LN_TRY(check(options, o, opts));
    return LINNET_OK;
}

/* ---- text ----------------------------------------------------------------------------------------------- */

static int fail_text(const struct linnet_option *o, const char *text) {
    char must[96], shown[128];
    return ln_fail(LINNET_ERR_USAGE, "option-value", "--%s %s: must be %s", o->flag,
                   ln_text_printable(text, strlen(text), shown, sizeof shown),
                   describe(o, must, sizeof must));
}

/* "90s", "30m" or "1.5h" in seconds; "0" needs no unit. */
static bool parse_seconds(const char *text, double *out) {
    char digits[32];
    const size_t length = strlen(text);
    *out = 0;
    if (strcmp(text, "0") == 0) return true;
    if (length < 2 || length > sizeof digits) return false;
    const char end = text[length - 1];
    const double unit = end == 's' ? 1 : end == 'm' ? 60 : end == 'h' ? 3600 : 0;
    snprintf(digits, sizeof digits, "%.*s", (int)length - 1, text);
    if (unit == 0 || !ln_text_to_double(digits, -DBL_MAX, DBL_MAX, out)) return false;
    *out *= unit;
    return true;
}

static int parse_number(const struct linnet_option *o, void *opts, const char *text) {
    int64_t whole = 0;
    double x = 0;
    bool good;
    if (o->type == LINNET_OPTION_INT || o->type == LINNET_OPTION_INT64)
        good = ln_text_to_i64(text, (int64_t)o->min, (int64_t)o->max, &whole);
    else if (o->type == LINNET_OPTION_SECONDS)
        good = parse_seconds(text, &x) && x >= o->min && x <= o->max;
    else
        good = ln_text_to_double(text, o->min, o->max, &x);
    if (!good) return fail_text(o, text);
    const bool none = o->zero_is_none && whole == 0 && x == 0;
    if (o->type == LINNET_OPTION_INT64) /* a double holds only 53 bits */
        *(int64_t *)field(o, opts) = none ? LINNET_NONE : whole;
    else
        set_number(o, opts, none ? LINNET_NONE : o->type == LINNET_OPTION_INT ? (double)whole : x);
    return LINNET_OK;
}

int ln_option_parse(const struct linnet_option *o, void *opts, const char *text) {
    char what[64];
    snprintf(what, sizeof what, "--%s", o->flag);
    if (o->type == LINNET_OPTION_BOOL) {
        if (text) return ln_fail(LINNET_ERR_USAGE, "option-value", "%s takes no value", what);
        set_number(o, opts, 1);
        return LINNET_OK;
    }
    if (!text) text = o->bare;
    if (!text || !*text) return ln_fail(LINNET_ERR_USAGE, "option-value", "%s needs a value", what);
    if (o->type != LINNET_OPTION_STRING) return parse_number(o, opts, text);
    if (o->choice && !is_choice(o, text)) return ln_fail_unknown("option-name", what, text, o->choice);
    *(const char **)field(o, opts) = text;
    return LINNET_OK;
}

/* ---- JSON ----------------------------------------------------------------------------------------------- */

static void put(struct linnet_json *json, const struct linnet_option *o, const void *opts) {
    const bool none = o->zero_is_none && number(o, opts) == LINNET_NONE;
    switch (o->type) {
    case LINNET_OPTION_BOOL: ln_json_bool(json, o->key, number(o, opts) != 0); break;
    case LINNET_OPTION_INT: ln_json_int(json, o->key, none ? 0 : (int64_t)number(o, opts)); break;
    case LINNET_OPTION_INT64:
        ln_json_int(json, o->key, none ? 0 : *(const int64_t *)const_field(o, opts));
        break;
    case LINNET_OPTION_DOUBLE:
    case LINNET_OPTION_SECONDS: ln_json_double(json, o->key, none ? 0 : number(o, opts)); break;
    case LINNET_OPTION_STRING: ln_json_string(json, o->key, string(o, opts)); break;
    }
}

void ln_json_options(struct linnet_json *json, linnet_option_fn *options, const void *opts) {
    const struct linnet_option *o;
    for (int i = 0; (o = options(i)); i++)
        if (o->key) put(json, o, opts);
}
