"""Writes the seeds of the fuzz target onnx: small ONNX files with every operator that the import knows, in the ways that PyTorch,
tf2onnx and Linnet write them, and the refusals.

    onnx_corpus.py FOLDER

The script has an encoder of its own, with the field numbers of onnx.proto3 as in src/onnx/schema.h.
"""
import pathlib
import struct
import sys

FLOAT, UINT8, INT32, INT64, BOOL, HALF, DOUBLE = 1, 2, 6, 7, 9, 10, 11


def varint(n):
    n &= (1 << 64) - 1
    out = b''
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def data(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name, dims, values, kind=FLOAT, form='raw'):
    out = b''.join(number(1, d) for d in dims) + number(2, kind) + (data(8, name) if name else b'')
    letter = {FLOAT: 'f', INT64: 'q', INT32: 'i', DOUBLE: 'd', HALF: 'e', BOOL: '?', UINT8: 'B'}[kind]
    packed = b''.join(struct.pack('<' + letter, v) for v in values)
    if form == 'raw':
        return out + data(9, packed)
    if form == 'typed':
        return out + (data(7 if kind == INT64 else 5, b''.join(map(varint, values))) if kind in (INT64, INT32) else
                      data(10 if kind == DOUBLE else 4, packed))
    if form == 'loose':
        return out + b''.join(varint(4 << 3 | 5) + struct.pack('<f', v) for v in values)
    return out + number(14, 1) + b''.join(data(13, data(1, k) + data(2, v)) for k, v in form.items())


def ramp(name, *dims):
    count = 1
    for d in dims:
        count *= d
    return tensor(name, dims, [0.25 * (i % 7) + 0.125 for i in range(count)])


def ints(name, *values):
    return tensor(name, [len(values)], values, INT64)


def attribute(name, value):
    out = data(1, name)
    if isinstance(value, float):
        return out + varint(2 << 3 | 5) + struct.pack('<f', value) + number(20, 1)
    if isinstance(value, int):
        return out + number(3, value) + number(20, 2)
    if isinstance(value, str):
        return out + data(4, value) + number(20, 3)
    if isinstance(value, bytes):
        return out + data(5, value) + number(20, 4)
    return out + (data(8, b''.join(map(varint, value))) if isinstance(value, tuple) else
                  b''.join(number(8, v) for v in value)) + number(20, 7)


def node(op, inputs, output, domain='', name=None, **attributes):
    out = b''.join(data(1, i) for i in inputs.split(' ')) if inputs else b''
    out += b''.join(data(2, o) for o in output.split())
    out += data(3, f'n_{output}' if name is None else name) + data(4, op) + (data(7, domain) if domain else b'')
    return out + b''.join(data(5, attribute(k, v)) for k, v in attributes.items())


def end(name, kind, dims):
    shape = b''.join(data(1, number(1, d) if isinstance(d, int) else data(2, d)) for d in dims)
    return data(1, name) + data(2, data(1, number(1, kind) + data(2, shape)))


def model(nodes, tensors=(), dims=('batch', 3, 8, 8), kind=FLOAT, output='y', notes=(), opset=17, extra=b''):
    graph = b''.join(data(1, n) for n in nodes) + b''.join(data(5, t) for t in tensors)
    graph += data(11, end('x', kind, dims)) + data(12, end(output, FLOAT, ['batch', 2])) + extra
    return number(1, 8) + data(8, data(1, '') + number(2, opset)) + data(7, graph) + b''.join(
        data(14, data(1, k) + data(2, v)) for k, v in notes)


HEAD = [node('GlobalAveragePool', 'h', 'g'), node('Flatten', 'g', 'f'), node('Gemm', 'f fc.weight fc.bias', 'y', transB=1)]
FC = [ramp('fc.weight', 2, 3), ramp('fc.bias', 2)]


def on_map(*nodes, more=(), **opts):
    """Nodes from x to h, with three channels, before a head."""
    return model([*nodes, *HEAD], [*FC, *more], **opts)


def on_rows(*nodes, more=(), **opts):
    """Nodes from f, rows of 12, to y."""
    return model([node('Flatten', 'x', 'f'), *nodes], more, dims=opts.pop('dims', ('N', 3, 2, 2)), **opts)


