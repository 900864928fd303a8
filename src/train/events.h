/* TensorBoard's event files: a run's curves, to be watched while it trains.
 *
 * A file is a row of records, each a message Event of TensorFlow's event.proto in the wire
 * format of protocol buffers:
 *     8 bytes   length of the event, little-endian
 *     4 bytes   masked CRC-32C of those 8 bytes
 *     length    the event
 *     4 bytes   masked CRC-32C of the event
 * mask(c) = (c >> 15 | c << 17) + 0xA282EAD8. The first event is file_version "brain.Event:2". This is
 * TensorFlow's record format (its RecordWriter and crc32c::Mask).
 *
 * Records are appended as epochs end, because TensorBoard follows a file that grows. A run that is resumed
 * begins a new file, whose second event, SessionLog START, makes TensorBoard drop what older files say of the
 * same epochs: an epoch is logged before its checkpoint is written, so a run that is killed in between logs it
 * once more.
 */
#ifndef LN_TRAIN_EVENTS_H
#define LN_TRAIN_EVENTS_H

#include "train/run_folder.h"

struct ln_events {
    char *path; /* NULL: nothing is written */
};

/* Makes dir/events.out.tfevents.SECONDS.HOST.PID.0 with the version. resumed_at: the epoch at which a resumed run
 * continues, for the START record; 0: a new run. LINNET_ERR_IO, LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_events_init(struct ln_events *events, const char *dir, int resumed_at);
/* Appends an epoch as scalars: loss/train, loss/val, acc/train, acc/val, lr, images_per_s, time_s. Those of
 * what was not watched are left out. */
LN_MUST_CHECK int ln_events_epoch(const struct ln_events *events, int epoch, const struct ln_epoch *row);
void ln_events_fini(struct ln_events *events); /* a zeroed one is fine */

#endif
