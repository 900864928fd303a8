# models, summary and bench, and failures to write their output.
load helper

@test "models: a table of names, years, parameters, input sizes" {
    run --separate-stderr linnet models
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ ${lines[0]} =~ ^name\ +year\ +parameters\ +mult-adds\ +input\ +paper ]]
    grep -Eq '^lenet5 +1998 +61,706 ' <<<"$output"
    grep -Eq '^lenet +[0-9]{4} +46,038,242 .* 3x224x224 ' <<<"$output"
}

@test "models --json" {
    linnet models --json | json 'any(m["name"] == "lenet" and m["parameters"] == 46038242 and m["imgsz"] == 224 for m in it)'
    linnet models --json | json 'all(m["macs"] > 0 and m["paper"] and 1989 < m["year"] < 2030 for m in it)'
}

@test "models on a narrow terminal: no line wraps" {
    run on_terminal 72 "$LINNET" models
    [ "$status" -eq 0 ]
    [ "$(widest <<<"$output")" -le 72 ]
}

@test "summary: layers and the total" {
    run --separate-stderr linnet summary lenet
    [ "$status" -eq 0 ]
    [[ $output == *46,038,242* || $output == *46038242* ]]
    [ "$(widest <<<"$output")" -le 110 ]
}

@test "summary with another size, classes and channels" {
    linnet summary lenet5 --classes 7 --channels 3 --batch 8 --json |
        json 'it["layers"][0]["shape"] == [8, 3, 32, 32] and it["layers"][-1]["shape"] == [8, 7]'
    linnet summary lenet --imgsz 28 --json | json 'it["layers"][0]["shape"] == [1, 3, 28, 28]'
}

@test "summary --json" {
    linnet summary lenet --json | json 'it["parameters"] == 46038242 and it["macs"] > 0'
}

@test "summary --dot: Graphviz accepts the graph; other flags are refused" {
    run --separate-stderr linnet summary googlenet --dot
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "digraph network {" && "$output" == *"cluster_inception3a."* && "$output" == *"auxiliary"* ]]
    run --separate-stderr linnet summary lenet --dot --json
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"--dot cannot be combined with --plan or --json"* ]]
    command -v dot > /dev/null || skip "Graphviz is not installed"
    linnet summary resnet18 --dot | dot -Tsvg | grep -q "</svg>"
}

@test "summary: totals with and without auxiliary heads" {
    run --separate-stderr linnet summary googlenet
    [[ "$output" == *"total  "*"13,004,888"* && "$output" == *"without auxiliary heads"*"6,624,904"* ]]
}

@test "summary names the smallest input size if the input is too small" {
    run --separate-stderr linnet summary vgg16 --imgsz 20
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"vgg16 needs images of at least 32 pixels per side, got 20"* ]]
}

@test "summary --plan, of inference and of training" {
    run linnet summary lenet5 --plan
    [ "$status" -eq 0 ]
    infer=${#lines[@]}
    run linnet summary lenet5 --plan --train
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -gt "$infer" ]
}

@test "--conv direct: no convolution is Winograd's" {
    run linnet summary resnet18 --imgsz 64 --plan --train
    [[ "$output" == *wino* ]]
    run linnet summary resnet18 --imgsz 64 --plan --train --conv direct
    [ "$status" -eq 0 ]
    [[ "$output" == *layer4.1.conv2* && "$output" != *wino* ]]
    linnet bench lenet5 --conv direct --per-layer --json --seconds 0.01 |
        json 'not any("wino" in layer["implementation"] for layer in it[0]["layers"])'
}

@test "bench: one row per model, and the keys of the JSON" {
    run --separate-stderr linnet bench lenet5 lenet --imgsz 32 --seconds 0.05 --batch 4
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    grep -Eq '^lenet5 +4 +32 ' <<<"$output"
    grep -Eq '^lenet +4 +32 ' <<<"$output"
    for mode in train infer; do
        linnet bench lenet5 --mode $mode --seconds 0.05 --batch 4 --threads 1 --json |
            json "len(it) == 1 and it[0]['mode'] == '$mode' and it[0]['batch'] == 4 and it[0]['threads'] == 1 and
                  {'model', 'imgsz', 'dtype', 'onednn', 'images_per_s', 'ms_per_step', 'ms_p10', 'ms_p90', 'rss_mb',
                   'gflops', 'peak_gflops', 'minor_faults_per_step', 'plan_ms'} <= it[0].keys() and it[0]['images_per_s'] > 0 and
                  it[0]['gflops'] < it[0]['peak_gflops']"
        linnet bench lenet5 --mode $mode --seconds 0.01 --steps 333 --json | json "it[0]['steps'] >= 333"
    done
}

@test "bench --loader: rates of the first epoch and of later, cached ones" {
    photos data
    : >data/cat/3.png
    linnet bench --loader data --imgsz 32 --batch 8 -j 3 --json |
        json 'it["images"] == 60 and it["skipped"] == 1 and it["workers"] == 3 and it["batch"] == 8 and it["imgsz"] == 32 and
              it["first_images_per_s"] > 0 and it["images_per_s"] > 0 and 0.3 < it["cache_mb"] < 2'
    linnet bench --loader data --imgsz 32 --cache-mb 0 --json | json 'it["cache_mb"] == 0'
    run --separate-stderr linnet bench --loader data --imgsz 32
    [ "$status" -eq 0 ]
    [[ $output == *"60 images per epoch, 1 could not be read"*"MB of decoded photos kept"* ]]
    run --separate-stderr linnet bench --loader data lenet
    one_error 2 '--loader DATA replaces MODEL: leave out lenet'
    run --separate-stderr linnet bench lenet -j 2
    one_error 2 '--workers requires --loader'
    run --separate-stderr linnet bench --loader nowhere
    one_error 3 'nowhere: '
}

@test "bench: the machine's limits, the floor, and where the time goes" {
    linnet bench lenet5 --seconds 0.05 --batch 16 --floor --per-layer --json |
        json "it[0]['peak_gflops'] > 0 and it[0]['peak_gb_per_s'] > 0 and it[0]['floor_images_per_s'] > 0 and
              it[0]['roof_images_per_s'] < it[0]['floor_images_per_s'] and
              it[0]['layers'][-1]['pass'] == 'update' and 5 * 4 * 61706 <= it[0]['layers'][-1]['bytes'] < 6 * 4 * 61706 and
              all('floor_ms' in row for row in it[0]['layers'] if row['op'] == 'linear')"
    run --separate-stderr linnet bench lenet5 --seconds 0.05 --batch 16 --floor --per-layer
    [ "$status" -eq 0 ]
    grep -Eq '^this machine: [0-9]+ GFLOP/s, [0-9.]+ GB/s$' <<<"$output"
    grep -Eq '^forward +c1 +conv +[a-z0-9_:]+ +[a-zA-Z0-9]+ ' <<<"$output"
}

@test "stdout on a full device: status 4, reported once" {
    [ -e /dev/full ] || skip "no /dev/full"
    for arguments in models "models --json" --help "summary lenet5"; do
        # shellcheck disable=SC2086 # the words are arguments
        run bash -c "\"\$LINNET\" $arguments 2>&1 >/dev/full"
        [ "$status" -eq 4 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "linnet: standard output: No space left on device"* ]]
    done
}

@test "stdout closed, by us or by its reader: status 4" {
    run bash -c '"$LINNET" models 2>&1 >&-'
    [ "$status" -eq 4 ]
    run bash -c '{ sleep 0.3; "$LINNET" models; echo "$?" >status; } | true; cat status'
    [ "$output" = 4 ]
}
