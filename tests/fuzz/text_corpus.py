"""Writes seeds of fuzz_net and fuzz_split: networks as text and split files, one of each kind and one of each fault.

    text_corpus.py FOLDER       corpus/ beside this file, for the project
"""
import pathlib
import sys


def net(*lines, size='input 1x8x8'):
    return '\n'.join(['linnet 1', size, *lines, '']).encode()


HEAD = ('f = flatten(a)', 'output f')
NET = {
    'layers': net('c = conv(input) out=4 kernel=3 padding=1', 'b = batchnorm(c) eps=0.001 momentum=0 zero_init', 's = silu(b)',
                  'r = relu6(s)', 'l = lrn(r) size=5 alpha=0.0002 beta=0.5 k=2', 'a = add(l c)', 'x = concat(a c)',
                  'p = pad_shortcut(x) out=16 stride=2', 'g = adaptive_avgpool(p) out=2x1', 'f = flatten(g)', 'd = dropout(f) p=0',
                  'y = linear(d) out=3', 'output y'),
    'any-size': net('c = conv(input) out=2 kernel=3', 'g = adaptive_avgpool(c) out=1', 'f = flatten(g)', 'y = linear(f) out=2',
                    'output y'),
    'one-size': net('f = flatten(input)', 'y = linear(f) out=2', 'output y'),
    'zero-pair': net('a = maxpool(input) kernel=2 padding=0x0 stride=0', *HEAD),
    'pairs': net('a = maxpool(input) kernel=2x3 padding=1x0 stride=1x2', *HEAD),
    'brackets': net('a = relu(\tinput )', *HEAD), 'open-bracket': net('a = relu(input', *HEAD), 'no-input': net('a = relu()', *HEAD),
    'most-inputs': net('a = concat(' + ' '.join(['input'] * 9) + ')', *HEAD), 'no-name': net('a = relu(z)', *HEAD),
    'no-layer': net('a = swish(input)', *HEAD), 'loss': net('a = softmax_xent(input)', *HEAD), 'twice': net('a = relu(input)', 'a = relu(a)', *HEAD),
    'words': net(' '.join(['a = relu(input)'] + ['x'] * 40)), 'long-line': net('# ' + 'x' * 1100), 'sentence': net('this is no layer'),
    'second-input': net('input 1x8x8'), 'late-input': b'linnet 1\na = relu(input)\ninput 1x8x8\n', 'no-input-line': b'linnet 1\n# none\n',
    'version': b'linnet 2\ninput 1x8x8\n', 'escape': b'linnet 1\x1b[31m\n', 'two-sides': net(size='input 1x8'), 'four-sides': net(size='input 1x8x8x8'),
    'side-word': net(size='input 1xax8'), 'side-zero': net(size='input 1x0x8'), 'side-large': net(size='input 1x65537x8'),
    'output-unknown': net('output z'), 'output-twice': net('a = relu(input)', *HEAD, 'output f'), 'aux-first': net('f = flatten(input)', 'aux 0.5 f'),
    'aux-weight': net('a = relu(input)', *HEAD, 'aux -1 f'), 'aux-word': net('a = relu(input)', *HEAD, 'aux x f'), 'no-output': net('a = relu(input)'),
    'attr-unknown': net('a = relu(input) slope=1'), 'attr-missing': net('a = conv(input) kernel=3'), 'attr-int': net('a = conv(input) out=1e9 kernel=3'),
    'attr-no-value': net('a = conv(input) out kernel=3'), 'attr-real': net('a = dropout(input) p=half'), 'attr-real-bare': net('a = dropout(input) p'),
    'attr-bool': net('a = conv(input) out=1 kernel=3 no_bias=1'), 'attr-pair': net('a = conv(input) out=1 kernel=3xx'),
    'attr-pair-bare': net('a = conv(input) out=1 kernel'), 'attr-pair-long': net('a = conv(input) out=1 kernel=00000000000000003x3'),
    'attr-pair-word': net('a = conv(input) out=1 kernel=3xa'), 'attr-range': net('a = dropout(input) p=1.5'),
    'attr-int-range': net('a = lrn(input) size=2000'), 'attr-pair-range': net('a = maxpool(input) kernel=2 stride=99999'),
    'attr-negative': net('a = conv(input) out=-2147483648 kernel=3'), 'kernel-large': net('a = conv(input) out=1 kernel=9', *HEAD),
}

ROWS = 'path,class,part\n'
SPLIT = {
    'all-test': ROWS + ''.join(f'{name},,test\n' for name in ('a/1', 'a/2', 'b/1')), 'unnamed': ROWS + 'a/2,a,val\n', 'header-only': ROWS,
    'other-columns': 'IMAGE,note,subset,label\na/1,x,val,a\n"a/3, ""x""",y,train,a\n', 'not-a-class': ROWS + 'a/1,c,train\n',
    'spelt-class': ROWS + 'a/1,a\x1b,train\n', 'part': ROWS + 'a/1,a,validate it\n', 'no-part': ROWS + 'a/1,a,\n', 'fields': ROWS + 'a/1,a\n',
    'no-header-four': 'a/1,a,train,1\n', 'column-twice': 'path,path,part\na/1,a/2,train\n', 'escape': ROWS + '\x1b[31m,a,train\n',
    'open-quote': ROWS + '"a/1,a,train\n', 'later-row': ROWS + 'a/1,a,train\n"a/2"x,a,val\n', 'no-header-stranger': 'z,a,train\n',
}


def main():
    corpora = {'net': NET, 'split': {name: content.encode() for name, content in SPLIT.items()}}
    for target, seeds in corpora.items():
        for name, content in seeds.items():
            pathlib.Path(sys.argv[1], target, name).write_bytes(content)


main()
