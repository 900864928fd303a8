# "I don't know": predict --min-conf, --unknown, --move-to.
load helper

# A run on drawn cats and dogs whose model file has a threshold for unknown images; once for all tests.
setup_file() {
    export RUN=$BATS_FILE_TMPDIR/runs/train
    cd "$BATS_FILE_TMPDIR" || exit 1
    photos photos
    linnet train photos -q -m lenet --imgsz 32 --epochs 4 --opt adam --lr 0.001 --split 30,20,10 --seed 1 --threads 1 >/dev/null
    python3 - noise.png <<'PYTHON'
import random, struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
random.seed(1)
rows = b"".join(b"\0" + bytes(random.randrange(256) for _ in range(3 * 32)) for _ in range(32))
with open(sys.argv[1], "wb") as out:
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)) +
              chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PYTHON
}

# metadata KEY=VALUE...: edits the metadata of the model file m.safetensors, a copy of the run's; an empty value removes the key
metadata() {
    cp "$RUN/best.safetensors" m.safetensors
    python3 - "$@" <<'PYTHON'
import json, struct, sys
data = open("m.safetensors", "rb").read()
length = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + length])
for pair in sys.argv[1:]:
    key, value = pair.split("=", 1)
    header["__metadata__"][key] = value
    if not value:
        del header["__metadata__"][key]
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open("m.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data[8 + length:])
PYTHON
}

@test "training stores a threshold; at most 5 % of the validation images are above it" {
    linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos" --json >all.json
    python3 - "$RUN" <<'PYTHON'
import csv, json, math, struct, sys
data = open(sys.argv[1] + "/best.safetensors", "rb").read()
metadata = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]
threshold, t = float(metadata["linnet.unknown_energy"]), float(metadata.get("linnet.temperature", 1))
val = {row["path"] for row in csv.DictReader(open(sys.argv[1] + "/split.csv")) if row["part"] == "val"}
found = {"/".join(row["path"].split("/")[-2:]): row for row in json.load(open("all.json"))}
assert len(val) == 20 and sum(found[path]["energy"] > threshold + 1e-6 for path in val) == 1
for row in found.values():
    assert abs(row["energy"] - threshold) < 1e-6 or row["unknown"] == (row["energy"] > threshold)
PYTHON
    linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos/cat/1.png" --json --logits >logits.json
    python3 - "$RUN" <<'PYTHON'
import json, math, struct, sys
data = open(sys.argv[1] + "/best.safetensors", "rb").read()
metadata = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]
t = float(metadata.get("linnet.temperature", 1))
row = json.load(open("logits.json"))[0]
assert abs(row["energy"] + t * math.log(sum(math.exp(z / t) for z in row["logits"]))) < 1e-5
PYTHON
}

@test "--min-conf: below it the class is unsure, in the table, CSV and JSON" {
    linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos" --json >plain.json
    cut=$(python3 -c 'import json; p = sorted(r["probability"] for r in json.load(open("plain.json"))); print((p[29] + p[30]) / 2)')
    linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos" --min-conf "$cut" --json >it.json
    linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos" --min-conf "$cut" -o it.csv >/dev/null
    [ "$(linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos" --min-conf "$cut" | grep -c ' unsure ')" -eq 30 ]
    [ "$(head -1 it.csv)" = path,label,predicted,probability,cat,dog ]
    [ "$(cut -d, -f3 it.csv | grep -cx unsure)" -eq 30 ]
    python3 - "$cut" <<'PYTHON'
import json, sys
for plain, row in zip(json.load(open("plain.json")), json.load(open("it.json"))):
    assert row["predicted"] == ("unsure" if row["probability"] < float(sys.argv[1]) else plain["predicted"])
    assert row["top"] == plain["top"] and row["probabilities"] == plain["probabilities"]
PYTHON
    run --separate-stderr linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos" --min-conf 1.5
    one_error 2 'min-conf'
}

@test "--unknown: pictures above the threshold are unsure; CSV has energy and unknown" {
    metadata linnet.unknown_energy=-1e9
    linnet predict m.safetensors "$BATS_FILE_TMPDIR/photos/cat" -o plain.csv >/dev/null
    [ "$(cut -d, -f3 plain.csv | grep -cx unsure)" -eq 0 ]
    linnet predict m.safetensors "$BATS_FILE_TMPDIR/photos/cat" --unknown -o it.csv >/dev/null
    [ "$(head -1 it.csv)" = path,label,predicted,probability,cat,dog,energy,unknown ]
    [ "$(cut -d, -f3 it.csv | grep -cx unsure)" -eq 30 ]
    [ "$(cut -d, -f8 it.csv | grep -cx 1)" -eq 30 ]
    metadata linnet.unknown_energy=
    linnet predict m.safetensors "$BATS_FILE_TMPDIR/noise.png" --json | json 'it[0]["unknown"] is None'
    run --separate-stderr linnet predict m.safetensors "$BATS_FILE_TMPDIR/noise.png" --unknown
    one_error 2 'no threshold for unknown images'
}