W3, BN = ramp('c.weight', 3, 3, 3, 3), [ramp(f'b.{n}', 3) for n in ('weight', 'bias', 'mean', 'var')]


def layers():
    conv = [node('Conv', 'x c.weight', 'h', pads=(1, 1, 1, 1))]
    yield 'conv', on_map(*conv, more=[W3])
    yield 'conv-bias', on_map(node('Conv', 'x c.weight b', 'h', name='/layer1/layer1.0/conv1/Conv', strides=[2, 2], dilations=[2, 1], group=1),
                              more=[W3, ramp('b', 3)])
    yield 'conv-add', on_map(node('Conv', 'x c.weight', 'c'), node('Add', 'c b', 'h'), more=[W3, ramp('b', 1, 3, 1, 1)])
    for mode in ('SAME_UPPER', 'SAME_LOWER', 'VALID'):
        yield f'conv-{mode.lower()}', on_map(node('Conv', 'x c.weight', 'h', strides=[2, 2], auto_pad=mode), more=[W3])
    yield 'conv-uneven', on_map(node('Conv', 'x c.weight', 'h', strides=[2, 2], pads=(0, 1, 1, 0)), more=[W3])
    yield 'pad-conv', on_map(node('Pad', 'x p', 'q'), node('Conv', 'q c.weight', 'h'), more=[W3, ints('p', 0, 0, 1, 1, 0, 0, 1, 1)])
    yield 'batchnorm', on_map(node('Conv', 'x c.weight', 'c'), node('BatchNormalization', 'c b.weight b.bias b.mean b.var', 'h',
                              epsilon=0.001, momentum=0.9), more=[W3, *BN])
    yield 'batchnorm-shared', on_map(node('Identity', 'b.weight', 'same'), node('BatchNormalization', 'x same same same b.var', 'h'), more=BN)
    yield 'lrn', on_map(node('LRN', 'x', 'h', size=5, alpha=0.0005, beta=0.75, bias=2.0))
    yield 'activations', on_map(node('Relu', 'x', 'a'), node('Tanh', 'a', 'b'), node('Clip', 'b lo hi', 'c'), node('Sigmoid', 'c', 's'),
                                node('Mul', 's c', 'd'), node('Clip', 'd lo', 'h'),
                                more=[tensor('lo', [], [0.0]), tensor('hi', [], [6.0])])
    yield 'clip-old', on_map(node('Clip', 'x', 'h', min=0.0, max=6.0), opset=6)
    yield 'dropout', on_map(node('Dropout', 'x r', 'd mask'), node('Dropout', 'd', 'h', ratio=0.0), more=[tensor('r', [], [0.3])])
    yield 'sums', on_map(node('Add', 'x x', 'a'), node('Sum', 'a x a', 'h'))
    yield 'concat', model([node('Concat', 'x x', 'c', axis=1), node('ReduceMean', 'c', 'f', axes=[2, 3], keepdims=0),
                           node('Gemm', 'f w', 'y')], [ramp('w', 6, 2)])
    yield 'relu', on_map(node('Relu', 'x', 'h'))
    yield 'half', model([node('Cast', 'x', 'h'), *HEAD], [tensor('fc.weight', [2, 3], [1, 2, 3, 4, 5, 6], HALF),
                                                           tensor('fc.bias', [2], [1, 2], DOUBLE, 'typed')])


