/* The opcodes of the pickle machine; Python's pickletools.py documents them. Each is a row of the table at
 * the end: a function and its argument. {"epoch": 3} in protocol 2, as this machine runs it:
 *
 *     80 02               protocol 2
 *     7d                  EMPTY_DICT      stack: {}
 *     71 00               BINPUT 0        memo[0] = that dict
 *     58 05 00 00 00 ...  BINUNICODE      stack: {} "epoch"
 *     71 01               BINPUT 1
 *     4b 03               BININT1 3       stack: {} "epoch" 3
 *     73                  SETITEM         stack: {"epoch": 3}
 *     2e                  STOP            the top of the stack is the result
 *
 * Python's machine may import and call anything at GLOBAL, REDUCE, BUILD, INST, OBJ, NEWOBJ and EXT. Of these, the
 * first three make inert values here, and the others are refused. An opcode without a row is refused as well: a reader
 * that skipped unknown opcodes would see a different object from PyTorch.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "model/pickle_machine.h"
#include <inttypes.h>
#include <string.h>

enum { PROTOCOL_MAX = 5 };

/* ---- opcodes: plain values ---------------------------------------------------------------------------- */

static int op_none(struct ln_pm *m, int unused) {
    return ln_pm_push_value(m, (struct ln_pickle_value){.kind = LN_PICKLE_NONE});
}

static int op_bool(struct ln_pm *m, int truth) {
    return ln_pm_push_value(m, (struct ln_pickle_value){.kind = LN_PICKLE_BOOL, .integer = truth});
}

/* BININT1, BININT2, BININT: only the 4-byte form is signed. */
static int op_int(struct ln_pm *m, int bytes) {
    uint64_t number;
    LN_TRY(ln_pm_number(m, bytes, &number));
    return ln_pm_push_value(
        m, (struct ln_pickle_value){.kind = LN_PICKLE_INT,
                                    .integer = bytes == 4 ? (int64_t)(int32_t)number : (int64_t)number});
}

/* LONG1, LONG4: two's complement of any length. */
static int op_long(struct ln_pm *m, int bytes) {
    uint64_t size, number = 0;
    size_t at = 0;
    LN_TRY(ln_pm_number(m, bytes, &size));
    LN_TRY(ln_pm_take(m, size, &at));
    if (size > 8)
        return ln_pm_push_value(
            m, (struct ln_pickle_value){.kind = LN_PICKLE_LONG, .text = {(uint32_t)at, (uint32_t)size}});
    if (size > 0 && m->out->bytes[at + size - 1] & 0x80) number = UINT64_MAX;
    for (size_t i = (size_t)size; i-- > 0;) number = number << 8 | m->out->bytes[at + i];
    return ln_pm_push_value(m, (struct ln_pickle_value){.kind = LN_PICKLE_INT, .integer = (int64_t)number});
}

/* BINFLOAT: the only big-endian number. */
static int op_float(struct ln_pm *m, int unused) {
    uint64_t bits;
    double real;
    LN_TRY(ln_pm_number(m, 8, &bits));
    bits = __builtin_bswap64(bits);
    memcpy(&real, &bits, sizeof real);
    return ln_pm_push_value(m, (struct ln_pickle_value){.kind = LN_PICKLE_FLOAT, .real = real});
}

static int op_text(struct ln_pm *m, int bytes) {
    uint64_t size;
    size_t at = 0;
    LN_TRY(ln_pm_number(m, bytes, &size));
    LN_TRY(ln_pm_take(m, size, &at));
    return ln_pm_push_value(
        m, (struct ln_pickle_value){.kind = LN_PICKLE_TEXT, .text = {(uint32_t)at, (uint32_t)size}});
}

/* BINUNICODE and its kin: UTF-8. */
static int op_unicode(struct ln_pm *m, int bytes) {
    LN_TRY(op_text(m, bytes));
    const struct ln_pickle_value *value = &m->out->values[m->out->value_count - 1];
    const char *text = (const char *)m->out->bytes + value->text.at;
    uint32_t code;
    for (size_t left = value->text.size, length; left > 0; left -= length, text += length) {
        length = ln_utf8_decode(text, left, &code);
        if (length == 0)
            return ln_pm_fail(m, "pth-text", "a text of %u bytes is not UTF-8", value->text.size);
    }
    return LINNET_OK;
}

