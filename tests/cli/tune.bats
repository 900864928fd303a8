# Successive halving.
load helper

pid=

teardown() {
    kill -9 $pid 2>/dev/null || true
}

# tune FLAGS...: a search of 39 short trainings
tune() {
    linnet tune data -m lenet5 --split 180,60 --limit 80 --time 600s --epochs 1 --threads 1 -j 1 "$@"
}

@test "three rounds, the defaults among the candidates, a command line that trains" {
    tiny_data data
    tune --json >it.json
    json '{t["round"] for t in it["trials"]} == {1, 2, 3} and it["folder"] == "runs/tune"' <it.json
    json '[sum(t["round"] == r for t in it["trials"]) for r in (1, 2, 3)] == [27, 9, 3]' <it.json
    json 'any(t["defaults"] for t in it["trials"])' <it.json
    json '[(-t["round"], -t["val_acc"]) for t in it["trials"]] == sorted((-t["round"], -t["val_acc"]) for t in it["trials"])' <it.json
    json 'len({t["augment"] for t in it["trials"]}) == 5 and len({t["lr"] for t in it["trials"]}) > 20' <it.json
    json 'all(0.0002 <= t["lr"] <= 0.02 for t in it["trials"])' <it.json
    command=$(python3 -c 'import json; print(json.load(open("it.json"))["command"])')
    [[ $command == "linnet train data -m lenet5 --opt adamw --lr "*" --split 180,60 --limit 80"* ]]
    $command -q --epochs 1 >/dev/null
    # The same command once more only shows the outcome.
    cp runs/tune/trials.csv before
    run --separate-stderr tune
    [ "$status" -eq 0 ]
    [[ $output == *"best:"*"linnet train data -m lenet5"* ]]
    cmp before runs/tune/trials.csv
}

@test "killed, and started once more: goes on where it was" {
    tiny_data data
    "$LINNET" tune data -m lenet5 --split 180,60 --limit 80 --time 600s --epochs 1 --threads 1 -j 1 >out 2>err &
    pid=$!
    for _ in {1..300}; do
        [ "$(cat runs/tune/trials.csv 2>/dev/null | wc -l)" -ge 6 ] && break
        sleep 0.05
    done
    kill -9 $pid
    wait $pid || true
    cp runs/tune/trials.csv before
    tune >/dev/null
    [ "$(wc -l <runs/tune/trials.csv)" -gt "$(wc -l <before)" ]
    head -n "$(wc -l <before)" runs/tune/trials.csv | cmp - before
    mv runs whole
    tune >/dev/null
    cut -d, -f1-5,7- runs/tune/trials.csv >a
    cut -d, -f1-5,7- whole/tune/trials.csv | cmp - a
    [ "$(tail -n +3 runs/tune/trials.csv | cut -d, -f1,2 | sort | uniq -d | wc -l)" -eq 0 ]
}

@test "what is given is not searched; a rate that diverges is a finding" {
    tiny_data data
    tune --augment none --lr 0.003 --dir here --json | json '{(t["lr"], t["augment"]) for t in it["trials"]} == {(0.003, "none")}'
    tune -m lenet --opt adamw --lr 1e6 --epochs 2 --dir there >out 2>/dev/null
    grep -q "all trainings diverged" out
}

@test "another search in the folder, no validation part, wrong usage" {
    tiny_data data
    tune >/dev/null
    run --separate-stderr tune --augment none
    one_error 2 'runs/tune/trials.csv: belongs to a search with other data or flags; name another folder with --dir'
    mkdir own
    echo mine >own/trials.csv
    run --separate-stderr tune --dir own
    one_error 2 'own/trials.csv: was not written by linnet tune'
    [ "$(cat own/trials.csv)" = mine ]
    run --separate-stderr linnet tune data --time 4s
    one_error 2 'tune-validation'
    run --separate-stderr linnet tune data --time soon
    one_error 2 'time'
    run --separate-stderr linnet tune nothing
    one_error 3 'nothing'
}

@test "photos: candidate 0 is the automatic recipe; a continued search has its sizes, whatever the speed is now" {
    photos data
    photo_tune() {
        linnet tune data --split 8,8 --epochs 1 --time 1s --threads 1 -j 1 --json "$@"
    }
    photo_tune >it.json
    json 'it["command"].startswith("linnet train data -m resnet18") and " --opt adamw --lr " in it["command"]' <it.json
    json 'all(w in it["command"] for w in (" --decay-weights", " --label-smoothing 0.1", " --split 8,8"))' <it.json
    sed -i '2s/.*/# pixels 112,96,80,/' runs/tune/trials.csv
    photo_tune >it.json
    json '[t["imgsz"] for t in it["trials"] if t["defaults"]][0] == 112' <it.json
    sed -i '2s/.*/# pixels 112,x,/' runs/tune/trials.csv
    run --separate-stderr photo_tune
    one_error 2 'has no line of sizes that can be read'
}

@test "the recipe that is given is the one that is searched around" {
    tiny_data data
    tune --recipe fast --time 1s --json >it.json # half an epoch of warm-up in five
    json '"--epochs 1 " in it["command"] and " --warmup-epochs 0.1 " in it["command"]' <it.json
}