def pools():
    yield 'maxpool', on_map(node('MaxPool', 'x', 'h', kernel_shape=[3, 3], strides=[2, 2], pads=(1, 1, 1, 1)))
    yield 'maxpool-ceil', on_map(node('MaxPool', 'x', 'h', kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1))
    yield 'maxpool-ends', on_map(node('MaxPool', 'x', 'h', kernel_shape=[3, 3], strides=[2, 2], pads=(0, 0, 1, 1)))
    yield 'maxpool-uneven', on_map(node('MaxPool', 'x', 'h', kernel_shape=[2, 2], pads=(0, 0, 1, 0)))
    yield 'maxpool-same', on_map(node('MaxPool', 'x', 'h', kernel_shape=[2, 2], strides=[2, 2], auto_pad='SAME_UPPER'))
    yield 'pad-maxpool', on_map(node('Relu', 'x', 'r'), node('Pad', 'r p', 'q'), node('MaxPool', 'q', 'h', kernel_shape=[3, 3], strides=[2, 2]),
                                more=[ints('p', 0, 0, 1, 1, 0, 0, 1, 1)])
    yield 'avgpool', on_map(node('AveragePool', 'x', 'h', kernel_shape=[2, 2], strides=[2, 2]))
    yield 'avgpool-counted', on_map(node('AveragePool', 'x', 'h', kernel_shape=[3, 3], pads=(1, 1, 1, 1), count_include_pad=1))
    yield 'avgpool-excluded', on_map(node('AveragePool', 'x', 'h', kernel_shape=[3, 3], pads=(1, 1, 1, 1)))
    yield 'mean-input', model([node('ReduceMean', 'x a', 'g', keepdims=1), node('Squeeze', 'g a', 'f'), node('Gemm', 'f fc.weight', 'y', transB=1)],
                              [FC[0], ints('a', -2, -1)])
    yield 'shortcut', model([node('Relu', 'x', 'r', name='/layer1/layer1.0/relu/Relu'), node('Slice', 'r s e a t', 'c'), node('Pad', 'c p', 'h'), node('GlobalAveragePool', 'h', 'y')],
                            [ints('s', 0, 0), ints('e', 1 << 40, 8), ints('a', 2, 3), ints('t', 2, 2), ints('p', 0, 0, 0, 0, 0, 3, 0, 0)])
    yield 'shortcut-old', model([node('Relu', 'x', 'r', name='/relu'), node('Slice', 'r s e a', 'c'), node('Pad', 'c', 'h', pads=[0, 0, 0, 0, 0, 1, 0, 0], mode='constant', value=0.0),
                                 node('GlobalAveragePool', 'h', 'y')], [ints('s', 0), ints('e', 8), ints('a', 3)], opset=9)


def rows():
    yield 'matmul', on_rows(node('MatMul', 'f w', 'm'), node('Add', 'm b', 'y'), more=[ramp('w', 12, 2), ramp('b', 2)])
    yield 'matmul-transposed', on_rows(node('Transpose', 'w', 't', perm=[1, 0]), node('MatMul', 'f t', 'y'), more=[ramp('w', 2, 12)])
    yield 'softmax', on_rows(node('Gemm', 'f w', 'g'), node('Div', 'g t', 'd'), node('Softmax', 'd', 'y', axis=1),
                             more=[ramp('w', 12, 2), tensor('t', [], [1.5])])
    yield 'log-softmax', on_rows(node('Gemm', 'f w', 'g'), node('LogSoftmax', 'g', 'y'), more=[ramp('w', 12, 2)])
    gemm = node('Gemm', 'f w', 'y')
    typed = tensor('s', [2], [0, -1], INT64, 'typed')
    yield 'reshape-typed', model([node('Reshape', 'x s', 'f'), gemm], [ramp('w', 12, 2), typed], dims=(5, 3, 2, 2))
    yield 'reshape-int32', model([node('Reshape', 'x s', 'f'), gemm], [ramp('w', 12, 2), tensor('s', [2], [5, 12], INT32, 'typed')], dims=(5, 3, 2, 2))
    yield 'reshape-double', model([node('Reshape', 'x s', 'f'), gemm], [ramp('w', 12, 2), tensor('s', [2], [5, 12], DOUBLE)], dims=(5, 3, 2, 2))
    yield 'reshape-short', model([node('Reshape', 'x s', 'f'), gemm], [ramp('w', 12, 2), number(1, 3) + number(2, INT64) + data(8, 's') + data(9, b'12')])
    yield 'type', model([node('Reshape', 'x s', 'f'), gemm], [ramp('w', 12, 2), number(1, 1) + number(2, 99) + data(8, 's')])
    yield 'huge', model([node('Flatten', 'x', 'f'), gemm], [number(1, 1 << 40) + number(1, 1 << 40) + number(2, FLOAT) + data(8, 'w') + data(9, b'12')])
    # The replay driver has the input itself open as a descriptor of this number, in the folder of its path.
    for fd in '345':
        yield f'external-{fd}', model([node('Flatten', 'x', 'f'), gemm], [tensor('w', [12, 2], [], form={'location': fd, 'offset': '16'})], dims=(1, 3, 2, 2))
        yield f'external-short-{fd}', model([node('Flatten', 'x', 'f'), gemm],
                                            [tensor('w', [12, 2], [], form={'location': fd, 'offset': '900000', 'checksum': 'x'})], dims=(1, 3, 2, 2))
    shapes = {'reshape': [node('Reshape', 'x s', 'f')],
              'reshape-computed': [node('Shape', 'x', 'a'), node('Constant', '', 'zero', value=tensor('', [], [0], INT64)), node('Gather', 'a zero', 'b'),
                                   node('Unsqueeze', 'b ax', 'c'), node('Constant', '', 'minus', value_ints=[-1]), node('Concat', 'c minus', 'd', axis=0),
                                   node('Cast', 'd', 'e'), node('Reshape', 'x e', 'f')],
              'reshape-slice': [node('Shape', 'x', 'a', start=0, end=-2), node('Slice', 'a b0 b1 b0', 'b'), node('Constant', '', 'n', value_int=12),
                                node('Unsqueeze', 'n ax', 'm'), node('Squeeze', 'b ax', 'q'), node('Reshape', 'q one', 'r'),
                                node('Concat', 'r m', 'd', axis=0), node('Reshape', 'x d', 'f')],
              'flatten-last': [node('Transpose', 'x', 't', perm=[0, 2, 3, 1]), node('Shape', 't', 'unused'), node('Reshape', 't s', 'f')]}
    for name, nodes in shapes.items():
        yield name, model([*nodes, gemm], [ramp('w', 12, 2), ints('s', 0, -1), ints('ax', 0), ints('b0', 0), ints('b1', 1), ints('one', -1)],
                          dims=(1, 3, 2, 2))


