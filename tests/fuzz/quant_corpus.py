#!/usr/bin/env python3
"""Writes the seeds of fuzz_quant, corpus/quant/*: model files of a small network in 8 bits, well-formed and nearly so."""
import json
import pathlib
import struct

folder = pathlib.Path(__file__).parent / "corpus" / "quant"
NET = ("linnet 1\ninput 1x4x4\nc = conv(input) out=2 kernel=3\nr = relu(c)\np = maxpool(r) kernel=2\nf = flatten(p)\n"
       "l = linear(f) out=2\noutput l\n")
VALUES = {"input": ["s8", 0.02], "r": ["u8", 0.01], "p": ["u8", 0.01], "f": ["u8", 0.01]}
QUANT = {"method": "kl", "images": 8, "compared": 10, "correct": 9, "correct_f32": 9, "only": 1, "only_f32": 1, "values": VALUES}
PREPROCESS = {"width": 4, "height": 4, "channels": 1, "resize": 0, "interpolation": "bilinear", "mean": [0.5], "std": [0.5]}
METADATA = {"format": "pt", "linnet.arch": "custom", "linnet.classes": '["a", "b"]', "linnet.dtype": "f32", "linnet.net": NET,
            "linnet.preprocess": json.dumps(PREPROCESS)}
SCALES = struct.pack("<2f", 0.5, 0.25)
TENSORS = {"c.weight": ("I8", [2, 1, 3, 3], bytes(range(247, 256)) + bytes(range(9))), "c.weight.scale": ("F32", [2], SCALES),
           "c.bias": ("F32", [2], bytes(8)), "l.weight": ("I8", [2, 2], b"\x7f\x81\0\1"), "l.weight.scale": ("F32", [2], SCALES),
           "l.bias": ("F32", [2], bytes(8))}


def seed(name, quant=QUANT, tensors=None, **metadata):
    header, data = {"__metadata__": METADATA | metadata}, b""
    if quant is not None:
        header["__metadata__"]["linnet.quant"] = quant if isinstance(quant, str) else json.dumps(quant)
    for key, (dtype, shape, content) in (TENSORS | (tensors or {})).items():
        if content is not None:
            header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
            data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    (folder / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


def value(**changes):
    return QUANT | {"values": VALUES | changes}


folder.mkdir(parents=True, exist_ok=True)
seed("right")
seed("mixed", tensors={"c.weight": ("F32", [2, 1, 3, 3], bytes(72)), "c.weight.scale": ("F32", [2], None)})
seed("without", quant=None)
seed("text", quant="{")
seed("array", quant="[]")
seed("no-values", quant={key: item for key, item in QUANT.items() if key != "values"})
seed("no-method", quant=QUANT | {"method": 1})
seed("long-method", quant=QUANT | {"method": "m" * 99})
seed("counts", quant=QUANT | {"correct": 11})
seed("negative", quant=QUANT | {"only": -1})
seed("layer", quant=value(x=["u8", 1]))
seed("zero", quant=value(input=["u8", 0]))
seed("huge", quant=value(input=["u8", 1e99]))
seed("type", quant=value(input=["u4", 1]))
seed("short-value", quant=value(input=["u8"]))
seed("group", quant=value(p=["u8", 0.02]))
seed("no-input", quant=QUANT | {"values": {}})
seed("no-scales", tensors={"c.weight.scale": ("F32", [2], None)})
seed("scales-zero", tensors={"c.weight.scale": ("F32", [2], bytes(8))})
seed("scales-nan", tensors={"c.weight.scale": ("F32", [2], struct.pack("<2f", 1, float("nan")))})
seed("scales-few", tensors={"c.weight.scale": ("F32", [1], SCALES[:4])})
seed("scales-type", tensors={"c.weight.scale": ("F16", [2], SCALES[:4])})
seed("bias", tensors={"l.bias": ("I8", [2], b"\1\2")})
seed("shape", tensors={"l.weight": ("I8", [4], b"\1\2\3\4")})
seed("scales-of-rank-2", tensors={"c.weight.scale": ("F32", [2, 1], SCALES)})
seed("scales-of-nothing", tensors={"x.scale": ("F32", [2], SCALES)})
seed("scales-of-floats", tensors={"c.weight": ("F32", [2, 1, 3, 3], bytes(72))})
seed("scales-of-a-stranger", tensors={"y.scale": ("F32", [2], SCALES), "y": ("I8", [2], b"\1\2")})
seed("scales-of-a-long-name", tensors={"n" * 400 + ".scale": ("F32", [2], SCALES)})
seed("group-of-two-types", quant=value(p=["s8", 0.01]))
