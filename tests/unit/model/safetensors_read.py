"""Reads a safetensors file with nothing but Python's own library and prints it, a line each: the offset of the data
modulo 64, metadata as key=value in JSON, then name, dtype, shape and the bytes in hexadecimal, in file order."""
import json
import struct
import sys

with open(sys.argv[1], "rb") as file:
    content = file.read()
(length,) = struct.unpack_from("<Q", content)
header = json.loads(content[8:8 + length].decode("utf-8"))
data = content[8 + length:]
print("data", (8 + length) % 64)
for key, value in header.pop("__metadata__", {}).items():
    print("meta", json.dumps([key, value]))
end = 0
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    begin, last = entry["data_offsets"]
    assert begin == end, (begin, end)
    end = last
    print("tensor", json.dumps(name), entry["dtype"], entry["shape"], data[begin:last].hex())
assert end == len(data), (end, len(data))
