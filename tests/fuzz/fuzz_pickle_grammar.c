/* Generates a program for the pickle machine; each byte of the input is one choice. The generator counts the values on the
 * stack, the marks and the memo entries, so that nearly every program is valid and reaches the rules behind the opcodes: what
 * may be called, what goes into a list, what a memo number names. One step in 32 ignores the count. */
#include "fuzz_pickle.h"

enum { PROGRAM_MAX = 1 << 16, MARKS_MAX = 64 };

struct program {
    const uint8_t *choices, *end;
    uint8_t bytes[PROGRAM_MAX];
    size_t size;
    int depth, marks, mark[MARKS_MAX], memo;
};

static unsigned choose(struct program *p, unsigned n) {
    return p->choices < p->end ? *p->choices++ % n : 0;
}

static void put(struct program *p, const void *bytes, size_t n) {
    if (p->size + n > PROGRAM_MAX) return;
    memcpy(p->bytes + p->size, bytes, n);
    p->size += n;
}

static void put_byte(struct program *p, unsigned byte) {
    put(p, &(uint8_t){(uint8_t)byte}, 1);
}

/* ---- values: each adds one to the stack ------------------------------------------------------------------ */

static void put_number(struct program *p) {
    static const uint8_t codes[] = {'N', 0x88, 0x89, 'K', 'M', 'J', 0x8a, 'G'};
    static const uint8_t sizes[] = {0, 0, 0, 1, 2, 4, 0, 8};
    const unsigned i = choose(p, sizeof codes);
    put_byte(p, codes[i]);
    for (int k = 0; k < sizes[i]; k++) put_byte(p, choose(p, 256));
    if (codes[i] != 0x8a) return;
    const unsigned length = choose(p, 12);
    put_byte(p, length);
    for (unsigned k = 0; k < length; k++) put_byte(p, choose(p, 256));
}

static void put_text(struct program *p) {
    static const char *const texts[] = {"", "w", "0", "storage", "cpu", "state_dict", "torch", "a.b"};
    static const uint8_t codes[] = {'X', 'U', 0x8c, 'T', 'B', 'C', 0x8d};
    static const uint8_t sizes[] = {4, 1, 1, 4, 4, 1, 8};
    const unsigned i = choose(p, sizeof codes);
    const char *text = texts[choose(p, 8)];
    const uint64_t length = strlen(text);
    put_byte(p, codes[i]);
    put(p, &length, sizes[i]); /* little-endian, like the pickle */
    put(p, text, length);
}

static void put_global(struct program *p) {
    const struct ln_pickle_global *globals = ln_torch_globals();
    unsigned count = 0;
    while (globals[count].name) count++;
    const unsigned i = choose(p, count + 1);
    const char *name = i < count ? globals[i].name : "posix.system", *dot = strrchr(name, '.');
    put_byte(p, 'c');
    put(p, name, (size_t)(dot - name));
    put(p, "\n", 1);
    put(p, dot + 1, strlen(dot + 1));
    put(p, "\n", 1);
}

static void put_value(struct program *p) {
    switch (choose(p, 6)) {
    case 0: put_number(p); break;
    case 1: put_text(p); break;
    case 2: put_global(p); break;
    case 3: put_byte(p, ")]}"[choose(p, 3)]); break;
    case 4:
        if (p->memo == 0) return;
        put_byte(p, 'h');
        put_byte(p, choose(p, (unsigned)p->memo));
        break;
    default:
        put_byte(p, 'X');
        put(p, "\1\0\0\0k", 5);
        break;
    }
    p->depth++;
}

/* ---- what takes values from the stack ---------------------------------------------------------------------- */

/* How many values lie above the last mark, or above the bottom. */
static int above(const struct program *p) {
    return p->depth - (p->marks ? p->mark[p->marks - 1] : 0);
}

static void begin_mark(struct program *p) {
    if (p->marks == MARKS_MAX) return;
    put_byte(p, '(');
    p->mark[p->marks++] = p->depth;
}

static void end_mark(struct program *p, bool careless) {
    if (!p->marks && !careless) return;
    const unsigned code = "teu"[choose(p, 3)];
    if (code == 'u' && above(p) % 2 && !careless) put_value(p);
    put_byte(p, code);
    if (p->marks) p->depth = p->mark[--p->marks] + (code == 't');
}

static void take(struct program *p, bool careless) {
    static const struct {
        uint8_t code, takes, gives;
    } codes[] = {{0x85, 1, 1}, {0x86, 2, 1}, {0x87, 3, 1}, {'a', 2, 1}, {'s', 3, 1},
                 {'R', 2, 1},  {'b', 2, 1},  {'Q', 1, 1},  {0x93, 2, 1}};
    const unsigned i = choose(p, sizeof codes / sizeof *codes);
    for (int most = 3; above(p) < codes[i].takes && !careless && most > 0; most--) put_value(p);
    if (above(p) < codes[i].takes && !careless) return;
    put_byte(p, codes[i].code);
    p->depth += codes[i].gives - codes[i].takes;
}

static void remember(struct program *p) {
    if (above(p) == 0 || p->memo == 256) return;
    if (choose(p, 2)) {
        put_byte(p, 'q');
        put_byte(p, (unsigned)p->memo);
    } else {
        put_byte(p, 0x94);
    }
    p->memo++;
}

/* A tensor as torch.save writes it, with chosen sizes. */
static void put_tensor(struct program *p) {
    static const char storage[] = "((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK";
    put(p, "ctorch._utils\n_rebuild_tensor_v2\n", 34);
    put(p, storage, sizeof storage - 1);
    put_byte(p, choose(p, 256));
    put(p, "tQK", 3);
    put_byte(p, choose(p, 8));
    put(p, "(K", 2);
    put_byte(p, choose(p, 8));
    put(p, "K\2t(K\2K", 7);
    put_byte(p, choose(p, 4));
    put(p, "t\x89", 2);
    put(p, "ccollections\nOrderedDict\n)RtR", 29);
    p->depth++;
}

static void put_step(struct program *p) {
    const bool careless = choose(p, 32) == 31;
    switch (choose(p, 8)) {
    case 0: begin_mark(p); break;
    case 1: end_mark(p, careless); break;
    case 2:
    case 3: take(p, careless); break;
    case 4: remember(p); break;
    case 5: put_tensor(p); break;
    default: put_value(p); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct program p;
    p = (struct program){.choices = data, .end = data + size};
    put(&p, "\x80\2", 2);
    while (p.choices < p.end && p.size < PROGRAM_MAX - 1024) put_step(&p);
    while (p.marks) end_mark(&p, false);
    if (p.depth == 0) put_value(&p);
    put_byte(&p, '.');
    pickle_check(p.bytes, p.size);
    return 0;
}
