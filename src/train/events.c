/* Event files. Scalars need only four small messages, so they are encoded here, without a protocol buffer
 * library. The record of an epoch, as bytes (docs: "Protocol Buffers, Encoding"):
 *
 *     09 ........                wall_time, field 1, 8 bytes
 *     10 03                      step, field 2, a varint: epoch 3
 *     2a nn                      summary, field 5, nn bytes:
 *       0a nn                      value, field 1, nn bytes:
 *         0a 0a loss/train           tag, field 1
 *         15 ....                    simple_value, field 2, 4 bytes
 */
#include "train/events.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A message under construction. Events with scalars need a few hundred bytes; a byte beyond the limit is dropped. */
struct message {
    unsigned char bytes[1024];
    size_t size;
};

/* ---- wire format ----------------------------------------------------------------------------------------- */

enum wire { VARINT = 0, FIXED_64 = 1, BYTES = 2, FIXED_32 = 5 };

static void add_byte(struct message *m, uint64_t byte) {
    if (m->size < sizeof m->bytes) m->bytes[m->size++] = (unsigned char)byte;
}

static void add_little_endian(struct message *m, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) add_byte(m, value >> 8 * i & 0xFF);
}

static void add_varint(struct message *m, uint64_t value) {
    for (; value >= 0x80; value >>= 7) add_byte(m, (value & 0x7F) | 0x80);
    add_byte(m, value);
}

static void add_key(struct message *m, int field, enum wire wire) {
    add_varint(m, (uint64_t)field << 3 | wire);
}

static void add_bytes(struct message *m, int field, const void *bytes, size_t size) {
    add_key(m, field, BYTES);
    add_varint(m, size);
    for (size_t i = 0; i < size; i++) add_byte(m, ((const unsigned char *)bytes)[i]);
}

static void add_double(struct message *m, int field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(m, field, FIXED_64);
    add_little_endian(m, bits, 8);
}

static void add_float(struct message *m, int field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(m, field, FIXED_32);
    add_little_endian(m, bits, 4);
}

/* ---- messages -------------------------------------------------------------------------------------------- */

/* Field numbers of TensorFlow's event.proto and summary.proto. */
enum {
    EVENT_WALL_TIME = 1,
    EVENT_STEP = 2,
    EVENT_FILE_VERSION = 3,
    EVENT_SUMMARY = 5,
    EVENT_SESSION_LOG = 7
};
enum { SESSION_STATUS = 1, SESSION_START = 1 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2 };

static struct message event_begin(int epoch) {
    struct message m = {.size = 0};
    add_double(&m, EVENT_WALL_TIME, ln_clock_unix());
    if (epoch > 0) {
        add_key(&m, EVENT_STEP, VARINT);
        add_varint(&m, (uint64_t)epoch);
    }
    return m;
}

static void add_scalar(struct message *summary, const char *tag, double number) {
    struct message value = {.size = 0};
    if (isnan(number)) return;
    add_bytes(&value, VALUE_TAG, tag, strlen(tag));
    add_float(&value, VALUE_SIMPLE, (float)number);
    add_bytes(summary, SUMMARY_VALUE, value.bytes, value.size);
}

/* ---- records --------------------------------------------------------------------------------------------- */

/* TFRecord's masked checksum: the CRC of data that contains a CRC would have weak spots (TensorFlow,
 * TFRecord). */
static uint32_t masked(const void *bytes, size_t size) {
    const uint32_t crc = ln_crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

static void add_record(struct message *records, const struct message *event) {
    struct message length = {.size = 0};
    add_little_endian(&length, event->size, 8);
    add_little_endian(&length, masked(length.bytes, 8), 4);
    for (size_t i = 0; i < length.size; i++) add_byte(records, length.bytes[i]);
    for (size_t i = 0; i < event->size; i++) add_byte(records, event->bytes[i]);
    add_little_endian(records, masked(event->bytes, event->size), 4);
}

/* The name that TensorBoard expects: it looks for "tfevents" and sorts files by their time. The host's name
 * may contain a slash only if it was set wrongly. */
static char *new_path(const char *dir) {
    char host[128] = "", name[256];
    if (gethostname(host, sizeof host - 1) != 0 || strchr(host, '/')) host[0] = '\0';
    snprintf(name, sizeof name, "events.out.tfevents.%lld.%s.%ld.0", (long long)ln_clock_unix(),
             host[0] ? host : "localhost", (long)getpid());
    return ln_file_join(dir, name);
}

int ln_events_init(struct ln_events *events, const char *dir, int resumed_at) {
    struct message records = {.size = 0}, version = event_begin(0), start = event_begin(resumed_at);
    const unsigned char status[] = {SESSION_STATUS << 3 | VARINT, SESSION_START};
    add_bytes(&version, EVENT_FILE_VERSION, "brain.Event:2", strlen("brain.Event:2"));
    add_record(&records, &version);
    add_bytes(&start, EVENT_SESSION_LOG, status, sizeof status);
    if (resumed_at > 0) add_record(&records, &start);
    *events = (struct ln_events){.path = new_path(dir)};
    return events->path ? ln_file_append(events->path, records.bytes, records.size) : LINNET_ERR_LIMIT;
}

int ln_events_epoch(const struct ln_events *events, int epoch, const struct ln_epoch *row) {
    struct message summary = {.size = 0}, event = event_begin(epoch), records = {.size = 0};
    if (!events->path) return LINNET_OK;
    add_scalar(&summary, "loss/train", row->train_loss);
    add_scalar(&summary, "loss/val", row->val_loss);
    add_scalar(&summary, "acc/train", row->train_acc);
    add_scalar(&summary, "acc/val", row->val_acc);
    add_scalar(&summary, "lr", row->lr);
    add_scalar(&summary, "images_per_s", row->images_per_s);
    add_scalar(&summary, "time_s", row->time_s);
    add_bytes(&event, EVENT_SUMMARY, summary.bytes, summary.size);
    add_record(&records, &event);
    return ln_file_append(events->path, records.bytes, records.size);
}

void ln_events_remove(const struct ln_events *events) {
    if (events->path) (void)unlink(events->path);
}

void ln_events_fini(struct ln_events *events) {
    ln_free(events->path);
    events->path = NULL;
}