def images():
    pre = [node('Cast', 'x', 'a'), node('Transpose', 'a', 'b', perm=[0, 3, 1, 2]), node('Div', 'b full', 'c'), node('Sub', 'c mean', 'd'),
           node('Div', 'd std', 'h')]
    constants = [tensor('full', [], [255.0]), tensor('mean', [1, 3, 1, 1], [.5, .4, .3]), tensor('std', [3, 1, 1], [.2, .2, .3])]
    yield 'pixels', on_map(*pre, more=constants, dims=('b', 8, 8, 3), kind=UINT8)
    yield 'scaled', on_map(node('Constant', '', 'k', value_float=4.0), node('Mul', 'k x', 'a'), node('Add', 'a mean', 'b'), node('Sub', 'mean b', 'h'),
                           more=constants)
    colours = []
    for i in range(3):
        colours += [node('Gather', f'x i{i}', f'g{i}', axis=1), node('Unsqueeze', f'g{i} one', f'u{i}'), node('Mul', f'u{i} a{i}', f'm{i}'),
                    node('Add', f'm{i} b{i}', f's{i}')]
    yield 'colours', on_map(*colours, node('Concat', 's0 s1 s2', 'h', axis=1), more=[ints('one', 1)] + [
        t for i in range(3) for t in (tensor(f'i{i}', [], [i], INT64), tensor(f'a{i}', [], [.458]), tensor(f'b{i}', [], [.1 * i]))])
    relu = node('Relu', 'x', 'h')
    pp = ('{"width": 8, "height": 8, "channels": 3, "resize": 9, "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]}')
    yield 'notes', on_map(relu, notes=[('linnet.classes', '["a", "b"]'), ('linnet.preprocess', pp), ('linnet.temperature', '1.5'),
                                        ('linnet.unknown_energy', '-2'), ('linnet.tta', 'flip')])
    yield 'notes-scaled', on_map(*pre, more=constants, dims=('b', 8, 8, 3), kind=UINT8, notes=[('linnet.preprocess', pp)])
    for i, names in enumerate(["{0: 'it\\'s', 1: \"b\"}", "['a', 'b']", "{0: 'a'}", "{1: 'a', 0: 'b'}", "{0: 'a', 1: 'b", '{0: a, 1: b}']):
        yield f'names-{i}', on_map(relu, notes=[('names', names), ('imgsz', '[16, 16]')], dims=('n', 3, 'h', 'w'))
    yield 'grey', model([node('Flatten', 'x', 'f'), node('Gemm', 'f w', 'y')], [ramp('w', 4, 2)], dims=('n', 1, 2, 2))


