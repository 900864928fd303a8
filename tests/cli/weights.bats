#!/usr/bin/env bats
# linnet weights, and --weights: the cache, downloads from a local server, and their failures.
load helper

setup_file() {
    python3 "$BATS_TEST_DIRNAME/make_weights.py" "$BATS_FILE_TMPDIR/resnet18-f37072fd.pth"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || exit 1
    export XDG_CACHE_HOME=$PWD/cache HOME=$PWD/home
    unset LINNET_WEIGHTS_URL http_proxy https_proxy all_proxy
    cache=$PWD/cache/linnet
    name=resnet18-f37072fd.pth
    truth=$BATS_FILE_TMPDIR/$name
    server=
}

teardown() {
    [ -z "$server" ] || kill "$server"
}

# serve FOLDER [FLAG...]: starts a server; its address is $url, its log ./log
serve() {
    python3 "$BATS_TEST_DIRNAME/range_server.py" "$1" log "${@:2}" >port 3>&- &
    server=$!
    for _ in {1..200}; do [ -s port ] && break; sleep 0.05; done
    url=http://127.0.0.1:$(cat port)
}

fetched() {
    [ "$status" -eq 0 ] || { echo "status $status: $stderr"; return 1; }
    [ "$output" = "$cache/$name" ]
    [ -z "$stderr" ]
    cmp "$truth" "$cache/$name"
    [ "$(ls "$cache")" = "$name" ]
}

# same_but RUN RUN LAYER: the weights of both runs have the same bits except in that layer, where they differ
same_but() {
    python3 - "$@" <<'END'
import json, struct, sys
def tensors(run):
    content = open(run + '/best.safetensors', 'rb').read()
    n, = struct.unpack_from('<Q', content)
    header = json.loads(content[8:8 + n])
    header.pop('__metadata__')
    return {name: content[8 + n + e['data_offsets'][0]:8 + n + e['data_offsets'][1]] for name, e in header.items()}
before, after = tensors(sys.argv[1]), tensors(sys.argv[2])
changed = {name for name in before if before[name] != after[name]}
assert changed == {sys.argv[3] + '.weight', sys.argv[3] + '.bias'}, changed
END
}

@test "the list: one line per file, none in the cache" {
    run --separate-stderr linnet weights
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 16 ]
    [[ ${lines[11]} =~ ^resnet18\ +resnet18-f37072fd\.pth\ +-$ ]]
    [ ! -e cache ]
    linnet weights --json | json 'len(it) == 15 and not any(w["cached"] for w in it)'
    linnet weights --json | json 'it[10] == {"name": "resnet18", "file": "resnet18-f37072fd.pth", "cached": False,
        "path": "'"$cache/$name"'"}'
}

@test "the cache: XDG_CACHE_HOME if it is absolute, else HOME, else an error" {
    XDG_CACHE_HOME=relative run linnet weights --json
    [[ $output == *"$HOME/.cache/linnet/resnet18"* ]]
    run linnet weights --json --dir /some/where
    [[ $output == *'"/some/where/resnet18'* ]]
    run --separate-stderr env -u HOME -u XDG_CACHE_HOME "$LINNET" weights resnet18
    one_error 2 'XDG_CACHE_HOME.*\[fetch-cache\]'
}

@test "a file is fetched, verified and cached" {
    serve "$BATS_FILE_TMPDIR"
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
    [ "$(cat log)" = "/$name - 200" ]
    run linnet weights
    [[ $output == *"$name"*"0.0 MB"* ]]
    linnet weights --json resnet18 | json 'it == ["'"$cache/$name"'"]'
}

@test "the server from the environment, and a redirection" {
    serve "$BATS_FILE_TMPDIR"
    LINNET_WEIGHTS_URL=$url/moved/ run --separate-stderr linnet weights resnet18
    fetched
}

@test "an interrupted download is kept, and the next attempt continues it" {
    serve "$BATS_FILE_TMPDIR" --cut 9000
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 4 '9000 bytes are kept; run it again to continue \[fetch-network\]'
    [ "$(stat -c %s "$cache/$name.part")" -eq 9000 ]
    [ ! -e "$cache/$name" ]
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 4 '18000 bytes are kept'
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
    [ "$(cut -d' ' -f2- log | paste -sd,)" = "- 200,bytes=9000- 206,bytes=18000- 206" ]
}

