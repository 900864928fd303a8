"""read_events.py FOLDER: the event files of a run, as JSON, {"tag": {"epoch": value}}. Lengths and checksums are verified.
From the epoch of its START record on, a later file replaces the values of earlier ones. If the tensorboard package is
installed, its own reader must give the same values."""
import glob
import json
import os
import struct
import sys


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = crc32c_table()


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        length, check = struct.unpack_from("<QI", data, at)
        assert check == masked_crc(data[at:at + 8]), f"{path}: length at byte {at}"
        event = data[at + 12:at + 12 + length]
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked_crc(event), f"{path}: event at byte {at}"
        yield event
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value) of a message: bytes, or the number of a varint, double or float."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            form, size = {1: ("<d", 8), 5: ("<f", 4)}[wire]
            value, at = struct.unpack_from(form, data, at)[0], at + size
        yield number, value


def read(folder):
    scalars = {}
    for path in sorted(glob.glob(os.path.join(folder, "events.out.tfevents.*"))):
        for i, event in enumerate(records(path)):
            event = dict(fields(event))
            assert event[1] > 1e9, "wall time"
            assert i > 0 or event[3] == b"brain.Event:2", path
            if 7 in event:  # SessionLog START
                assert dict(fields(event[7])) == {1: 1}
                scalars = {tag: {e: v for e, v in s.items() if e < event[2]} for tag, s in scalars.items()}
            for _, value in fields(event.get(5, b"")):
                value = dict(fields(value))
                scalars.setdefault(value[1].decode(), {})[event[2]] = value[2]
    return scalars


def read_with_tensorboard(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    accumulator = EventAccumulator(folder)
    accumulator.Reload()
    return {tag: {s.step: s.value for s in accumulator.Scalars(tag)} for tag in accumulator.Tags()["scalars"]}


found = read(sys.argv[1])
try:
    assert read_with_tensorboard(sys.argv[1]) == found
except ImportError:
    pass
json.dump(found, sys.stdout)
