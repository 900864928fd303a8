/* Event files, read by the test's own decoder: framing, fields, and checksums by another algorithm. */
#include "train/events.h"

#include "shapes.h"

#include <math.h>
#include <time.h>

/* CRC-32C by long division of the message polynomial, most significant coefficient first. */
static uint32_t crc_by_division(const unsigned char *bytes, size_t size) {
    uint32_t remainder = 0, reflected = 0;
    for (size_t i = 0; i < 8 * (size + 4); i++) {
        uint32_t bit = i < 8 * size ? bytes[i / 8] >> i % 8 & 1 : 0;
        if (i < 32) bit ^= 1; /* the initial value is all ones */
        const uint32_t top = remainder >> 31;
        remainder = remainder << 1 | bit;
        if (top) remainder ^= 0x1EDC6F41;
    }
    for (int i = 0; i < 32; i++) reflected |= (remainder >> i & 1) << (31 - i);
    return ~reflected;
}

static uint32_t masked(const unsigned char *bytes, size_t size) {
    const uint32_t crc = crc_by_division(bytes, size);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

static uint64_t little_endian(const unsigned char *bytes, int count) {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

/* ---- a reader of messages ----------------------------------------------------------------------------- */

struct field {
    int number, wire;
    uint64_t value; /* of a varint or a fixed number; length of bytes */
    const unsigned char *bytes;
};

static uint64_t take_varint(const unsigned char **at) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        const unsigned char byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
    }
}

static struct field take_field(const unsigned char **at) {
    const uint64_t key = take_varint(at);
    struct field f = {.number = (int)(key >> 3), .wire = (int)(key & 7)};
    const int size = f.wire == 1 ? 8 : f.wire == 5 ? 4 : 0;
    f.value = size ? little_endian(*at, size) : take_varint(at);
    f.bytes = *at;
    *at += f.wire == 2 ? f.value : (uint64_t)size;
    return f;
}

/* One event as text: "3 loss/train=0.5 lr=0.1", "version brain.Event:2", "7 session 1". */
static void print_event(const unsigned char *event, size_t size, char *out) {
    const unsigned char *end = event + size;
    bool timed = false;
    *out = '\0';
    for (const unsigned char *at = event; at < end;) {
        const struct field f = take_field(&at);
        char *tail = out + strlen(out);
        if (f.number == 1) {
            double wall;
            memcpy(&wall, &f.value, 8);
            timed = f.wire == 1 && fabs(wall - (double)time(NULL)) < 100;
        } else if (f.number == 2)
            sprintf(tail, "%d", (int)f.value);
        else if (f.number == 3)
            sprintf(tail, "version %.*s", (int)f.value, (const char *)f.bytes);
        else if (f.number == 7)
            sprintf(tail, " session %d/%d", f.bytes[0], f.bytes[1]);
        else if (f.number == 5)
            for (const unsigned char *v = f.bytes; v < f.bytes + f.value;) {
                const struct field value = take_field(&v);
                const unsigned char *inner = value.bytes;
                const struct field tag = take_field(&inner), simple = take_field(&inner);
                float number;
                const uint32_t bits = (uint32_t)simple.value;
                memcpy(&number, &bits, 4);
                assert_true(tag.number == 1 && tag.wire == 2 && simple.number == 2 && simple.wire == 5);
                sprintf(out + strlen(out), " %.*s=%g", (int)tag.value, (const char *)tag.bytes,
                        (double)number);
            }
        else
            fail_msg("field %d", f.number);
    }
    assert_true(timed);
}

/* Writes all events of the file into out, one line each. */
static void read_events(const char *path, char *out) {
    unsigned char *data;
    size_t size, at = 0;
    assert_int_equal(ln_file_read(path, 1 << 20, &data, &size), LINNET_OK);
    *out = '\0';
    while (at < size) {
        const size_t length = little_endian(data + at, 8);
        assert_true(at + 16 + length <= size);
        assert_int_equal(little_endian(data + at + 8, 4), masked(data + at, 8));
        assert_int_equal(little_endian(data + at + 12 + length, 4), masked(data + at + 12, length));
        print_event(data + at + 12, length, out + strlen(out));
        strcat(out, "\n");
        at += 16 + length;
    }
    ln_free(data);
}

/* ---- cases -------------------------------------------------------------------------------------------- */

static const struct ln_epoch row = {.time_s = 12.5,
                                    .lr = 0.125,
                                    .train_loss = 0.5,
                                    .train_acc = 0.75,
                                    .val_loss = 0.25,
                                    .val_acc = 0.875,
                                    .images_per_s = 4000};

static void test_a_run(void **state) {
    const struct fixture *f = *state;
    struct ln_events events;
    struct ln_epoch unwatched = row;
    char text[4096];
    unwatched.val_loss = unwatched.val_acc = NAN;
    assert_int_equal(ln_events_init(&events, in(f, ""), 0), LINNET_OK);
    assert_non_null(strstr(ln_file_name(events.path), "events.out.tfevents."));
    assert_int_equal(ln_events_epoch(&events, 1, &row), LINNET_OK);
    assert_int_equal(ln_events_epoch(&events, 300, &unwatched), LINNET_OK);
    read_events(events.path, text);
    assert_string_equal(text, "version brain.Event:2\n"
                              "1 loss/train=0.5 loss/val=0.25 acc/train=0.75 acc/val=0.875 lr=0.125 "
                              "images_per_s=4000 time_s=12.5\n"
                              "300 loss/train=0.5 acc/train=0.75 lr=0.125 images_per_s=4000 time_s=12.5\n");
    ln_events_fini(&events);
}

/* The file of a resumed run names the epoch from which the records of the first file are discarded. */
static void test_resumed(void **state) {
    const struct fixture *f = *state;
    struct ln_events events;
    char text[4096];
    assert_int_equal(ln_events_init(&events, in(f, ""), 7), LINNET_OK);
    assert_int_equal(ln_events_epoch(&events, 7, &row), LINNET_OK);
    read_events(events.path, text);
    assert_memory_equal(text, "version brain.Event:2\n7 session 8/1\n7 loss/train", 48);
    ln_events_fini(&events);
}

static void test_off(void **state) {
    const struct ln_events off = {0};
    assert_int_equal(ln_events_epoch(&off, 1, &row), LINNET_OK);
}

static void test_no_folder(void **state) {
    const struct fixture *f = *state;
    struct ln_events events;
    assert_int_equal(ln_events_init(&events, in(f, "missing"), 0), LINNET_ERR_IO);
    assert_string_equal(ln_error_get()->code, "file-append");
    ln_error_clear();
    ln_events_fini(&events);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        fixture_test(test_a_run),
        fixture_test(test_resumed),
        cmocka_unit_test(test_off),
        fixture_test(test_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