def forms():
    """The same operators, written in rarer ways."""
    pads = (0, 0, 0, 0, 0, 0, 0, 0)
    relu, turn, back = node('Relu', 'x', 'r'), node('Transpose', 'r', 't', perm=[0, 2, 3, 1]), node('Transpose', 't', 'h', perm=[0, 3, 1, 2])
    yield 'conv-left', on_map(node('Conv', 'x c.weight ', 'h', pads=(0, 1, 0, 0), strides=()), more=[W3])
    yield 'conv-dilated', on_map(node('Conv', 'x c.weight', 'h', pads=(0, 2, 0, 2), dilations=[1, 2], domain='ai.onnx'), more=[W3])
    yield 'conv-path', on_map(node('Conv', 'x c', 'h', name='/net/block/block.0/conv-1/Conv'), more=[ramp('c', 3, 3, 1, 1)])
    yield 'conv-no-bias', on_map(node('Conv', 'x c.weight', 'c'), node('Sum', 'c c', 'h'), more=[W3])
    yield 'map-transposed', on_map(relu, turn, node('Tanh', 't', 'u'), node('Transpose', 'u', 'h', perm=[0, 3, 1, 2]))
    yield 'map-padded', on_map(relu, turn, node('Pad', 't', 'p', pads=pads), node('Transpose', 'p', 'h', perm=[0, 3, 1, 2]))
    yield 'mean-transposed', model([relu, turn, node('ReduceMean', 't', 'm', axes=[1, 2]), node('Squeeze', 'm', 'y', axes=[2, 1])])
    yield 'mean-rows', model([relu, turn, node('ReduceMean', 't', 'm', axes=[2, 1], keepdims=0), node('Gemm', 'm w', 'y', transB=1)], [ramp('w', 2, 3)])
    yield 'shape-transposed', model([relu, turn, node('Shape', 't', 'k'), node('Gather', 'k i', 's'), node('GlobalAveragePool', 'x', 'g'),
                                     node('Reshape', 'g s', 'y')], [ints('i', 0, 3)])
    yield 'shape-ends', model([node('GlobalAveragePool', 'x', 'g'), node('Shape', 'x', 'k', start=-4, end=-3), node('Concat', 'k m', 's', axis=0),
                               node('Reshape', 'g s', 'y')], [tensor('m', [1], [-1], INT32, 'typed')])
    yield 'shape-cut', model([node('GlobalAveragePool', 'x', 'g'), node('Shape', 'x', 'k'), node('Slice', 'k a b c d', 'n'), node('Constant', '', 'm', value_ints=[3]),
                              node('Concat', 'n m', 's', axis=0), node('Reshape', 'g s', 'y')],
                             [tensor('a', [1], [-1e300], DOUBLE), ints('b', -3), ints('c', 0), ints('d', 1)])
    yield 'weights-transposed', on_rows(node('Transpose', 'w', 't'), node('Gemm', 'f t', 'y', transB=1), more=[ramp('w', 12, 2)])
    yield 'weights-turned', model([relu, turn, node('Flatten', 't', 'f'), node('Gemm', 'f w', 'y', transB=1)], [ramp('w', 2, 12)], dims=('n', 3, 2, 2))
    yield 'flat-twice', on_rows(node('Flatten', 'f', 'e'), node('Gemm', 'e w b', 'y', beta=1.0), more=[ramp('w', 12, 2), ramp('b', 2)])
    yield 'batchnorm-momentum', on_map(node('BatchNormalization', 'x b.weight b.bias b.mean b.var', 'h', momentum=1.0), more=BN)
    yield 'lrn-zero', on_map(node('LRN', 'x', 'h', size=3, alpha=0.0, beta=0.0))
    yield 'dropout-all', on_map(node('Dropout', 'x', 'h', ratio=1.0))
    yield 'softmax-old', on_rows(node('Gemm', 'f w', 'g'), node('Softmax', 'g', 'y'), more=[ramp('w', 12, 2)], opset=9)
    yield 'windows', on_map(node('MaxPool', 'x', 'a', kernel_shape=[2, 3], strides=[2, 1], ceil_mode=1), node('AveragePool', 'a', 'b', kernel_shape=[2, 2], pads=(0, 1, 0, 1)),
                            node('MaxPool', 'b', 'h', kernel_shape=[4, 8], strides=[2, 2], ceil_mode=1))
    yield 'names-equal', on_map(node('Relu', 'x', 'a', name='Same[1]'), node('Relu', 'a', 'h', name='Same[1]'))
    yield 'names-long', on_map(node('Relu', 'x', 'h', name=f'/{"a" * 198}/b/c/Relu'))
    yield 'weights-inputs', on_map(relu, node('Conv', 'r c.weight', 'h'), more=[W3, number(1, 1)], extra=data(11, end('c.weight', FLOAT, [])) + data(11, end('', FLOAT, [1])))
    yield 'turned-back', on_map(relu, turn, back)
    yield 'images-swapped', on_map(node('Mul', 'two x', 'a'), node('Sub', 'one a', 'b'), node('Sum', 'b one', 'c'), node('Relu', 'c', 'h'),
                                   more=[ints('one', 1), ints('two', 2)])