/* ---- opcodes: containers ------------------------------------------------------------------------------ */

static int op_mark(struct ln_pm *m, int unused) {
    return ln_pm_push(m, LN_PM_MARK);
}

static int op_empty(struct ln_pm *m, int kind) {
    return ln_pm_push_value(m, ln_pm_container((enum ln_pickle_kind)kind));
}

/* Replaces the values from stack[from] upwards (and the mark before them) by a tuple of them. */
static int make_tuple(struct ln_pm *m, size_t from, size_t place) {
    struct ln_pickle *p = m->out;
    LN_TRY(ln_pm_push_value(m, ln_pm_container(LN_PICKLE_TUPLE)));
    m->depth--;
    uint32_t tuple = (uint32_t)p->value_count - 1;
    LN_TRY(ln_pm_items_add(m, tuple, from));
    m->depth = place;
    return ln_pm_push(m, tuple);
}

static int op_tuple(struct ln_pm *m, int unused) {
    size_t depth;
    LN_TRY(ln_pm_find_mark(m, &depth));
    return make_tuple(m, depth + 1, depth);
}

/* TUPLE1, TUPLE2, TUPLE3. */
static int op_tuple_of(struct ln_pm *m, int count) {
    size_t n = (size_t)count;
    for (size_t i = 0; i < n; i++)
        if (m->depth < i + 1 || m->stack[m->depth - 1 - i] == LN_PM_MARK)
            return ln_pm_fail(m, "pth-stack", "a tuple needs %d values", count);
    return make_tuple(m, m->depth - n, m->depth - n);
}

/* In Python a list or a dict cannot be a key. Such a pickle fails in PyTorch, so it is not accepted here
 * either. */
static int check_key(const struct ln_pm *m, uint32_t key) {
    const enum ln_pickle_kind kind = m->out->values[key].kind;
    if (kind != LN_PICKLE_LIST && kind != LN_PICKLE_DICT) return LINNET_OK;
    return ln_pm_fail(m, "pth-stack", "a %s is the key of a dict", kind == LN_PICKLE_LIST ? "list" : "dict");
}

/* APPENDS, SETITEMS: adds everything after the mark to the list or dict before it. */
static int op_add_all(struct ln_pm *m, int kind) {
    size_t depth;
    LN_TRY(ln_pm_find_mark(m, &depth));
    if (depth == 0 || m->stack[depth - 1] == LN_PM_MARK ||
        m->out->values[m->stack[depth - 1]].kind != (unsigned)kind)
        return ln_pm_fail(m, "pth-stack", "items are added to something that is not a %s",
                          kind == LN_PICKLE_LIST ? "list" : "dict");
    if (kind == LN_PICKLE_DICT && (m->depth - depth - 1) % 2 != 0)
        return ln_pm_fail(m, "pth-stack", "a key has no value");
    uint32_t container = m->stack[depth - 1];
    for (size_t i = depth + 1; kind == LN_PICKLE_DICT && i < m->depth; i += 2)
        LN_TRY(check_key(m, m->stack[i]));
    LN_TRY(ln_pm_items_add(m, container, depth + 1));
    m->depth = depth;
    return LINNET_OK;
}

/* APPEND, SETITEM: adds one item. */
static int op_add_one(struct ln_pm *m, int kind) {
    size_t n = kind == LN_PICKLE_LIST ? 1 : 2;
    for (size_t i = 0; i <= n; i++)
        if (m->depth < i + 1 || m->stack[m->depth - 1 - i] == LN_PM_MARK)
            return ln_pm_fail(m, "pth-stack", "an item needs a value and a container");
    uint32_t container = m->stack[m->depth - 1 - n];
    if (m->out->values[container].kind != (unsigned)kind)
        return ln_pm_fail(m, "pth-stack", "an item is added to something that is not a %s",
                          kind == LN_PICKLE_LIST ? "list" : "dict");
    if (kind == LN_PICKLE_DICT) LN_TRY(check_key(m, m->stack[m->depth - n]));
    return ln_pm_items_add(m, container, m->depth - n);
}