@test "a server without ranges: from the beginning" {
    serve "$BATS_FILE_TMPDIR" --no-range
    mkdir -p "$cache"
    head -c 5000 "$truth" >"$cache/$name.part"
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
}

@test "a partial file that is complete, too long, or of another file" {
    serve "$BATS_FILE_TMPDIR"
    mkdir -p "$cache"
    cp "$truth" "$cache/$name.part"
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
    rm "$cache/$name"
    cat "$truth" "$truth" >"$cache/$name.part"
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
    rm "$cache/$name"
    head -c 3000 /dev/zero >"$cache/$name.part"
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
}

@test "a different file under this name: refused by its checksum, nothing is kept" {
    mkdir files
    { head -c -1 "$truth"; printf x; } >"files/$name"
    serve files
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 3 'its SHA-256 begins with [0-9a-f]{8}, but its name requires f37072fd; the download was discarded \[fetch-hash\]'
    [ -z "$(ls "$cache")" ]
}

@test "a corrupt file in the cache is fetched again" {
    serve "$BATS_FILE_TMPDIR"
    mkdir -p "$cache"
    head -c 100 "$truth" >"$cache/$name"
    run --separate-stderr linnet weights resnet18 --url "$url"
    fetched
}

@test "not found, no server, an endless redirection, a redirection to a file URL" {
    mkdir files
    serve files
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 4 'the server answered with HTTP status 404 \[fetch-http\]'
    run --separate-stderr linnet weights resnet18 --url "$url/round"
    one_error 4 '\[fetch-network\]'
    run --separate-stderr linnet weights resnet18 --url "$url/elsewhere"
    one_error 4 '\[fetch-network\]'
    kill "$server"
    wait "$server" || true
    server=
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 4 "$url/$name: .*\\[fetch-network\\]"
    [ -z "$(ls "$cache")" ]
}

@test "no libcurl: reported only when something must be fetched" {
    mkdir broken
    for library in libcurl.so.4 libcurl-gnutls.so.4; do echo none >"broken/$library"; done
    LD_LIBRARY_PATH=broken run --separate-stderr linnet weights
    [ "$status" -eq 0 ]
    LD_LIBRARY_PATH=broken run --separate-stderr linnet weights resnet18
    one_error 4 'libcurl4.*\[fetch-curl\]'
}

@test "invalid names and addresses" {
    run --separate-stderr linnet weights resnet19
    one_error 2 'did you mean resnet18\? \[fetch-name\]'
    run --separate-stderr linnet weights ../resnet18
    one_error 2 '\[fetch-name\]'
    run --separate-stderr linnet weights resnet18 --url file:///etc
    one_error 2 'must begin with https:// or http:// \[fetch-url\]'
    [ ! -e cache ]
}

@test "a cache that cannot be written" {
    serve "$BATS_FILE_TMPDIR"
    : >file
    run --separate-stderr linnet weights resnet18 --url "$url" --dir file/cache
    one_error 4 'file'
    mkdir -p "$cache/$name.part"
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 4 '\[fetch-write\]'
}

@test "two at once: one fetches, the other reports it" {
    serve "$BATS_FILE_TMPDIR"
    mkdir -p "$cache"
    : >"$cache/$name.part"
    exec 8<"$cache/$name.part"
    flock -x 8
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 4 'another program is fetching it \[fetch-busy\]'
    [ -e "$cache/$name.part" ] # it belongs to the other program
    exec 8<&-
}

@test "two at once, for real: the second gives up while the first fetches, and the file is whole" {
    serve "$BATS_FILE_TMPDIR" --hold "$PWD/go"
    "$LINNET" weights resnet18 --url "$url" >first 2>&1 3>&- &
    first=$!
    await log # the server has the request, and sends half of the file
    run --separate-stderr linnet weights resnet18 --url "$url"
    one_error 4 'another program is fetching it \[fetch-busy\]'
    [ "$(wc -l <log)" -eq 1 ] # it did not ask the server
    : >go
    wait $first
    cmp "$truth" "$cache/$name"
    [ "$(ls "$cache")" = "$name" ]
}

