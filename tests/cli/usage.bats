# Wrong usage: status 2, one line that says what to do, nothing on stdout, nothing written.
load helper

# refused PATTERN ARGUMENTS...
refused() {
    local pattern=$1
    shift
    run --separate-stderr linnet "$@"
    one_error 2 "$pattern"
    [ -z "$(ls -A)" ]
}

@test "an unknown command gets a suggestion" {
    refused 'unknown command trian; did you mean train\?' trian data
    refused 'unknown command pred; did you mean predict\?' pred
    refused 'unknown command frobnicate; see linnet --help' frobnicate
    refused 'unknown flag --versoin; did you mean --version\?' --versoin
    refused 'unknown command bnech; did you mean bench\?' help bnech
}

@test "an unknown flag gets a suggestion" {
    refused 'unknown flag --epoch; did you mean --epochs\?' train data --epoch 3
    refused 'unknown flag --batch_size; did you mean --batch-size\?' train data --batch_size=3
    refused 'unknown flag --lable-smoothing; did you mean --label-smoothing\?' train --lable-smoothing 0.1 data
    refused 'unknown flag --weight-deca; did you mean --weight-decay\?' train data --weight-deca 0.1
    refused 'unknown flag --zzz; see linnet help eval' eval --zzz
    refused 'unknown flag -z; see linnet help predict' predict -z
}

@test "a value that is not one of the choices gets a suggestion" {
    refused 'unknown value sdg of --opt; did you mean sgd\?' train data --opt sdg
    refused 'unknown value lion of --opt; it is one of sgd|nesterov|adam|adamw|rmsprop' train data --opt lion
    refused 'unknown value cosin of --lr-scheduler; did you mean cosine\?' train data --lr-scheduler cosin
}

@test "an unknown model gets a suggestion" {
    refused 'lenett.*did you mean lenet' summary lenett
    refused 'lenet6.*did you mean lenet' bench lenet lenet6
}

@test "a number out of range: both numbers" {
    refused '--epochs -1 is less than 0' train data --epochs -1
    refused '--label-smoothing 1.5 is more than 0.999' train data --label-smoothing=1.5
    refused '--threads 99999999999999999999 is more than 1024' train data --threads 99999999999999999999
    refused '--cols 51 is more than 50' predict lenet x.png --grid g.png --cols 51
}

@test "not a number" {
    refused '--epochs ten: not a whole number' train data --epochs ten
    refused '--epochs 1.5: not a whole number' train data --epochs 1.5
    refused '--batch-size : not a whole number|--batch-size needs a value' train data -b ''
    refused '--lr nan: not a number' train data --lr nan
    refused '--lr 0.1x: not a number' train data --lr 0.1x
}

@test "values that are missing or too many" {
    refused '--epochs needs a value' train data --epochs
    refused '--json takes no value' train data --json=yes
    refused '--name needs a value' train data --name=
}

@test "arguments that are missing or too many" {
    refused 'usage: linnet train DATA' train
    refused "too many, 'b'; usage: linnet train DATA" train a b
    refused 'usage: linnet predict MODEL PATH' predict lenet
    refused 'usage: linnet bench MODEL' bench
    refused "too many, '--json'" models -- --json
}

@test "flags without effect are refused" {
    refused '--time 30: not a time such as 90s, 30m or 1.5h' train data --time 30
    refused '--time 0s: not between 1s and 27777h' train data --time 0s
    refused '--model-ema-decay goes with --model-ema' train data --model-ema-decay 0.9
    refused '--lr-step-size goes with --lr-scheduler step or plateau' train data --lr-step-size 3
    refused '--logits goes with -o' eval lenet data --logits
    refused '--cols goes with --grid' predict lenet x.png --cols 3
    refused '--train goes with --plan' summary lenet --train
    refused '--conv goes with --plan' summary lenet --conv direct
    refused '--opt goes with --mode train' bench lenet --mode infer --opt adam
}

@test "an output that is neither .csv nor .json" {
    refused 'must end in .csv or .json' predict lenet x.png -o x.txt
}

@test "control bytes in an argument do not reach the terminal" {
    refused 'unknown flag --\\x1b\[31mred' train $'--\033[31mred'
}

@test "LINNET_ISA: a set of instructions that does not exist" {
    LINNET_ISA=sse9 refused 'LINNET_ISA=sse9: must be any, avx2 or avx512' bench lenet
}