/* ---- opcodes: the memo -------------------------------------------------------------------------------- */

/* A pickler numbers its memo entries consecutively, so a number is never larger than the count of opcodes.
 * Checking that bounds the memo. */
static int memo_put(struct ln_pm *m, uint64_t at) {
    uint32_t number;
    LN_TRY(ln_pm_peek(m, &number));
    if (at > m->ops) return ln_pm_fail(m, "pth-memo", "memo entry %" PRIu64 " after %zu opcodes", at, m->ops);
    if (at >= m->memo_count) {
        size_t count = 2 * (size_t)at + 64;
        uint32_t *grown = ln_realloc_array(m->memo, count, sizeof *m->memo);
        if (!grown) return LINNET_ERR_LIMIT;
        memset(grown + m->memo_count, 0, (count - m->memo_count) * sizeof *grown);
        m->memo = grown;
        m->memo_count = count;
    }
    m->memo_used += m->memo[at] == 0;
    m->memo[at] = number + 1;
    return LINNET_OK;
}

static int op_memoize(struct ln_pm *m, int unused) {
    return memo_put(m, m->memo_used);
}

static int op_put(struct ln_pm *m, int bytes) {
    uint64_t at;
    LN_TRY(ln_pm_number(m, bytes, &at));
    return memo_put(m, at);
}

/* No copy: the same value is pushed, as in Python. A list can thereby contain itself. */
static int op_get(struct ln_pm *m, int bytes) {
    uint64_t at;
    LN_TRY(ln_pm_number(m, bytes, &at));
    if (at >= m->memo_count || m->memo[at] == 0)
        return ln_pm_fail(m, "pth-memo", "memo entry %" PRIu64 " was never put", at);
    return ln_pm_push(m, m->memo[at] - 1);
}

/* ---- opcodes: names and calls ------------------------------------------------------------------------- */

/* Looks up "module.name" in the table of allowed globals. */
static int find_global(struct ln_pm *m, const char *module, size_t module_size, const char *name,
                       size_t name_size, const struct ln_pickle_global **found) {
    char full[2 * LN_PM_LINE_MAX + 2], shown[160];
    size_t size = 0;
    if (module_size <= LN_PM_LINE_MAX && name_size <= LN_PM_LINE_MAX) {
        memcpy(full, module, module_size);
        full[module_size] = '.';
        memcpy(full + module_size + 1, name, name_size);
        size = module_size + 1 + name_size;
    }
    for (const struct ln_pickle_global *g = m->opts->globals; g->name; g++)
        if (strlen(g->name) == size && memcmp(g->name, full, size) == 0) {
            *found = g;
            return LINNET_OK;
        }
    return ln_pm_fail(m, "pth-global", "global '%s' is not tensor data; refused, nothing was run",
                      size ? ln_text_printable(full, size, shown, sizeof shown) : "of a very long name");
}

/* GLOBAL; and INST, which in Python would call the global at once. INST is always refused, but its name is
 * read first so that the message can show it. */
static int op_global(struct ln_pm *m, int inst) {
    const struct ln_pickle_global *global;
    size_t module, module_size, name, name_size;
    LN_TRY(ln_pm_line(m, &module, &module_size));
    LN_TRY(ln_pm_line(m, &name, &name_size));
    const char *bytes = (const char *)m->out->bytes;
    LN_TRY(find_global(m, bytes + module, module_size, bytes + name, name_size, &global));
    if (inst)
        return ln_pm_fail(m, "pth-opcode", "opcode INST calls '%s'; tensors never use it", global->name);
    return ln_pm_push_value(m, (struct ln_pickle_value){.kind = LN_PICKLE_GLOBAL, .global = global});
}

