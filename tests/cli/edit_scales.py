"""edit_scales.py FILE EDIT OUT: a copy of a model file in 8 bits with a fault in its scales."""
import json, struct, sys

path, edit, out = sys.argv[1:]
data = open(path, "rb").read()
length = struct.unpack("<Q", data[:8])[0]
header, body = json.loads(data[8:8 + length]), bytearray(data[8 + length:])
name = next(n for n in header if n.endswith(".scale"))
begin, end = header[name]["data_offsets"]
quant = json.loads(header["__metadata__"]["linnet.quant"])
first = next(iter(quant["values"]))
if edit in ("nan", "zero", "negative"):
    body[begin:begin + 4] = struct.pack("<f", {"nan": float("nan"), "zero": 0.0, "negative": -1.0}[edit])
elif edit == "missing":
    header[name + "d"] = header.pop(name)
elif edit == "short":
    header[name]["shape"] = [1, header[name]["shape"][0]]
elif edit == "values-missing":
    del quant["values"][first]
elif edit == "values-unknown":
    quant["values"]["nowhere"] = ["u8", 1]
elif edit == "values-zero":
    quant["values"][first][1] = 0
if edit == "metadata":
    del header["__metadata__"]["linnet.quant"]
else:
    header["__metadata__"]["linnet.quant"] = json.dumps(quant)
text = json.dumps(header).encode()
open(out, "wb").write(struct.pack("<Q", len(text)) + text + body)
