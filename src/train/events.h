/* TensorBoard's event files: the curves of a run, which can be watched while it trains.
 *
 * A file is a sequence of records, each a message Event of TensorFlow's event.proto in the wire format of
 * protocol buffers:
 *     8 bytes   length of the event, little-endian
 *     4 bytes   masked CRC-32C of those 8 bytes
 *     length    the event
 *     4 bytes   masked CRC-32C of the event
 * mask(c) = (c >> 15 | c << 17) + 0xA282EAD8. The first event is file_version "brain.Event:2". This is
 * TensorFlow's record format (its RecordWriter and crc32c::Mask).
 *
 * A record is appended after each epoch; TensorBoard follows a growing file. A resumed run begins a new file.
 * Its second event, SessionLog START, makes TensorBoard discard the records of older files from that epoch
 * on. This is needed because an epoch is logged before its checkpoint is written: a run that is killed in
 * between logs the epoch twice.
 */
#ifndef LN_TRAIN_EVENTS_H
#define LN_TRAIN_EVENTS_H

#include "train/run_folder.h"

struct ln_events {
    char *path; /* NULL: no file is written */
};

/* Creates dir/events.out.tfevents.SECONDS.HOST.PID.0 with the version record. resumed_at: the epoch at which a resumed
 * run continues, for the START record; 0: a new run. LINNET_ERR_IO, LINNET_ERR_LIMIT. */
LN_MUST_CHECK int ln_events_init(struct ln_events *events, const char *dir, int resumed_at);
/* Appends an epoch as scalars: loss/train, loss/val, acc/train, acc/val, lr, images_per_s, time_s. Without a watched
 * part, loss/val and acc/val are omitted. */
LN_MUST_CHECK int ln_events_epoch(const struct ln_events *events, int epoch, const struct ln_epoch *row);
/* Removes the file, for a run that ended before its first checkpoint. A zeroed struct is allowed. */
void ln_events_remove(const struct ln_events *events);
void ln_events_fini(struct ln_events *events); /* a zeroed struct is allowed */

#endif