static int op_stack_global(struct ln_pm *m, int unused) {
    const struct ln_pickle_global *global;
    const struct ln_pickle *p = m->out;
    uint32_t name, module;
    LN_TRY(ln_pm_pop(m, &name));
    LN_TRY(ln_pm_pop(m, &module));
    const struct ln_pickle_value *a = &p->values[module], *b = &p->values[name];
    if (a->kind != LN_PICKLE_TEXT || b->kind != LN_PICKLE_TEXT)
        return ln_pm_fail(m, "pth-global", "the name of a global is not text");
    LN_TRY(find_global(m, ln_pickle_text(p, a), a->text.size, ln_pickle_text(p, b), b->text.size, &global));
    return ln_pm_push_value(m, (struct ln_pickle_value){.kind = LN_PICKLE_GLOBAL, .global = global});
}

/* OrderedDict() or, from Python 2, OrderedDict([[key, value], ...]). */
static int make_dict(struct ln_pm *m, uint32_t arguments) {
    struct ln_pickle *p = m->out;
    LN_TRY(ln_pm_push_value(m, ln_pm_container(LN_PICKLE_DICT)));
    uint32_t dict = (uint32_t)p->value_count - 1;
    const struct ln_pickle_value *given = &p->values[arguments];
    if (given->items.count == 0) return LINNET_OK;
    const struct ln_pickle_value *pairs = ln_pickle_item(p, given, 0);
    if (given->items.count > 1 || pairs->kind != LN_PICKLE_LIST)
        return ln_pm_fail(m, "pth-reduce", "a dict is created from something that is not a list of pairs");
    for (int32_t i = pairs->items.first; i >= 0; i = p->items[i].next) {
        const struct ln_pickle_value *pair = &p->values[p->items[i].value];
        bool tuple = pair->kind == LN_PICKLE_TUPLE || pair->kind == LN_PICKLE_LIST;
        if (!tuple || pair->items.count != 2) return ln_pm_fail(m, "pth-reduce", "a dict item is not a pair");
        int32_t key = pair->items.first;
        uint32_t key_value = p->items[key].value, value = p->items[p->items[key].next].value;
        LN_TRY(check_key(m, key_value));
        LN_TRY(ln_pm_item_add(m, dict, key_value));
        LN_TRY(ln_pm_item_add(m, dict, value));
    }
    return LINNET_OK;
}

static int op_reduce(struct ln_pm *m, int unused) {
    uint32_t arguments, function;
    LN_TRY(ln_pm_pop(m, &arguments));
    LN_TRY(ln_pm_pop(m, &function));
    const struct ln_pickle_value *f = &m->out->values[function], *a = &m->out->values[arguments];
    if (f->kind != LN_PICKLE_GLOBAL)
        return ln_pm_fail(m, "pth-reduce", "a call to something that is not a function");
    if (f->global->what == LN_GLOBAL_NAME)
        return ln_pm_fail(m, "pth-reduce", "a call to '%s', which no tensor needs", f->global->name);
    if (a->kind != LN_PICKLE_TUPLE)
        return ln_pm_fail(m, "pth-reduce", "the arguments of '%s' are not a tuple", f->global->name);
    if (f->global->what == LN_GLOBAL_DICT) return make_dict(m, arguments);
    return ln_pm_push_value(m,
                            (struct ln_pickle_value){.kind = LN_PICKLE_CALL, .call = {function, arguments}});
}

/* Sets the attributes of an object. Only an OrderedDict may have any (its _metadata, the versions of the
 * modules), and they are dropped. Python would call __setstate__ here, which is why no other object is
 * accepted. */
static int op_build(struct ln_pm *m, int unused) {
    uint32_t state, object;
    LN_TRY(ln_pm_pop(m, &state));
    LN_TRY(ln_pm_peek(m, &object));
    if (m->out->values[object].kind != LN_PICKLE_DICT)
        return ln_pm_fail(m, "pth-build", "attributes are set on something that is not a dict");
    return LINNET_OK;
}

/* PyTorch keeps a tensor's bytes outside the pickle and names them by ("storage", type, key, place,
 * count). */
static int op_persistent(struct ln_pm *m, int unused) {
    uint32_t name;
    LN_TRY(ln_pm_pop(m, &name));
    return ln_pm_push_value(m, (struct ln_pickle_value){.kind = LN_PICKLE_PERSISTENT, .persistent = name});
}

