# Labels that are probably wrong.
load helper

# flipped FOLDER COUNT: the first COUNT images of Fashion-MNIST's training part, with one label in twenty changed. FOLDER/flips
# lists the indices of the changed labels. Skips the test if the data is not installed.
flipped() {
    [ -e /usr/share/datasets/fashion-mnist ] || skip "no dataset-fashion-mnist"
    python3 - "$1" "$2" <<'PYTHON'
import gzip, pathlib, random, struct, sys
source, folder, count = pathlib.Path("/usr/share/datasets/fashion-mnist"), pathlib.Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir()
def read(name):
    path = next(source.glob(name + "*"))
    return gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
images, labels = read("train-images-idx3-ubyte"), bytearray(read("train-labels-idx1-ubyte")[8:8 + count])
random.seed(3)
flips = random.sample(range(count), count // 20)
for i in flips:
    labels[i] = (labels[i] + random.randint(1, 9)) % 10
(folder / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, count, 28, 28) + images[16:16 + count * 784])
(folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, count) + labels)
(folder / "flips").write_text("\n".join(map(str, flips)) + "\n")
PYTHON
}

@test "5 % of the labels flipped: at least 80 % of them are in the first tenth" {
    flipped data 2000
    run --separate-stderr linnet clean data -m lenet5 --folds 3 --epochs 5 -o out
    [ "$status" -eq 0 ]
    [[ $output == *"of 2,000 are doubtful"* ]]
    [[ $output == *"written to out"* ]]
    [ -s out/label_issues.png ]
    python3 - <<'PYTHON'
import csv, re
flips = {int(line) for line in open("data/flips")}
rows = list(csv.DictReader(open("out/label_issues.csv", newline="")))
assert len(rows) == 2000 and [int(r["rank"]) for r in rows] == list(range(1, 2001))
numbers = [int(re.search(r"\[(\d+)\]", r["path"])[1]) for r in rows]
assert sorted(numbers) == list(range(2000))
found = len(flips & set(numbers[:200]))
print(f"# {found} of {len(flips)} in the first tenth")
assert found >= 0.8 * len(flips), found
confidence = [float(r["confidence"]) for r in rows]
assert confidence == sorted(confidence)
assert sum(r["named"] == "1" for r in rows[:200]) > sum(r["named"] == "1" for r in rows[200:400])
assert all(r["given"] != r["suggested"] for r in rows)
PYTHON
}

@test "a run: its network, its options, its images; the data is left as it is" {
    photos photos
    find photos -type f -exec sha256sum {} + >before
    linnet train photos -q --epochs 2 --imgsz 32 --opt adam --lr 0.001 --seed 4 --split 30,10,20 >/dev/null
    linnet clean runs/train --folds 2 --json >it.json
    json 'it["count"] == 60 and it["named"] == sum(i["named"] for i in it["images"]) and it["folder"] is None' <it.json
    json 'all(i["given"] != i["suggested"] for i in it["images"])' <it.json
    linnet clean runs/train --folds 2 --json --threads 1 -o out >/dev/null
    [ "$(cut -d, -f3 out/label_issues.csv | sort | uniq -c | awk '{print $2 "=" $1}' | sort | tr '\n' ' ')" = \
        "part=1 test=20 train=30 val=10 " ]
    find photos -type f -exec sha256sum {} + | cmp - before
    [ "$(ls runs/train | grep -c label_issues)" -eq 0 ]
}

@test "the same seed, the same ranking" {
    tiny_data data
    linnet clean data --folds 2 --epochs 1 --threads 1 -j 1 -o a >/dev/null
    linnet clean data --folds 2 --epochs 1 --threads 1 -j 3 -o b >/dev/null
    cmp a/label_issues.csv b/label_issues.csv
    linnet clean data --folds 2 --epochs 1 --threads 1 --seed 1 -o c >/dev/null
    run ! cmp -s a/label_issues.csv c/label_issues.csv
}

@test "wrong usage, and what is not there" {
    tiny_data data
    run --separate-stderr linnet clean data --folds 1
    one_error 2 'folds'
    run --separate-stderr linnet clean nothing
    one_error 3 'nothing'
    run --separate-stderr linnet clean data -m lenett
    one_error 2 'lenet'
    run --separate-stderr linnet clean data --limit 1 --folds 5
    one_error 2 '\[clean-folds\]'
}
