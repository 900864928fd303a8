# --dtype bf16: the same network in less memory, with equal results up to noise. Without the instructions: one line, and fp32.
load helper

setup_file() {
    tiny_data "$BATS_FILE_TMPDIR/data"
    export DATA=$BATS_FILE_TMPDIR/data
}

needs_bf16() {
    grep -Eqm1 'avx512_bf16|amx_bf16' /proc/cpuinfo || skip "bf16, this processor has no instructions for it"
}

accuracy() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["acc"])' "runs/$1/metrics.json"; }

@test "bf16 learns as well as fp32, with different bits" {
    needs_bf16
    linnet train "$DATA" --epochs 3 --name f32 -q
    run --separate-stderr linnet train "$DATA" --epochs 3 --dtype bf16 --name bf16 -q
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    json 'it["dtype"] == "bf16"' <runs/bf16/args.json
    python3 -c 'import sys; a, b = map(float, sys.argv[1:]); assert abs(a - b) <= 0.05 and b > 0.9, (a, b)' \
        "$(accuracy f32)" "$(accuracy bf16)"
    ! cmp -s runs/f32/best.safetensors runs/bf16/best.safetensors
}

@test "bf16: the same bits twice, and after being stopped" {
    needs_bf16
    linnet train "$DATA" --epochs 30 --dtype bf16 --name one -q
    linnet train "$DATA" --epochs 30 --dtype bf16 --name two -q
    cmp runs/one/last.safetensors runs/two/last.safetensors
    interrupted cut "$DATA" --epochs 30 --dtype bf16
    linnet resume runs/cut -q
    cmp runs/one/last.safetensors runs/cut/last.safetensors
}

@test "bf16 in eval and predict agrees with fp32, but for noise" {
    needs_bf16
    linnet train "$DATA" --epochs 3 --name run -q
    pictures photos
    linnet predict runs/run photos/*.png --logits -o f32.csv
    linnet predict runs/run photos/*.png --logits --dtype bf16 -o bf16.csv
    python3 - <<'END'
import csv
a, b = ([[float(x) for x in row[4:]] for row in list(csv.reader(open(name)))[1:]] for name in ("f32.csv", "bf16.csv"))
most = max(abs(x) for row in a for x in row)
off = max(abs(x - y) for p, q in zip(a, b) for x, y in zip(p, q))
assert len(a) == len(b) == 10 and 0 < off < 0.05 * most, (off, most)
END
    run linnet eval runs/run --dtype bf16
    [ "$status" -eq 0 ]
}

@test "without the instructions: one line, and the bits of fp32" {
    export ONEDNN_MAX_CPU_ISA=AVX2 DNNL_MAX_CPU_ISA=AVX2
    linnet train "$DATA" --epochs 1 --name f32 -q
    run --separate-stderr linnet train "$DATA" --epochs 1 --dtype bf16 --name bf16 -q
    [ "$status" -eq 0 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == *"no instructions for bf16"*"f32 is used"* ]]
    cmp runs/f32/last.safetensors runs/bf16/last.safetensors
}

@test "an unknown type: status 2, the nearest named" {
    run --separate-stderr linnet train "$DATA" --dtype bf61
    one_error 2 'bf61.*bf16'
}