/* ---- opcodes: the pickle itself ----------------------------------------------------------------------- */

static int op_protocol(struct ln_pm *m, int unused) {
    uint64_t version;
    LN_TRY(ln_pm_number(m, 1, &version));
    if (version <= PROTOCOL_MAX) return LINNET_OK;
    return ln_pm_fail(m, "pth-opcode", "pickle protocol %" PRIu64 "; versions up to %d are supported",
                      version, PROTOCOL_MAX);
}

/* Protocol 4 cuts a pickle into frames for faster reading. They change no value, so the size is skipped. */
static int op_frame(struct ln_pm *m, int unused) {
    uint64_t size;
    return ln_pm_number(m, 8, &size);
}

struct opcode {
    int (*run)(struct ln_pm *m, int number); /* NULL: not needed for tensors */
    int number;
};

static const struct opcode opcodes[256] = {
    [0x80] = {op_protocol},
    [0x95] = {op_frame},
    ['('] = {op_mark},
    ['N'] = {op_none},
    [0x88] = {op_bool, true},
    [0x89] = {op_bool, false},
    ['K'] = {op_int, 1},
    ['M'] = {op_int, 2},
    ['J'] = {op_int, 4},
    [0x8a] = {op_long, 1},
    [0x8b] = {op_long, 4},
    ['G'] = {op_float},
    ['U'] = {op_text, 1}, /* Python 2's str */
    ['T'] = {op_text, 4},
    ['C'] = {op_text, 1}, /* bytes */
    ['B'] = {op_text, 4},
    [0x8c] = {op_unicode, 1}, /* str */
    ['X'] = {op_unicode, 4},
    [0x8d] = {op_unicode, 8},
    [')'] = {op_empty, LN_PICKLE_TUPLE},
    [']'] = {op_empty, LN_PICKLE_LIST},
    ['}'] = {op_empty, LN_PICKLE_DICT},
    ['t'] = {op_tuple},
    [0x85] = {op_tuple_of, 1},
    [0x86] = {op_tuple_of, 2},
    [0x87] = {op_tuple_of, 3},
    ['a'] = {op_add_one, LN_PICKLE_LIST},
    ['e'] = {op_add_all, LN_PICKLE_LIST},
    ['s'] = {op_add_one, LN_PICKLE_DICT},
    ['u'] = {op_add_all, LN_PICKLE_DICT},
    ['q'] = {op_put, 1},
    ['r'] = {op_put, 4},
    [0x94] = {op_memoize},
    ['h'] = {op_get, 1},
    ['j'] = {op_get, 4},
    ['c'] = {op_global, false},
    ['i'] = {op_global, true},
    [0x93] = {op_stack_global},
    ['R'] = {op_reduce},
    ['b'] = {op_build},
    ['Q'] = {op_persistent},
};

static int run(struct ln_pm *m) {
    for (;;) {
        uint64_t byte;
        m->op_at = m->at;
        LN_TRY(ln_pm_number(m, 1, &byte));
        if (byte == '.') return ln_pm_pop(m, &m->out->top);
        if (++m->ops > LN_PICKLE_OPS_MAX)
            return ln_pm_fail(m, "pth-limit", "the pickle has more than %d opcodes", LN_PICKLE_OPS_MAX);
        const struct opcode *op = &opcodes[byte];
        if (!op->run)
            return ln_pm_fail(m, "pth-opcode", "opcode 0x%02x is not needed for tensors; refused",
                              (unsigned)byte);
        LN_TRY(op->run(m, op->number));
    }
}

int ln_pickle_read(struct ln_pickle *pickle, const struct ln_file *file, const struct ln_pickle_opts *opts) {
    struct ln_pm m = {.out = pickle, .file = file, .opts = opts};
    *pickle = (struct ln_pickle){0};
    int status = run(&m);
    pickle->end = opts->begin + m.at;
    ln_free(m.stack);
    ln_free(m.memo);
    if (status != LINNET_OK) ln_pickle_fini(pickle);
    return status;
}