@test "two that begin together: the file is whole, and at most one of them gives up" {
    serve "$BATS_FILE_TMPDIR"
    for _ in {1..10}; do
        rm -rf "$cache"
        "$LINNET" weights resnet18 --url "$url" >/dev/null 2>&1 &
        one=$!
        "$LINNET" weights resnet18 --url "$url" >/dev/null 2>&1 &
        first=0 second=0
        wait $! || second=$?
        wait $one || first=$?
        [[ "$first $second" =~ ^(0 0|0 4|4 0)$ ]]
        cmp "$truth" "$cache/$name"
        [ "$(ls "$cache")" = "$name" ]
    done
}

@test "a progress bar only on a terminal" {
    serve "$BATS_FILE_TMPDIR"
    run on_terminal 80 "$LINNET" weights resnet18 --url "$url"
    [[ $output == *"$cache/$name"* ]]
}

@test "--weights accepts files, and reports tensors that do not fit" {
    tiny_data data
    linnet train data -m lenet5 --epochs 1 -q --name one >/dev/null
    linnet summary lenet5 --weights runs/one/best.safetensors | grep -q '^output .*\[1, 10\]'
    linnet eval lenet5 data --weights runs/one --json >by-weights
    linnet eval runs/one data --json >by-run
    python3 -c 'import json; a, b = (json.load(open(f)) for f in ("by-weights", "by-run")); assert a["loss"] == b["loss"], (a, b)'
    run --separate-stderr linnet summary lenet --weights runs/one/best.safetensors
    one_error 3 'tensors missing: .conv1.weight.*tensors unexpected: .*\[weights-missing\]'
    run --separate-stderr linnet summary runs/one --weights runs/one/best.safetensors
    one_error 2 '--weights applies only to an architecture'
    run --separate-stderr linnet summary lenet5 --weights nothing.pth
    one_error 3 'nothing.pth: No such file or directory \[file-open\]'
    run --separate-stderr linnet summary lenet5 --weights imagenet
    one_error 2 "there are no weights for 'lenet5'.*\\[fetch-name\\]"
    [ "$(linnet bench lenet5 --weights runs/one --mode infer --seconds 0.01 --json | json 'len(it) == 1' && echo yes)" = yes ]
}

