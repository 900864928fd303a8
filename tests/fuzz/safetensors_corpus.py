#!/usr/bin/env python3
"""Writes the seeds of fuzz_safetensors, corpus/safetensors/*: small files, well-formed and nearly so."""
import json
import pathlib
import struct

folder = pathlib.Path(__file__).parent / "corpus" / "safetensors"


def seed(name, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    size = struct.pack("<Q", len(text) if length is None else length)
    (folder / name).write_bytes(size + text + data)


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


folder.mkdir(parents=True, exist_ok=True)
seed("empty", {})
seed("scalar", {"a": entry("F32", [], 0, 4)}, bytes(4))
seed("types", {
    "f64": entry("F64", [1], 0, 8), "f32": entry("F32", [2], 8, 16), "f16": entry("F16", [2], 16, 20),
    "bf16": entry("BF16", [1, 2], 20, 24), "i64": entry("I64", [], 24, 32), "i32": entry("I32", [1], 32, 36),
    "i16": entry("I16", [1], 36, 38), "i8": entry("I8", [1], 38, 39), "u8": entry("U8", [1], 39, 40),
    "bool": entry("BOOL", [1], 40, 41), "none": entry("F32", [0, 5], 41, 41)}, bytes(range(41)))
seed("metadata", {"__metadata__": {"format": "pt", "net": "input 1 28 28\nconv 6 5\n"}, "w": entry("F16", [2], 0, 4)},
     b"\x01\x00\xff\x7f")
seed("padded", b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   ', b"x")
seed("order", {"b": entry("U8", [2], 2, 4), "a": entry("U8", [2], 0, 2)}, b"abcd")
seed("escapes", b'{"\\u00e9\\ud83d\\ude00\\"\\\\":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x")
seed("rank8", {"a": entry("I8", [1, 1, 1, 1, 1, 1, 1, 2], 0, 2)}, b"ab")
seed("hole", {"a": entry("U8", [1], 0, 1), "b": entry("U8", [1], 2, 3)}, b"abc")
seed("overlap", {"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 1, 3)}, b"abc")
seed("duplicate", b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":1}', b"x")
seed("deep", b'{"a":' + b"[" * 40 + b"]" * 40 + b"}")
seed("huge", {"a": entry("F64", [2**62, 4], 0, 8)}, bytes(8))
seed("length", {}, length=2**64 - 1)
seed("short", {"a": entry("F32", [4], 0, 16)}, bytes(15))
(folder / "nothing").write_bytes(b"")
