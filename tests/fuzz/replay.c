/* Drives a fuzz target without libFuzzer: first every seed of the corpus unchanged, then mutations of them.
 *
 *     fuzz_NAME RUNS CORPUS      RUNS mutated inputs, the same on every run
 *     fuzz_NAME 0 FILE           one input, to reproduce a crash
 *
 * The current input is kept in last-PROGRAM.bin, which survives a crash. An input that takes more than a
 * second of processor time counts as a failure, like a crash; so does an empty corpus.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEDS_MAX = 4096, INPUT_MAX = 1 << 20 };

struct seed {
    uint8_t *data;
    size_t size;
};

struct replay {
    struct seed seeds[SEEDS_MAX];
    size_t count;
    uint8_t *last; /* [INPUT_MAX], mapped from the file */
    int last_fd;
    uint64_t random;
    size_t slow;
};

static void die(const char *what) {
    fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- the corpus --------------------------------------------------------------------------------------- */

static void seed_read(struct replay *r, const char *path) {
    struct seed *seed = &r->seeds[r->count];
    FILE *file = fopen(path, "rb");
    if (!file) die(path);
    if (r->count == SEEDS_MAX) {
        fprintf(stderr, "replay: more than %d seeds\n", SEEDS_MAX);
        exit(1);
    }
    seed->data = malloc(INPUT_MAX);
    if (!seed->data) die("malloc");
    seed->size = fread(seed->data, 1, INPUT_MAX, file);
    fclose(file);
    seed->data = realloc(seed->data, seed->size + 1);
    if (!seed->data) die("realloc");
    r->count++;
}

/* A file, or each file of a folder, in byte order so that every run is the same. */
static void corpus_read(struct replay *r, const char *path) {
    struct stat st;
    struct dirent **entries;
    int n;
    if (stat(path, &st) != 0) die(path);
    if (!S_ISDIR(st.st_mode)) {
        seed_read(r, path);
        return;
    }
    n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) die(path);
    for (int i = 0; i < n; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') seed_read(r, name);
        free(entries[i]);
    }
    free(entries);
}

/* ---- one input ---------------------------------------------------------------------------------------- */

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Copies the input to a block of exactly its size, so that AddressSanitizer detects a read beyond it. */
static void input_run(struct replay *r, const uint8_t *data, size_t size) {
    double start = cpu_seconds();
    uint8_t *copy = malloc(size);
    if (!copy && size > 0) die("malloc");
    if (size > 0) memcpy(copy, data, size);
    if (size > 0) memcpy(r->last, data, size);
    if (ftruncate(r->last_fd, (off_t)size) != 0) die("ftruncate");
    LLVMFuzzerTestOneInput(copy, size);
    if (ftruncate(r->last_fd, INPUT_MAX) != 0) die("ftruncate");
    free(copy);
    if (cpu_seconds() - start > 1.0) {
        fprintf(stderr, "replay: an input of %zu bytes took %.1f s\n", size, cpu_seconds() - start);
        r->slow++;
    }
}

/* ---- mutations ---------------------------------------------------------------------------------------- */

/* xorshift64* (Marsaglia 2003, Vigna 2016). */
static size_t below(struct replay *r, size_t n) {
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    return n ? (size_t)(r->random * 0x2545f4914f6cdd1d >> 16) % n : 0;
}

static uint8_t interesting_byte(struct replay *r) {
    static const uint8_t bytes[] = {0,   1,   7,   8,   0x7f, 0x80, 0xfe, 0xff,
                                    '0', '9', '-', '"', '{',  ']',  ',',  ' '};
    return below(r, 2) ? bytes[below(r, sizeof bytes)] : (uint8_t)below(r, 256);
}

/* Removes a piece of data[*size], or replaces it by a piece of another seed. */
static void piece_replace(struct replay *r, uint8_t *data, size_t *size) {
    const struct seed *from = &r->seeds[below(r, r->count)];
    size_t at = below(r, *size + 1), out = below(r, *size - at + 1) % 64;
    size_t begin = below(r, from->size + 1), in = below(r, from->size - begin + 1) % 64;
    if (below(r, 2)) in = 0;
    if (*size - out + in > INPUT_MAX) return;
    memmove(data + at + in, data + at + out, *size - at - out);
    memcpy(data + at, from->data + begin, in);
    *size += in - out;
}

static size_t mutate(struct replay *r, uint8_t *data, size_t size) {
    size_t steps = 1 + below(r, 8);
    for (size_t i = 0; i < steps; i++) {
        size_t kind = below(r, 8);
        if (kind == 0)
            piece_replace(r, data, &size);
        else if (kind == 1 && below(r, 4) == 0)
            size = below(r, size + 1);
        else if (size > 0 && kind < 5)
            data[below(r, size)] ^= (uint8_t)(1u << below(r, 8));
        else if (size > 0)
            data[below(r, size)] = interesting_byte(r);
    }
    return size;
}

static void mutations_run(struct replay *r, long runs) {
    uint8_t *data = malloc(INPUT_MAX);
    if (!data) die("malloc");
    for (long i = 0; i < runs; i++) {
        const struct seed *seed = &r->seeds[below(r, r->count)];
        memcpy(data, seed->data, seed->size);
        input_run(r, data, mutate(r, data, seed->size));
    }
    free(data);
}

static void last_open(struct replay *r, const char *program, char *path, size_t size) {
    const char *slash = strrchr(program, '/');
    snprintf(path, size, "last-%s.bin", slash ? slash + 1 : program);
    r->last_fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (r->last_fd < 0 || ftruncate(r->last_fd, INPUT_MAX) != 0) die(path);
    r->last = mmap(NULL, INPUT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, r->last_fd, 0);
    if (r->last == MAP_FAILED) die(path);
}

int main(int argc, char **argv) {
    static struct replay replay = {.random = 0x9e3779b97f4a7c15};
    char last[4096];
    long runs;
    size_t slow;
    if (argc != 3) {
        fprintf(stderr, "usage: %s RUNS CORPUS\n", argv[0]);
        return 2;
    }
    runs = strtol(argv[1], NULL, 10);
    corpus_read(&replay, argv[2]);
    if (replay.count == 0) {
        fprintf(stderr, "replay: %s holds no seed\n", argv[2]);
        return 1;
    }
    last_open(&replay, argv[0], last, sizeof last);
    for (size_t i = 0; i < replay.count; i++) input_run(&replay, replay.seeds[i].data, replay.seeds[i].size);
    mutations_run(&replay, runs);
    slow = replay.slow;
    printf("%zu seeds, %ld mutations, %zu slow\n", replay.count, runs, slow);

    for (size_t i = 0; i < replay.count; i++) free(replay.seeds[i].data);
    munmap(replay.last, INPUT_MAX);
    close(replay.last_fd);
    if (slow == 0) unlink(last);
    return slow > 0;
}
