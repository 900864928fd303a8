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
    refused "unknown --opt 'sdg'; did you mean sgd\?" train data --opt sdg
    refused "unknown --opt 'lion': must be sgd, nesterov, adam, adamw or rmsprop" train data --opt lion
    refused "unknown --lr-scheduler 'cosin'; did you mean cosine\?" train data --lr-scheduler cosin
    refused "unknown --recipe 'chaptr'; did you mean chapter\?" train data --recipe chaptr
    refused "unknown --part 'tset'; did you mean test\?" eval lenet data --part tset
}

@test "an unknown model gets a suggestion" {
    refused 'lenett.*did you mean lenet' summary lenett
    refused 'lenet6.*did you mean lenet' bench lenet lenet6
}

@test "a number out of range: the value and the range" {
    refused '--epochs -1: must be an integer from 0 to 100000' train data --epochs -1
    refused '--label-smoothing 1.5: must be a number from 0 to 0.999' train data --label-smoothing=1.5
    refused '--threads 99999999999999999999: must be an integer from 1 to 1024' train data --threads 99999999999999999999
    refused '--cols 51: must be an integer from 1 to 50' predict lenet x.png --grid g.png --cols 51
}

@test "not a number" {
    refused '--epochs ten: must be an integer' train data --epochs ten
    refused '--epochs 1.5: must be an integer' train data --epochs 1.5
    refused '--batch-size needs a value' train data -b ''
    refused '--lr nan: must be a number' train data --lr nan
    refused '--lr 0.1x: must be a number' train data --lr 0.1x
}

@test "values that are missing or too many" {
    refused '--epochs needs a value' train data --epochs
    refused '--json takes no value' train data --json=yes
    refused '--name needs a value' train data --name=
}

@test "arguments that are missing or too many" {
    refused 'usage: linnet train DATA' train
    refused "train: unexpected argument 'b'; usage: linnet train DATA" train a b
    refused 'usage: linnet predict MODEL PATH' predict lenet
    refused 'usage: linnet bench MODEL' bench
    refused "models: unexpected argument '--json'" models -- --json
}

@test "flags without effect are refused" {
    refused '--time 30: must be a time such as 90s, 30m or 1.5h' train data --time 30
    refused '--time 0s: must be a time .* from 1s to 27777h' train data --time 0s
    refused '--model-ema-decay requires --model-ema' train data --model-ema-decay 0.9
    refused '--lr-step-size requires --lr-scheduler step or plateau' train data --lr-step-size 3
    refused '--momentum requires --opt sgd, nesterov or rmsprop' train data --opt adam --momentum 0.5
    refused '--warmup-epochs requires --lr-scheduler cosine, step, plateau or constant' train data --lr-scheduler onecycle --warmup-epochs 1
    refused '--split has no effect with --split-file' train data --split 1,1 --split-file f.csv
    refused '--logits requires --output' eval lenet data --logits
    refused '--cols requires --grid' predict lenet x.png --cols 3
    refused '--train requires --plan' summary lenet --train
    refused '--conv requires --plan' summary lenet --conv direct
    refused '--opt requires --mode train' bench lenet --mode infer --opt adam
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