@test "a head for other classes is newly initialised and reported; all other tensors keep their values" {
    photos two
    cp -r two three
    cp -r two/dog three/fox
    linnet train two -m lenet5 --epochs 0 -q --name one >/dev/null
    run --separate-stderr linnet train three -m lenet5 --epochs 0 --weights runs/one --name two
    [ "$status" -eq 0 ]
    [[ $output == *"weights best.safetensors: loaded 8 of 10 tensors
        2 tensors newly initialised: 'output.weight', 'output.bias' (2 classes in the file, 3 here)"* ]]
    linnet train three -m lenet5 --epochs 0 --weights runs/one --name three --json |
        json_lines 'it[0]["model"]["weights"].startswith("best.safetensors: loaded 8 of 10")'
    run --separate-stderr linnet eval lenet5 three --weights runs/one
    one_error 3 "'output.weight' is \[2, 84\], not \[3, 84\].*\[weights-shape\]"
}

@test "weights bring their input size, which LeNet's linear layer needs" {
    python3 "$here/make_data.py" photos photos
    linnet train photos -m lenet --imgsz 40 --epochs 1 --augment none -q --name first >/dev/null
    linnet train photos -m lenet --weights runs/first --epochs 1 --augment none -q --name second >/dev/null
    json 'it["imgsz"] == 40' <runs/second/args.json
    linnet summary lenet --weights runs/first --json | json 'it["layers"][0]["shape"][2] == 40'
}

@test "--freeze backbone: the last layer learns, the others have the same bits" {
    tiny_data data
    linnet train data -m lenet5 --epochs 0 -q --name start >/dev/null
    run --separate-stderr linnet train data -m lenet5 --epochs 2 --weights runs/start --freeze backbone --name tuned
    [ "$status" -eq 0 ]
    [[ $output == *"weights best.safetensors: loaded 10 of 10 tensors"* ]]
    [[ $output == *"only the last layer is trained"* ]]
    json 'it["freeze"] == "backbone" and it["weights"].endswith("/runs/start/best.safetensors")' <runs/tuned/args.json
    json 'it["freeze"] == "none" and it["weights"] is None' <runs/start/args.json
    same_but runs/start runs/tuned output
    run --separate-stderr linnet train data --freeze head
    one_error 2 "unknown --freeze 'head': must be none or backbone"
}

@test "--freeze backbone with batch normalisation, dropout and auxiliary heads: running statistics stay too" {
    photos pets
    for model in resnet18 googlenet; do
        linnet train pets -m $model --imgsz 64 --epochs 0 -q --name start >/dev/null
        linnet train pets -m $model --imgsz 64 --epochs 1 -b 16 -q --weights runs/start --freeze backbone --name tuned >/dev/null
        same_but runs/start runs/tuned fc
        rm -r runs
    done
}

@test "a .pth is not a model: it does not name a network" {
    run --separate-stderr linnet predict "$truth" x.png
    one_error 3 'name the architecture, and give this file with --weights \[model-metadata\]'
}

@test "imagenet: fetched on demand, classes by number" {
    linnet models --json | grep -q '"resnet18"' || skip "no resnet18 here"
    serve "$BATS_FILE_TMPDIR"
    export LINNET_WEIGHTS_URL=$url
    linnet summary resnet18 --weights imagenet | grep -q '^fc .*\[1, 1000\]'
    cmp "$truth" "$cache/$name"
    pictures some
    run --separate-stderr linnet predict resnet18 some/0.png --weights imagenet --topk 2
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$(wc -l <log)" -eq 1 ]
}

@test "train -m FILE: an ONNX file, a model file or a run is the start, and the accuracy rises" {
    tiny_data data
    photos pets
    linnet train data -m lenet --epochs 3 -q --name start >/dev/null
    linnet export runs/start -o start.onnx
    run --separate-stderr linnet train data -m start.onnx --epochs 1 --lr 0.0001 --json --name on
    [ "$status" -eq 0 ]
    json_lines 'it[0]["model"]["weights"] == "start.onnx: loaded 8 of 8 tensors"' <<<"$output"
    json 'it["weights"].endswith("/start.onnx") and it["imgsz"] == 28' <runs/on/args.json
    # One epoch from there beats one from random weights.
    linnet train data -m lenet --epochs 1 --lr 0.0001 -q --name fresh >/dev/null
    accuracy() { json 'print(it["acc"]) or True' <"runs/$1/metrics.json"; }
    python3 -c 'import sys; assert float(sys.argv[1]) > float(sys.argv[2]) + 0.3, sys.argv' "$(accuracy on)" "$(accuracy fresh)"
    # Other classes: a new head, all other tensors as they were, and the file's normalisation.
    run --separate-stderr linnet train pets -m runs/start --epochs 0 --recipe auto --name pets
    [ "$status" -eq 0 ]
    [[ $output == *"start: loaded 6 of 8 tensors
        newly initialised: 'fc2.weight', 'fc2.bias' (10 classes in the file, 2 here)"* ]]
    [[ $output == *"only the last layer up to epoch 1"* ]]
    same_but runs/start runs/pets fc2
}

@test "train -m FILE: what cannot be a start is refused" {
    tiny_data data
    run --separate-stderr linnet train data -m nothing.onnx
    one_error 3 "nothing.onnx"
    run --separate-stderr linnet train data -m resnet81
    one_error 2 "resnet"
    linnet export lenet5 -o plain.safetensors 2>/dev/null
    run --separate-stderr linnet train data -m plain.safetensors
    one_error 3 "not a Linnet model file"
    linnet export lenet5 -o w.pth 2>/dev/null
    run --separate-stderr linnet train data -m w.pth
    one_error 3 "name the architecture, and give this file with --weights"
    linnet export lenet5 -o m.onnx 2>/dev/null
    run --separate-stderr linnet train data -m m.onnx --weights w.pth
    one_error 2 "--weights applies only to an architecture's name"
    run --separate-stderr linnet train data -m m.onnx --imgsz 64
    one_error 2 "would have another shape with inputs of 64x64"
    [ ! -e runs ]
}
