"""same_weights.py A B: fails unless the tensors of two safetensors files are equal, bit by bit (their metadata may differ)."""
import json
import sys


def tensors(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return header, data[8 + length:]


sys.exit(0 if tensors(sys.argv[1]) == tensors(sys.argv[2]) else f"{sys.argv[1]} and {sys.argv[2]} differ")
