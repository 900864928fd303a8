/* Reads the input as classes.txt, then as the names of class folders. Names of a classes.txt must be distinct, valid UTF-8
 * without control characters, and survive being written and read back. Class folders must be found by their names, and the
 * spelling of their names must obey the same rules; an error must have a message; nothing may leak. */
#include "base/text.h"
#include "data/classes.h"
#include "fuzz.h"

enum { CLASSES_MOST = 200, WORDS_MOST = 2 * CLASSES_MOST, SEARCHED = 8 };

static void name_check(const struct ln_classes *classes, size_t i) {
    const char *name = classes->names[i];
    uint32_t code;
    check(*name != '\0' && ln_class_is(name, name));
    for (size_t n = strlen(name), length; n > 0; name += length, n -= length) {
        length = ln_utf8_decode(name, n, &code);
        check(length > 0 && code >= ' ');
    }
    for (size_t k = 0; k < i; k++) check(strcmp(classes->names[k], classes->names[i]) != 0);
}

static void same_check(const struct ln_classes *a, const struct ln_classes *b) {
    check(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) check(strcmp(a->names[i], b->names[i]) == 0);
}

/* ---- classes.txt ---------------------------------------------------------------------------------------- */

static int read_names(struct ln_classes *classes, const void *data, size_t size) {
    char path[FUZZ_PATH];
    int fd = fuzz_file(data, size, path), status = ln_classes_read(classes, path, CLASSES_MOST);
    close(fd);
    return status;
}

static void written_check(const struct ln_classes *classes) {
    struct ln_classes second = {0};
    struct ln_text text = {0};
    for (size_t i = 0; i < classes->count; i++) {
        ln_text_add(&text, classes->names[i]);
        ln_text_add(&text, "\n");
    }
    check(!text.failed && read_names(&second, text.data, text.length) == LINNET_OK);
    same_check(classes, &second);
    ln_classes_fini(&second);
    ln_text_fini(&text);
}

static void file_check(const uint8_t *data, size_t size) {
    struct ln_classes classes = {0};
    ln_error_clear();
    int status = read_names(&classes, data, size);
    if (status == LINNET_OK) {
        check(classes.count > 0 && classes.count <= CLASSES_MOST);
        for (size_t i = 0; i < classes.count; i++) name_check(&classes, i);
        written_check(&classes);
    } else {
        fuzz_failed(status, "classes-name");
    }
    ln_classes_fini(&classes);
}

/* ---- folders -------------------------------------------------------------------------------------------- */

/* A folder's name holds every byte but NUL and '/'; those and '\n' separate the names here. */
static size_t split_words(const char *text, size_t size, struct ln_word *words) {
    size_t count = 0, begin = 0;
    for (size_t i = 0; i <= size && count < WORDS_MOST; i++) {
        if (i < size && text[i] != '\n' && text[i] != '\0' && text[i] != '/') continue;
        if (i > begin) words[count++] = (struct ln_word){text + begin, i - begin};
        begin = i + 1;
    }
    return count;
}

/* A name is found, or refused with a message. */
static void find_check(const struct ln_classes *classes, struct ln_word word) {
    int label = ln_classes_find(classes, word);
    ln_error_clear();
    check(label < (int)classes->count);
    if (label < 0)
        fuzz_failed(ln_classes_fail_unknown(classes, "data", "val", word), "data-class");
    else
        check(strlen(classes->names[label]) == word.length &&
              memcmp(classes->names[label], word.text, word.length) == 0);
}

static void spelt_check(struct ln_classes *classes) {
    struct ln_classes copy = {0};
    check(ln_classes_copy(&copy, (const char *const *)classes->names, classes->count) == LINNET_OK);
    ln_error_clear();
    int status = ln_classes_spell(&copy, "data");
    for (size_t i = 0; i < copy.count; i++) check(ln_class_is(copy.names[i], classes->names[i]));
    for (size_t i = 0; status == LINNET_OK && i < copy.count; i++) name_check(&copy, i);
    if (status != LINNET_OK) fuzz_failed(status, "classes-name");
    ln_classes_fini(&copy);
}

static void folders_check(const char *text, size_t size) {
    static struct ln_word words[WORDS_MOST];
    struct ln_classes classes = {0}, numbers = {0};
    const size_t count = split_words(text, size, words);
    ln_error_clear();
    int status = ln_classes_add_distinct(&classes, "data", words, count, CLASSES_MOST);
    if (status == LINNET_OK)
        for (size_t i = 0; i < count; i++) check(ln_classes_find(&classes, words[i]) >= 0);
    else
        fuzz_failed(status, "classes-most");
    for (size_t i = 0; i < count && i < SEARCHED; i++) {
        find_check(&classes, words[i]);
        find_check(&classes, (struct ln_word){words[i].text, words[i].length - words[i].length / 4});
    }
    spelt_check(&classes);
    check(ln_classes_number(&numbers, count) == LINNET_OK && numbers.count == count);
    ln_classes_fini(&numbers);
    ln_classes_fini(&classes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t live = ln_alloc_live();
    char *text = fuzz_text(data, size);
    file_check(data, size);
    folders_check(text, size);
    free(text);
    check(ln_alloc_live() == live);
    return 0;
}
