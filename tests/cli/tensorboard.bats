# TensorBoard's event files.
load helper

# The scalars in the event files of $1 are results.csv's, epoch by epoch.
agree() {
    python3 "$here/read_events.py" "$1" >events.json
    python3 - "$1/results.csv" <<'PYTHON'
import csv, json, math, sys
events = json.load(open("events.json"))
rows = list(csv.DictReader(open(sys.argv[1])))
tags = {"loss/train": "train_loss", "loss/val": "val_loss", "acc/train": "train_acc", "acc/val": "val_acc", "lr": "lr",
        "images_per_s": "images_per_s", "time_s": "time_s"}
assert set(events) == set(tags), events.keys()
for tag, column in tags.items():
    assert list(events[tag]) == [row["epoch"] for row in rows], (tag, events[tag])
    for row in rows:
        got, want = events[tag][row["epoch"]], float(row[column])
        assert math.isclose(got, want, rel_tol=1e-3, abs_tol=1e-3 if tag == "time_s" else 1e-9), (tag, got, want)
PYTHON
}

@test "each epoch's figures, with checksums; without the flag no file" {
    tiny_data data
    linnet train data -q --epochs 3 --split 80,20 --tensorboard >/dev/null
    agree runs/train
    python3 -c 'import json; assert json.load(open("runs/train/args.json"))["tensorboard"] is True'
    linnet train data -q --epochs 1 >/dev/null
    run ! ls runs/train2/events.out.tfevents.*
}

@test "a resumed run begins a new file, and both together are the whole run" {
    tiny_data data
    "$LINNET" train data -q --epochs 60 --split 80,20 --tensorboard >/dev/null &
    pid=$!
    until [ "$(wc -l 2>/dev/null <runs/train/results.csv)" -ge 3 ] 2>/dev/null; do sleep 0.02; done
    kill -INT $pid
    wait $pid || [ $? -eq 130 ]
    [ "$(wc -l <runs/train/results.csv)" -lt 61 ]
    sleep 1 # the files are named by the second
    linnet resume runs/train -q >/dev/null
    [ "$(ls runs/train/events.out.tfevents.* | wc -l)" -eq 2 ]
    agree runs/train
}

@test "a folder that cannot be written" {
    tiny_data data
    run --separate-stderr bash -c 'ulimit -f 0; "$LINNET" train data -q --epochs 1 --tensorboard'
    [ "$status" -eq 4 ]
}