def refusals():
    """Chains of nodes from x whose last node is refused."""
    one = {'op': ('Einsum', 'x', {}), 'domain': ('Relu', 'x', {'domain': 'com.microsoft'}), 'missing-input': ('Relu', '', {}),
           'later': ('Relu', 'later', {}), 'clip': ('Clip', 'x', {'min': -1.0}), 'lrn': ('LRN', 'x', {'size': 4}),
           'maxpool': ('MaxPool', 'x', {'kernel_shape': [3]}), 'maxpool-empty': ('MaxPool', 'x', {}), 'mean': ('ReduceMean', 'x', {'axes': [1]}),
           'axis': ('ReduceMean', 'x', {'axes': [9, 1]}), 'axes': ('ReduceMean', 'x', {'axes': [1] * 9}), 'concat': ('Concat', 'x x', {'axis': 2}),
           'flatten': ('Flatten', 'x', {'axis': 2}), 'reshape': ('Reshape', 'x s', {}), 'transpose': ('Transpose', 'x', {'perm': [0, 1, 3, 2]}),
           'softmax': ('Softmax', 'x', {}), 'mul': ('Mul', 'x w', {}), 'sub': ('Sub', 'r r', {}), 'div': ('Div', 'r s1', {}), 'div-images': ('Div', 's1 x', {}),
           'scale-shape': ('Mul', 'x s', {}), 'zero-scale': ('Mul', 'x zero', {}), 'sum': ('Sum', 'x x x x x', {}), 'pad-mode': ('Pad', 'x', {'mode': 'reflect'}),
           'pad-count': ('Pad', 'x s', {}), 'pad-sides': ('Pad', 'x', {'pads': [0, 1, 0, 0, 0, 0, 0, 0]}), 'pad-large': ('Pad', 'x', {'pads': [0, 0, -1, 0, 0, 0, 0, 0]}),
           'pad-constant': ('Pad', 's', {}), 'squeeze': ('Squeeze', 'x', {'axes': [2]}), 'squeeze-list': ('Squeeze', 'k', {}), 'shape': ('Shape', 's', {}),
           'gather': ('Gather', 'k s', {}), 'slice': ('Slice', 'r s s', {}), 'slice-lengths': ('Slice', 'r s s1', {}), 'slice-constant': ('Slice', 's s s', {}),
           'slice-step': ('Slice', 'k s1 s1 s1 two', {}), 'slice-images': ('Slice', 'x s s', {}), 'constant': ('Constant', '', {}),
           'conv': ('Conv', 'x w', {}), 'conv-rank': ('Conv', 'x s', {}), 'conv-computed': ('Conv', 'x r', {}), 'conv-stride': ('Conv', 'x w3', {'strides': [0, 1]}),
           'conv-pads': ('Conv', 'x w3', {'pads': [1]}), 'conv-pad': ('Conv', 'x w3', {'pads': [-1, 0, 0, 0]}), 'conv-bias': ('Conv', 'x w3 w', {}),
           'conv-dilated': ('Conv', 'x w3', {'pads': [0, 0, 1, 1], 'dilations': [2, 2]}), 'gemm': ('Gemm', 'x m', {}), 'gemm-alpha': ('Gemm', 'x m', {'alpha': 2.0}),
           'gemm-type': ('Gemm', 'x mi', {}), 'batchnorm': ('BatchNormalization', 'x v v v v', {}), 'twice': ('Relu', 'x', {}), 'unnamed': ('Relu', 'x', {}),
           'transposed': ('Relu', 't', {}), 'pool-transposed': ('MaxPool', 't', {'kernel_shape': [2, 2]}), 'avgpool-padded': ('AveragePool', 'p', {'kernel_shape': [2, 2]}),
           'maxpool-padded': ('MaxPool', 'p', {'kernel_shape': [2, 2]}), 'relu-padded': ('Relu', 'p', {}), 'relu-colour': ('Relu', 'g', {}),
           'relu-scaled': ('Add', 'r2 r', {}), 'large-shape': ('Concat', 'k k k', {}), 'some-colours': ('Concat', 'g g', {}), 'colours': ('Concat', 'g g g', {}),
           'external': ('MatMul', 'x e0', {}), 'outside': ('MatMul', 'x e1', {}), 'absolute': ('MatMul', 'x e2', {}), 'unpacked': ('MatMul', 'x q', {})}
    constants = [ints('s', 0, 0, 0), ints('s1', 1), ints('two', 2), tensor('zero', [], [0.0]), ramp('w', 3, 2, 1, 1), ramp('w3', 3, 3, 3, 3), ramp('m', 3, 2), ramp('v', 2),
                 tensor('mi', [3, 2], [1] * 6, INT32), tensor('e0', [3, 2], [], form={'location': 'weights', 'offset': '0', 'length': '24'}),
                 tensor('e1', [3, 2], [], form={'location': '../weights'}), tensor('e2', [3, 2], [], form={'location': '/etc/passwd'})]
    before = [node('Relu', 'x', 'r'), node('Shape', 'r', 'k'), node('Transpose', 'x', 't', perm=[0, 2, 3, 1]), node('Mul', 'x s1', 'x2'),
              node('Pad', 'x', 'p', pads=[0, 0, 1, 1, 0, 0, 1, 1]), node('Gather', 'x s1', 'g', axis=1), node('Div', 'x two', 'x3'), node('Relu', 'x3', 'r2')]
    for name, (op, inputs, attributes) in one.items():
        domain = attributes.pop('domain', '')
        last = node(op, inputs, '' if name == 'unnamed' else 'y', domain, name='', **attributes)
        yield f'no-{name}', model([*before, last, *([last] if name == 'twice' else [])], constants)
    yield 'no-avgpool', on_map(node('AveragePool', 'x', 'h', kernel_shape=[2, 2], pads=(0, 0, 1, 0), count_include_pad=1))
    yield 'no-same-padded', on_map(node('Pad', 'x', 'p', pads=[0, 0, 1, 1, 0, 0, 1, 1]), node('Conv', 'p c.weight', 'h', auto_pad='SAME_UPPER'), more=[W3])
    yield 'no-constant', on_map(node('Relu', 'c.weight', 'h'), more=[W3])
    yield 'no-step', model([node('Relu', 'x', 'r'), node('Slice', 'r s e a t', 'c'), node('Slice', 'c s e a t', 'y')],
                           [ints('s', 0), ints('e', 99), ints('a', 2), ints('t', 1000)])
    yield 'no-gather', model([node('Shape', 'x', 'k'), node('Gather', 'k nine', 'y')], [ints('nine', 9)])
    relu = node('Relu', 'x', 'y')
    yield 'unknown-fields', number(20, 1) + model([relu + number(30, 1)], [ints('a', 1) + number(31, 1)], extra=number(40, 1))
    yield 'no-input', model([relu], dims=('n', 3))
    yield 'no-colours', model([relu], dims=('n', 4, 8, 8))
    yield 'no-output', model([relu], output='')
    yield 'no-layer', model([node('Constant', '', 'y', value=ints('', 1))])
    yield 'two-inputs', model([relu], extra=data(11, end('z', FLOAT, [1])))
    yield 'two-tensors', model([relu], [ints('a', 1), ints('a', 1)])
    yield 'no-fit', model([node('MatMul', 'x q', 'y')], [number(1, 3) + number(1, 2) + number(2, FLOAT) + data(8, 'q') + data(9, b'1234')])
    yield 'no-numbers', model([node('MatMul', 'x q', 'y')], [number(1, 3) + number(1, 2) + number(2, FLOAT) + data(8, 'q')])
    yield 'two-places', model([relu], [ints('q', 1) + data(9, b'12345678')])
    yield 'loose', model([relu], [tensor('q', [1], [1.0], form='loose')])
    yield 'nan', on_rows(node('Gemm', 'f w', 'y'), more=[tensor('w', [12, 2], [float('nan')] * 24)])
    yield 'rank', model([relu], [tensor('q', [1] * 9, [1.0])])
    yield 'bad-external', model([relu], [tensor('q', [1], [], form={'offset': 'x'})])


