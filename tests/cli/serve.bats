# linnet serve: HTTP, limits, security. serve_client.py and serve_infer_client.py send the requests.
load helper

setup_file() {
    mkdir "$BATS_FILE_TMPDIR/run"
    cd "$BATS_FILE_TMPDIR/run" || exit 1
    tiny_data data
    pictures pictures
    linnet train data -m lenet5 --epochs 1 --project . --name tiny -q
    linnet train data -m lenet5 --epochs 1 --seed 1 --project . --name other -q
}

setup() {
    cd "$BATS_FILE_TMPDIR/run" || exit 1
}

teardown() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
}

# serve ARGS...: starts a server on a free port; $server is its process, $url its address
serve() {
    linnet_output=$BATS_TEST_TMPDIR/out
    : >"$linnet_output" # sed may run before the server's shell has created it
    "$LINNET" serve "$@" --port 0 >"$linnet_output" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    server=$!
    for _ in $(seq 600); do
        url=$(sed -n 's/^open *//p' "$linnet_output")
        [ -n "$url" ] && return
        kill -0 "$server" || break
        sleep 0.1
    done
    cat "$linnet_output" "$BATS_TEST_TMPDIR/err"
    return 1
}

client() {
    python3 "$here/serve_client.py" "$1" "$url" "${@:2}"
}

infer_client() {
    python3 "$here/serve_infer_client.py" "$1" "$url" "${@:2}"
}

# stops SIGNAL: the server ends with status 0
stops() {
    kill -"$1" "$server"
    local status=0
    wait "$server" || status=$?
    server=
    [ "$status" -eq 0 ] || { echo "status $status"; cat "$BATS_TEST_TMPDIR/err"; return 1; }
}

@test "serve: the probabilities of predict, alone, in a form and at the same time" {
    for i in 0 1 2 3 4; do linnet predict tiny pictures/$i.png --json; done >predicted.json
    serve tiny
    grep '^model .*, batches of 8$' "$linnet_output"
    client same_as_predict predicted.json pictures/{0,1,2,3,4}.png
    stops TERM
}

@test "serve: explanations of linnet explain, for any class, with their limits" {
    linnet explain tiny pictures/{0,1,2}.png --json -o why >explained.json
    serve tiny
    client explains explained.json pictures/{0,1,2}.png
    stops TERM
}

@test "serve: several models, by name" {
    serve tiny other tiny/best.safetensors lenet5
    client models pictures/0.png tiny other tiny-2 lenet5
    grep -q "lenet5 has untrained weights" "$BATS_TEST_TMPDIR/err"
    stops INT
}

@test "serve: unsure as predict has it" {
    serve tiny --min-conf 1
    python3 - "$url" <<'P'
import json, sys, urllib.request
with open('pictures/0.png', 'rb') as file:
    data = file.read()
p = json.load(urllib.request.urlopen(urllib.request.Request(sys.argv[1] + 'predict', data)))['predictions'][0]
assert p['predicted'] == 'unsure' and p['unsure'] is True and p['top'][0]['class'] != 'unsure', p
P
}

@test "serve: a forged host gets 403, and so do requests from pages of other sites" {
    serve tiny --allow-host friend.example,exact.example:81
    client hosts pictures/0.png
    client headers pictures/0.png
    stops TERM
}

@test "serve: a token is needed off the loopback, and checked" {
    run --separate-stderr linnet serve tiny --host 0.0.0.0
    one_error 2 "token.*ssh -L"
    run --separate-stderr linnet serve tiny --token 'a b'
    one_error 2 "--token"
    LINNET_TOKEN=a-long-secret-token serve tiny --host 0.0.0.0
    url=${url/0.0.0.0/127.0.0.1}
    client token a-long-secret-token pictures/0.png
    stops TERM
}

