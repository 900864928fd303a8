# Classes of unequal size: the hint, --class-weights, --sampler balanced.
load helper

# unequal FOLDER: 30 cats and 6 dogs
unequal() {
    photos "$1"
    find "$1"/dog -name '[6-9].png' -o -path "*/dog/*" -name '[1-9][0-9].png' | xargs rm
}

small=(--imgsz 32 -m lenet --opt adam --lr 0.001 --epochs 3 --split 24,6,6 --stratify --threads 1 -j 1)

@test "a hint where classes differ by more than three times, and none otherwise" {
    photos equal
    run --separate-stderr linnet train equal "${small[@]}" --epochs 1
    [[ $output != *"classes differ"* ]]
    unequal photos
    run --separate-stderr linnet train photos "${small[@]}" --epochs 1
    [ "$status" -eq 0 ]
    [[ $output == *"classes differ in size, from 4 images (dog) to 20 (cat)"* ]]
    run --separate-stderr linnet train photos "${small[@]}" --epochs 1 --sampler balanced
    [[ $output != *"classes differ"* ]]
    run --separate-stderr linnet train photos "${small[@]}" --epochs 1 --class-weights auto
    [[ $output != *"classes differ"* ]]
    json 'it["class_weights"] == "auto" and it["sampler"] == "shuffle"' <runs/train4/args.json
}

@test "weights of auto, as a list and in a file are the same training; others are another" {
    unequal photos
    linnet train photos "${small[@]}" -q --name auto --class-weights auto >/dev/null
    linnet train photos "${small[@]}" -q --name list --class-weights 0.6,3 >/dev/null # 24 / (2 * 20), 24 / (2 * 4)
    printf 'class,weight\ndog,3\ncat,0.6\n' >w.csv
    linnet train photos "${small[@]}" -q --name file --class-weights w.csv >/dev/null
    json 'it["class_weights"] == "0.600000024,3"' <runs/file/args.json # a resumed run needs no file
    linnet train photos "${small[@]}" -q --name none >/dev/null
    linnet train photos "${small[@]}" -q --name ones --class-weights 2,2 >/dev/null
    python3 "$here/same_weights.py" runs/auto/best.safetensors runs/list/best.safetensors
    python3 "$here/same_weights.py" runs/auto/best.safetensors runs/file/best.safetensors
    run ! python3 "$here/same_weights.py" runs/auto/best.safetensors runs/none/best.safetensors
}

@test "a balanced, weighted run that is stopped goes on to the same bits" {
    unequal photos
    more=("${small[@]}" --epochs 4 --sampler balanced --class-weights 1,1.5 --augment light)
    linnet train photos "${more[@]}" -q --name whole >/dev/null
    cp -r runs/whole runs/kept
    "$LINNET" train photos "${more[@]}" --epochs 4 --name cut >out 2>&1 &
    pid=$!
    for _ in {1..300}; do
        [ -e runs/cut/last.safetensors ] && break
        sleep 0.02
    done
    kill -9 $pid || true
    wait $pid || true
    [ -e runs/cut/metrics.json ] || linnet resume runs/cut -q >/dev/null
    cmp runs/whole/best.safetensors runs/cut/best.safetensors
    cmp runs/whole/last.safetensors runs/cut/last.safetensors
}

@test "wrong weights, wrong sampler" {
    unequal photos
    run --separate-stderr linnet train photos "${small[@]}" -q --class-weights 1,2,3
    one_error 2 "class weights '1,2,3': must be 2 numbers.*\\[class-weights\\]"
    run --separate-stderr linnet train photos "${small[@]}" -q --class-weights gone.csv
    one_error 3 'gone.csv'
    printf 'cat,1\ncow,2\n' >w.csv
    run --separate-stderr linnet train photos "${small[@]}" -q --class-weights w.csv
    one_error 3 "w.csv: line 2: there is no class 'cow'"
    run --separate-stderr linnet train photos "${small[@]}" -q --sampler balance
    one_error 2 'balanced'
}
