# linnet export -o NAME.c: the file compiles anywhere, and gives Linnet's classes.
load helper

# compiled NAME.c WIDTH: ./classify, which reads pictures of that many bytes from stdin and prints class and probability
compiled() {
    cat >main.c <<END
#include <stdint.h>
#include <stdio.h>
int net_predict_bytes(const uint8_t *pixels, float *probabilities);
extern const char *const net_classes[10];
int main(void) {
    static uint8_t pixels[$2];
    float p[10];
    while (fread(pixels, 1, sizeof pixels, stdin) == sizeof pixels) {
        const int k = net_predict_bytes(pixels, p);
        printf("%s,%.6f\n", net_classes[k], (double)p[k]);
    }
    return 0;
}
END
    cc -std=c99 -O2 -Wall -Wextra -Werror main.c "$1" -o classify -lm
}

@test "export m.c: 1,000 pictures of Fashion-MNIST get the same classes" {
    [ -e /usr/share/datasets/fashion-mnist ] || skip "no dataset-fashion-mnist"
    linnet train /usr/share/datasets/fashion-mnist -m lenet --epochs 1 --split 3000,500 --seed 1 -q
    linnet export runs/train -o net.c >out
    [[ $(cat out) == "net.c: c, "*" MB" ]]
    compiled net.c 784
    zcat /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz | tail -c +17 | head -c 784000 >pixels
    ./classify <pixels >mine
    [ "$(wc -l <mine)" -eq 1000 ]
    mkdir pictures
    python3 - <<'END'
data = open("pixels", "rb").read()
for i in range(1000):
    with open(f"pictures/{i:04}.pgm", "wb") as out:
        out.write(b"P5 28 28 255\n" + data[i * 784:][:784])
END
    linnet predict runs/train pictures -o theirs.csv
    python3 - <<'END'
import csv
mine = [line.rsplit(",", 1) for line in open("mine").read().splitlines()]
theirs = sorted(csv.DictReader(open("theirs.csv")), key=lambda row: row["path"])
assert len(mine) == len(theirs) == 1000
for (name, probability), row in zip(mine, theirs):
    assert name == row["predicted"], (name, row)
    assert abs(float(probability) - float(row["probability"])) < 1e-4, (probability, row)
END
}

@test "export m.c: the small networks compile without warnings, large ones are refused" {
    for net in lenet5 cifar_resnet20; do
        linnet export $net -o $net.c >out 2>err
        cc -std=c99 -Wall -Wextra -Werror -c $net.c -o net.o
        [ -z "$(nm -u net.o | grep -Ev ' (expf|tanhf|powf)$|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail')" ]
    done
    run --separate-stderr linnet export vgg11 -o net.c
    [[ $status -eq 5 && $stderr == *"net.c: vgg11 has 132863336 weights, a C file at most 2000000; export it as .onnx"*"[csource-size]" ]]
    [ ! -e net.c ]
    run --separate-stderr linnet export lenet5 -o net.c --fold
    [[ $status -eq 2 && $stderr == *"--fold applies only to files that end in .onnx"* ]]
}