def damaged():
    yield 'varint', b'\x08' + b'\xff' * 11
    yield 'length', b'\x3a\xff\x01'
    yield 'group', b'\x3b\x3c'
    yield 'wire', b'\x3d1234'
    yield 'fixed', b'\x3d12'
    yield 'fixed64', b'\x3912345678'
    yield 'field', b'\x00\x00'
    yield 'empty', b''
    yield 'two-graphs', b'\x3a\x00\x3a\x00'
    yield 'nul', data(7, data(1, data(3, b'a\0b')))
    yield 'packed', data(7, data(5, data(1, b'\x01\xff')))
    yield 'attribute', data(7, data(1, data(5, data(2, b'1234'))))
    yield 'opset', data(8, data(1, 'ai.onnx.ml') + number(2, 3)) + data(7, b'')


# {path of field numbers to a message: (its fields of bytes, its fields of numbers)}, as in tests/unit/onnx/test_wire.c.
MESSAGES = {(): ((7, 8, 14), ()), (7,): ((1, 5, 11, 12), ()), (7, 1): ((1, 2, 3, 4, 5, 7), ()), (7, 1, 5): ((1, 4, 5, 8), (3,)),
            (7, 5): ((1, 8, 13), (2, 14)), (7, 5, 13): ((1, 2), ()), (7, 11): ((1, 2), ()), (7, 11, 2): ((1,), ()),
            (7, 11, 2, 1): ((2,), (1,)), (7, 11, 2, 1, 2): ((1,), ()), (7, 11, 2, 1, 2, 1): ((), (1,)), (8,): ((1,), (2,)), (14,): ((1, 2), ())}


def within(path, content):
    for field in reversed(path):
        content = data(field, content)
    return content


def messages():
    """Each message truncated, with fields of the wrong type, and with unknown fields."""
    for path, (strings, numbers) in MESSAGES.items():
        name = '-'.join(map(str, ('message', *path)))
        yield f'{name}-cut', within(path, b'\x10')
        yield f'{name}-unknown', within(path, number(1000, -1) + varint(1001 << 3 | 5) + b'1234' + varint(1002 << 3 | 1) + b'12345678')
        for field in (*strings, *numbers):
            yield f'{name}-type-{field}', within(path, varint(field << 3 | 5) + b'1234')
    yield 'key', b'\x80\x80\x80\x80\x80\x01'


def main():
    folder = pathlib.Path(sys.argv[1]) / 'onnx'
    folder.mkdir(parents=True, exist_ok=True)
    for part in (layers, pools, rows, images, forms, refusals, damaged, messages):
        for name, content in part():
            (folder / name).write_bytes(content)


main()