@test "serve: a port in use and an unknown address are reported" {
    serve tiny
    run --separate-stderr linnet serve tiny --port "$(sed 's/.*:\([0-9]*\).*/\1/' <<<"$url")"
    one_error 4 "port.*in use.*--port 0"
    run --separate-stderr linnet serve tiny --host no.such.host.invalid
    one_error 2 "--host no.such.host.invalid"
    run --separate-stderr linnet serve gone
    [ "$status" -ne 0 ]
}

@test "serve: large bodies, headers, paths and names are refused" {
    serve tiny --max-body 1 --max-images 4
    client limits "$server" pictures/0.png
    stops TERM
}

@test "serve: bombs and files that are no pictures get 422" {
    python3 "$here/serve_bombs.py" bombs
    serve tiny
    client bombs bombs/*
    stops TERM
}

@test "serve: 200 slow clients do not stop a fast one and are cut off" {
    serve tiny --timeout 3s
    client slow pictures/0.png 200
    stops TERM
}

@test "serve: garbage never ends the server" {
    serve tiny
    client garbage pictures/0.png 600
    stops TERM
}

@test "serve: a full queue gets 503, the others are answered" {
    serve tiny --max-queue 8
    client full pictures/0.png 40
    stops TERM
}

@test "serve: SIGTERM and Ctrl-C answer what is queued and exit 0" {
    for signal in TERM INT; do
        serve tiny
        client drain "$server" pictures/0.png 30 "$signal"
        status=0
        wait "$server" || status=$?
        server=
        [ "$status" -eq 0 ]
    done
}

@test "serve: the Open Inference Protocol: files, pixels, binary data, refusals, garbage" {
    python3 - pictures/0.png 0.ppm <<'P'
import struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
width, height, depth, colour = struct.unpack('>IIBB', data[16:26])
assert depth == 8 and colour in (0, 2)
at, idat = 8, b''
while at < len(data):
    size, kind = struct.unpack('>I4s', data[at:at + 8])
    idat += data[at + 8:at + 8 + size] if kind == b'IDAT' else b''
    at += size + 12
raw, step = zlib.decompress(idat), width * (3 if colour == 2 else 1) + 1
rows = [raw[i * step:(i + 1) * step] for i in range(height)]
assert all(row[0] == 0 for row in rows), 'only rows without a filter'
rgb = b''.join(row[1:] if colour == 2 else bytes(v for v in row[1:] for _ in range(3)) for row in rows)
open(sys.argv[2], 'wb').write(b'P6\n%d %d\n255\n' % (width, height) + rgb)
P
    serve tiny
    infer_client v2 0.ppm pictures/{0,1,2,3,4}.png
    infer_client infer_garbage pictures/0.png 600
    stops TERM
}

@test "serve: openapi.json names every path" {
    serve tiny
    mapfile -t paths < <(sed -n 's|^ *{"\([A-Z]*\)", "\(/[^"]*\)".*|\1 \2|p' "$here/../../cli/serve_route.c")
    [ "${#paths[@]}" -gt 10 ]
    client openapi "${paths[@]}"
}

@test "serve: the page in Chromium: numbers, layout, contrast, names, keyboard" {
    [ -n "$(cd "$here" && python3 -c 'import browser; print(browser.find() or "")')" ] || skip "Chromium is not installed"
    mkdir -p korean/고양이 korean/a_class_with_an_exceedingly_long_name_without_a_single_space_in_it
    cp pictures/[0-4].png korean/고양이
    cp pictures/[5-9].png korean/a_class*
    linnet train korean -m lenet5 --epochs 1 --project . --name words -q --split 6,2,2
    for i in 0 7; do linnet predict words pictures/$i.png --json; done >words.json
    serve words tiny --min-conf 0.9
    PYTHONPATH=$here python3 "$here/serve_page.py" "$url" words.json pictures/0.png pictures/7.png
}

@test "serve: metrics are what Prometheus reads" {
    serve tiny
    client metrics pictures/0.png
}
