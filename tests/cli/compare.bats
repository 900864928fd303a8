# Runs side by side.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    cd "$BATS_FILE_TMPDIR" || exit 1
    "$LINNET" train data -q --epochs 2 --opt adam --lr 0.001 --split 80,20 --name first >/dev/null
    "$LINNET" train data -q --epochs 1 --opt adam --lr 0.0002 --split 80,20 --name second -m lenet5 >/dev/null
    "$LINNET" train data -q --epochs 1 --limit 20 --name other >/dev/null
    "$LINNET" train data -q --epochs 1 --split 80,20 --name first-again --seed 1 >/dev/null
    export RUNS=$BATS_FILE_TMPDIR/runs
}

@test "a table of what was trained and how good it is, and McNemar's test in words" {
    run --separate-stderr linnet compare "$RUNS"/first "$RUNS"/second "$RUNS"/other
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    grep -Eq 'first +lenet +28 +281,034 +2 ' <<<"$output"
    grep -Eq 'second +lenet5 +32 +61,706 +1 ' <<<"$output"
    grep -Eq 'first +[0-9.]+% \([0-9.]+-[0-9.]+\) +[0-9.]+% \([0-9.]+-[0-9.]+\) +60 +[0-9.]+ +[0-9.]+$' <<<"$output"
    [[ $output == *"has the highest test accuracy"* ]]
    grep -Eq '(first|second): (worse|too close to call): [0-9]+ against [0-9]+ images \(p ' <<<"$output"
    grep -Eq 'not compared: it was tested on other images' <<<"$output"
}

@test "--json and -o: the figures of metrics.json, and the test of the two predictions.csv" {
    linnet compare "$RUNS"/first "$RUNS"/second --json -o table.csv >it.json
    python3 - "$RUNS" <<'PYTHON'
import csv, json, math, sys
runs = ["first", "second"]
it = json.load(open("it.json"))
table = list(csv.DictReader(open("table.csv", newline="")))
right = {}
for i, name in enumerate(runs):
    folder = f"{sys.argv[1]}/{name}"
    metrics = json.load(open(folder + "/metrics.json"))
    got = it["runs"][i]
    for ours, theirs in (("test_acc", "acc"), ("test_loss", "loss"), ("test_ece", "ece"), ("test_count", "count"),
                         ("test_acc_low", "acc_low"), ("test_acc_high", "acc_high")):
        assert abs(got[ours] - metrics[theirs]) < 1e-8, (name, ours)
        assert abs(float(table[i][ours]) - metrics[theirs]) < 1e-8
    rows = list(csv.DictReader(open(folder + "/results.csv")))
    best = max(rows, key=lambda r: (float(r["val_acc"]), -float(r["val_loss"])))
    assert got["epochs"] == len(rows) and got["best_epoch"] == int(best["epoch"])
    assert abs(got["val_acc"] - float(best["val_acc"])) < 1e-8 and got["val_count"] == 48
    right[folder] = [r["label"] == r["predicted"] for r in csv.DictReader(open(folder + "/predictions.csv"))]
pair = it["mcnemar"][0]
best, other = right[pair["best"]], right[pair["other"]]
b = sum(x and not y for x, y in zip(best, other))
c = sum(y and not x for x, y in zip(best, other))
p = min(1, 2 * sum(math.comb(b + c, k) for k in range(min(b, c) + 1)) / 2 ** (b + c))
assert (pair["best_only"], pair["other_only"]) == (b, c) and abs(pair["p"] - p) < 1e-9
assert sum(best) >= sum(other)
PYTHON
}

@test "one run alone, a run without a test part, a run that is not done" {
    run linnet compare "$RUNS"/first
    [ "$status" -eq 0 ]
    [[ $output != *McNemar* ]]
    photos photos
    linnet train photos -q --epochs 1 --imgsz 32 --split 40,20,0 >/dev/null
    run linnet compare runs/train "$RUNS"/first
    [ "$status" -eq 0 ]
    [[ $output == *"runs/train: not tested"* ]]
    cp -r "$RUNS"/first half
    head -1 "$RUNS"/first/results.csv >half/results.csv
    run --separate-stderr linnet compare half
    one_error 3 'half: results.csv has no epoch yet.*\[run-results\]'
}

@test "what is no run" {
    run --separate-stderr linnet compare nothing
    one_error 3 'nothing/args.json'
    run --separate-stderr linnet compare
    one_error 2 'compare'
    cp -r "$RUNS"/first broken
    echo 'a,"b' >broken/predictions.csv
    run --separate-stderr linnet compare broken
    one_error 3 'broken/predictions.csv: .*\[csv-row\]'
    echo '{' >broken/metrics.json
    run --separate-stderr linnet compare broken
    one_error 3 'broken/metrics.json: .*\[run-metrics\]'
}