@test "--move-to: copies in class folders and unsure, sources untouched" {
    cp -r "$BATS_FILE_TMPDIR/photos" photos
    cp "$BATS_FILE_TMPDIR/noise.png" photos/
    echo "no picture" >photos/bad.jpg
    find photos -type f -exec sha256sum {} + | sort >before
    linnet predict "$RUN" photos/cat photos/dog photos/noise.png --json --min-conf 0.9 >it.json
    run --separate-stderr linnet predict "$RUN" photos --min-conf 0.9 --move-to sorted
    [ "$status" -eq 3 ]
    [[ $stderr == *bad.jpg* ]]
    [[ $output == *"sorted: 61 copies"* ]]
    find photos -type f -exec sha256sum {} + | sort | cmp - before
    [ "$(find sorted -type f | wc -l)" -eq 61 ]
    [ -z "$(find sorted -name '.*' -type f)" ]
    python3 - <<'PYTHON'
import json, pathlib
wanted = {"cat": 0, "dog": 0, "unsure": 0}
for row in json.load(open("it.json")):
    wanted[row["predicted"]] += 1
    source = pathlib.Path(row["path"]).read_bytes()
    assert any(source == p.read_bytes() for p in pathlib.Path("sorted", row["predicted"]).iterdir()), row
assert wanted == {name: len(list(pathlib.Path("sorted", name).glob("*"))) for name in wanted}, wanted
PYTHON
    # Once more: nothing is copied twice.
    run --separate-stderr linnet predict "$RUN" photos/cat --min-conf 0.9 --move-to sorted
    [[ $output == *"sorted: 0 copies, 30 unsure; 30 were there already"* ]]
    [ "$(find sorted -type f | wc -l)" -eq 61 ]
}

@test "--move-to never overwrites: a name that is taken gets a number" {
    metadata linnet.temperature=
    mkdir a b
    cp "$BATS_FILE_TMPDIR/photos/cat/1.png" a/photo.png
    cp "$BATS_FILE_TMPDIR/photos/cat/2.png" b/photo.png
    mkdir -p out/unsure
    echo mine >out/unsure/photo.png
    linnet predict m.safetensors a b --min-conf 1 --move-to out >/dev/null
    [ "$(cat out/unsure/photo.png)" = mine ]
    cmp a/photo.png out/unsure/photo-2.png
    cmp b/photo.png out/unsure/photo-3.png
    [ "$(find out -type f | wc -l)" -eq 3 ]
}

@test "--move-to: hostile class names stay inside the folder" {
    metadata 'linnet.classes=["../../evil", "unsure"]'
    linnet predict m.safetensors "$BATS_FILE_TMPDIR/photos" --move-to deep/er 2>&1 | grep -q 'deep/er: cannot make the folder'
    mkdir deep
    linnet predict m.safetensors "$BATS_FILE_TMPDIR/photos" --move-to deep/er >/dev/null
    [ ! -e evil ] && [ ! -e ../evil ] && [ ! -e deep/evil ]
    [ "$(find deep -type f | wc -l)" -eq "$(find deep/er -mindepth 2 -type f | wc -l)" ]
    [ "$(find deep/er -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')" = "_._.._evil_0 unsure_1 " ]
    metadata 'linnet.classes=["\u001b[31m", ""]'
    linnet predict m.safetensors "$BATS_FILE_TMPDIR/photos" --move-to here >/dev/null
    [ "$(find here -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')" = "_1 _x1b[31m_0 " ]
}

@test "--move-to: a folder that cannot be written ends the copies, with one line and status 4" {
    mkdir out
    echo file >out/cat
    echo file >out/dog
    run --separate-stderr linnet predict "$RUN" "$BATS_FILE_TMPDIR/photos" --json --move-to out
    [ "$status" -eq 4 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"out/"*"cannot make the folder"* ]]
    [ "$(cat out/cat)" = file ]
}

@test "--move-to: a copy that cannot be completed is not there at all" {
    run --separate-stderr bash -c 'ulimit -f 1; exec "$LINNET" predict "$@"' - "$RUN" "$BATS_FILE_TMPDIR/noise.png" --json --move-to out
    [ "$status" -eq 4 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"noise.png: copy: File too large; nothing was overwritten [predict-move]" ]]
    [ -z "$(find out -type f)" ]
}
